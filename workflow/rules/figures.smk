# One rule per figure. Each reruns when its own module or the common style changes.


rule scaling:
    # Iterations against d with the fitted slopes: the headline figure.
    input:
        cells="<results>/tables/cells.csv",
        scaling="<results>/tables/scaling.csv",
        exponents="<results>/tables/exponents.csv",
    output:
        png=report(
            "<results>/figures/{experiment}/scaling.png",
            caption="../report/figure.rst",
            category="{experiment}",
            labels={"figure": "iterations against d"},
        ),
        pdf="<results>/figures/{experiment}/scaling.pdf",
        csv="<results>/figures/{experiment}/scaling.csv",
        txt="<results>/figures/{experiment}/scaling.txt",
    log:
        "<results>/logs/figures/{experiment}/scaling.log",
    retries: 0
    params:
        statistic=grid.statistic,
        models=lambda figure: list(grid.experiments[figure.experiment].specs),
        note=lambda figure: grid.experiments[figure.experiment].note,
        caption=lambda figure, output: Quoted(output.txt),
        code=code_of("figures/scaling.py"),
    run:
        where = wildcards.experiment
        files = {"tables": list(input), "outputs": list(output)}
        workers.do("scaling", log=log[0], experiment=where, **files)


rule trajectories:
    # Loss and accuracy along the runs of one dim.
    input:
        lambda figure: records(
            figure.experiment, grid.experiments[figure.experiment].middle_dim
        ),
    output:
        png=report(
            "<results>/figures/{experiment}/trajectories.png",
            caption="../report/figure.rst",
            category="{experiment}",
            labels={"figure": "loss and accuracy along runs"},
        ),
        pdf="<results>/figures/{experiment}/trajectories.pdf",
        csv="<results>/figures/{experiment}/trajectories.csv",
        txt="<results>/figures/{experiment}/trajectories.txt",
    log:
        "<results>/logs/figures/{experiment}/trajectories.log",
    retries: 0
    params:
        models=lambda figure: list(grid.experiments[figure.experiment].specs),
        note=lambda figure: grid.experiments[figure.experiment].note,
        caption=lambda figure, output: Quoted(output.txt),
        code=code_of("figures/trajectories.py"),
    run:
        where = wildcards.experiment
        files = {"records": list(input), "outputs": list(output)}
        workers.do("trajectories", log=log[0], experiment=where, **files)


rule iterations:
    # The distribution of the iterations over seeds, per d.
    input:
        cells="<results>/tables/cells.csv",
    output:
        png=report(
            "<results>/figures/{experiment}/iterations.png",
            caption="../report/figure.rst",
            category="{experiment}",
            labels={"figure": "distribution of the iterations"},
        ),
        pdf="<results>/figures/{experiment}/iterations.pdf",
        csv="<results>/figures/{experiment}/iterations.csv",
        txt="<results>/figures/{experiment}/iterations.txt",
    log:
        "<results>/logs/figures/{experiment}/iterations.log",
    retries: 0
    params:
        models=lambda figure: list(grid.experiments[figure.experiment].specs),
        note=lambda figure: grid.experiments[figure.experiment].note,
        caption=lambda figure, output: Quoted(output.txt),
        code=code_of("figures/iterations.py"),
    run:
        where = wildcards.experiment
        files = {"cells": input[0], "outputs": list(output)}
        workers.do("iterations", log=log[0], experiment=where, **files)


rule accuracy:
    # Training accuracy on images by step size: the paper's figure 1.
    input:
        lambda figure: [
            record
            for experiment in grid.image_sets[figure.images]
            for record in records(experiment)
        ],
    output:
        png=report(
            "<results>/figures/images/{images}.png",
            caption="../report/figure.rst",
            category="Images",
            labels={"figure": "{images}"},
        ),
        pdf="<results>/figures/images/{images}.pdf",
        csv="<results>/figures/images/{images}.csv",
        txt="<results>/figures/images/{images}.txt",
    log:
        "<results>/logs/figures/images/{images}.log",
    retries: 0
    params:
        experiments=lambda figure: grid.image_sets[figure.images],
        caption=lambda figure, output: Quoted(output.txt),
        code=code_of("figures/accuracy.py"),
    run:
        files = {"records": list(input), "outputs": list(output)}
        files["experiments"] = params.experiments
        workers.do("accuracy", log=log[0], **files)
