# One rule per figure. Each reruns when its own module or the common style changes.


rule scaling:
    # Iterations against d with the fitted slopes: the headline figure.
    input:
        cells="<results>/tables/cells.csv",
        scaling="<results>/tables/scaling.csv",
        exponents="<results>/tables/exponents.csv",
    output:
        png="<results>/figures/{experiment}/scaling.png",
        pdf="<results>/figures/{experiment}/scaling.pdf",
    log:
        "<results>/logs/figures/{experiment}/scaling.log",
    conda:
        "../envs/gdexp.yaml"
    params:
        statistic=grid.statistic,
        models=lambda figure: list(grid.experiments[figure.experiment].specs),
        note=lambda figure: grid.experiments[figure.experiment].note,
        code=digest("figures/scaling.py", "figures/style.py"),
    script:
        "../scripts/scaling.py"


rule trajectories:
    # Loss and accuracy along the runs of one dim.
    input:
        lambda figure: records(
            figure.experiment, grid.experiments[figure.experiment].middle_dim
        ),
    output:
        png="<results>/figures/{experiment}/trajectories.png",
        pdf="<results>/figures/{experiment}/trajectories.pdf",
    log:
        "<results>/logs/figures/{experiment}/trajectories.log",
    conda:
        "../envs/gdexp.yaml"
    params:
        models=lambda figure: list(grid.experiments[figure.experiment].specs),
        note=lambda figure: grid.experiments[figure.experiment].note,
        code=digest("figures/trajectories.py", "figures/style.py", "tables.py"),
    script:
        "../scripts/trajectories.py"


rule iterations:
    # The distribution of the iterations over seeds, per d.
    input:
        cells="<results>/tables/cells.csv",
    output:
        png="<results>/figures/{experiment}/iterations.png",
        pdf="<results>/figures/{experiment}/iterations.pdf",
    log:
        "<results>/logs/figures/{experiment}/iterations.log",
    conda:
        "../envs/gdexp.yaml"
    params:
        models=lambda figure: list(grid.experiments[figure.experiment].specs),
        note=lambda figure: grid.experiments[figure.experiment].note,
        code=digest("figures/iterations.py", "figures/style.py"),
    script:
        "../scripts/iterations.py"
