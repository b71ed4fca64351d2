# One rule per figure. Each reruns when its own module or the common style changes.


def middle(experiment):
    """The dim whose trajectories are drawn."""
    dims = sorted(grid.experiments[experiment].dims)
    return dims[len(dims) // 2]


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
    params:
        statistic=grid.statistic,
        models=lambda figure: list(grid.experiments[figure.experiment].specs),
        code=digest("figures/scaling.py", "figures/style.py"),
    conda:
        "../envs/gdexp.yaml"
    script:
        "../scripts/scaling.py"


rule trajectories:
    # Loss and accuracy along the runs of one dim.
    input:
        lambda figure: records(figure.experiment, middle(figure.experiment)),
    output:
        png="<results>/figures/{experiment}/trajectories.png",
        pdf="<results>/figures/{experiment}/trajectories.pdf",
    log:
        "<results>/logs/figures/{experiment}/trajectories.log",
    params:
        models=lambda figure: list(grid.experiments[figure.experiment].specs),
        code=digest("figures/trajectories.py", "figures/style.py", "tables.py"),
    conda:
        "../envs/gdexp.yaml"
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
    params:
        models=lambda figure: list(grid.experiments[figure.experiment].specs),
        code=digest("figures/iterations.py", "figures/style.py"),
    conda:
        "../envs/gdexp.yaml"
    script:
        "../scripts/iterations.py"
