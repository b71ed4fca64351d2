# Records -> a table of cells of each experiment -> exponents; and all of them together.


rule table:
    # One row per cell.
    input:
        records_of,
    output:
        "<results>/tables/experiments/{experiment}/cells.csv",
    log:
        "<results>/logs/table/{experiment}.log",
    priority: 1  # the longest way to the end leads through the tables
    retries: 0
    params:
        code=code_of("records/tables.py"),
    run:
        workers.do(
            "table",
            log=log[0],
            experiment=wildcards.experiment,
            records=list(input),
            output=output[0],
        )


rule exponents:
    # Statistics of the iterations per dim, and their slopes in log-log.
    input:
        "<results>/tables/experiments/{experiment}/cells.csv",
    output:
        scaling="<results>/tables/experiments/{experiment}/scaling.csv",
        exponents="<results>/tables/experiments/{experiment}/exponents.csv",
        local="<results>/tables/experiments/{experiment}/local.csv",
    log:
        "<results>/logs/exponents/{experiment}.log",
    priority: 1
    retries: 0
    params:
        root_seed=grid.root_seed,
        code=code_of("stats/exponents.py", *STATISTICS.values()),
    run:
        workers.do("exponents", log=log[0], cells=input[0], **dict(output.items()))


rule collect:
    # The tables of all experiments in one.
    input:
        **{table: partial(tables_of, table) for table in TABLES},
    output:
        **{table: f"<results>/tables/{table}.csv" for table in TABLES},
    log:
        "<results>/logs/collect.log",
    priority: 1
    retries: 0
    run:
        parts = {name: list(input.get(name) or ()) for name in TABLES}
        workers.do("collect", log=log[0], parts=parts, outputs=dict(output.items()))
