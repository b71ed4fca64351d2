# The MLflow store made to agree with the records after the last cell. It is a view:
# no table, figure or claim reads it. Cells log to it as they finish; it is made
# while the first of them run, see cells.smk.


rule sync:
    # One finished run per record: logs what is missing, deletes what is stale,
    # doubled or was cut short.
    input:
        records=records,
        cells="<results>/tables/cells.csv",
    output:
        "<results>/tracking/synced.json",
    log:
        "<results>/logs/sync.log",
    params:
        config_digest=grid.digest,
        uri=grid.tracking_uri,
    run:
        cores = snake.cores(workflow)
        done = store.upload(input.records, log=log[0], cores=cores)
        write_json(done, output[0])


rule summary:
    # One run per experiment with the exponents, the tables and the figures.
    input:
        synced="<results>/tracking/synced.json",
        exponents="<results>/tables/exponents.csv",
        files=lambda run: [
            f"<results>/{file}" for file in summary_files(grid, run.experiment)
        ],
    output:
        "<results>/tracking/summary/{experiment}.json",
    log:
        "<results>/logs/summary/{experiment}.log",
    params:
        config_digest=grid.digest,
        uri=grid.tracking_uri,
    run:
        where = wildcards.experiment
        files = {"files": list(input.files), "exponents": input.exponents}
        files["output"] = output[0]
        workers.do("summary", log=log[0], experiment=where, **files)
