# Records -> a table of cells of each experiment -> exponents; and all of them together.


rule table:
    # One row per cell.
    input:
        unpack(inputs_of("table")),
    output:
        "<results>/tables/experiments/{experiment}/cells.csv",
    log:
        "<results>/logs/table/{experiment}.log",
    priority: 1  # the longest way to the end leads through the tables
    retries: 0
    run:
        make_table(wildcards, log[0], output[0])


rule exponents:
    # Statistics of the iterations per dim, and their slopes in log-log.
    input:
        unpack(inputs_of("exponents")),
    output:
        scaling="<results>/tables/experiments/{experiment}/scaling.csv",
        exponents="<results>/tables/experiments/{experiment}/exponents.csv",
        local="<results>/tables/experiments/{experiment}/local.csv",
    log:
        "<results>/logs/exponents/{experiment}.log",
    priority: 1
    retries: 0
    run:
        make("exponents", wildcards, log, cells=input[0], **dict(output.items()))


rule collect:
    # The tables of all experiments in one.
    input:
        unpack(inputs_of("collect")),
    output:
        **{table: f"<results>/tables/{table}.csv" for table in TABLES},
    log:
        "<results>/logs/collect.log",
    priority: 1
    retries: 0
    run:
        parts = {name: list(input.get(name) or ()) for name in TABLES}
        make("collect", wildcards, log, parts=parts, outputs=dict(output.items()))
