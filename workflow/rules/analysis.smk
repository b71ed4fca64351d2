# Records -> one table of cells -> exponents.


rule collect:
    # One row per cell.
    input:
        records(),
    output:
        "<results>/tables/cells.csv",
    log:
        "<results>/logs/collect.log",
    conda:
        "../envs/gdexp.yaml"
    params:
        code=digest("tables.py", "records.py"),
    script:
        "../scripts/collect.py"


rule exponents:
    # Statistics of the iterations per dim, and their slopes in log-log.
    input:
        "<results>/tables/cells.csv",
    output:
        scaling="<results>/tables/scaling.csv",
        exponents="<results>/tables/exponents.csv",
    log:
        "<results>/logs/exponents.log",
    conda:
        "../envs/gdexp.yaml"
    params:
        root_seed=grid.root_seed,
        code=digest("scaling.py"),
    script:
        "../scripts/exponents.py"
