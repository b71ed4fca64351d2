# Records -> one table of cells -> exponents.


rule collect:
    # One row per cell.
    input:
        records,
    output:
        "<results>/tables/cells.csv",
    log:
        "<results>/logs/collect.log",
    priority: 1  # the longest way to the end leads through the tables
    retries: 0
    params:
        code=code_of("records/tables.py"),
    run:
        workers.do("collect", log=log[0], records=list(input), output=output[0])


rule exponents:
    # Statistics of the iterations per dim, and their slopes in log-log.
    input:
        "<results>/tables/cells.csv",
    output:
        scaling="<results>/tables/scaling.csv",
        exponents="<results>/tables/exponents.csv",
    log:
        "<results>/logs/exponents.log",
    priority: 1
    retries: 0
    params:
        root_seed=grid.root_seed,
        code=code_of("stats/exponents.py", *STATISTICS.values()),
    run:
        workers.do("exponents", log=log[0], cells=input[0], **dict(output.items()))
