# The MLflow store made to agree with the records after the last cell. It is a view:
# no table, figure or claim reads it. Cells log to it as they finish; it is created
# before the first of them, see cells.smk.


rule sync:
    # One finished run per record: logs what is missing, deletes what is stale,
    # doubled or was cut short.
    input:
        records=records(),
        cells="<results>/tables/cells.csv",
    output:
        "<results>/tracking/synced.json",
    log:
        "<results>/logs/sync.log",
    conda:
        "../envs/gdexp.yaml"
    params:
        results=subpath(output[0], ancestor=2),
        experiments=list(grid.experiments),
        config_digest=grid.digest,
    script:
        "../scripts/sync.py"


rule summary:
    # One run per experiment with the exponents, the tables and the figures.
    input:
        synced="<results>/tracking/synced.json",
        exponents="<results>/tables/exponents.csv",
        files=[
            "<results>/tables/exponents.csv",
            "<results>/tables/scaling.csv",
            "<results>/figures/{experiment}/scaling.png",
            "<results>/figures/{experiment}/scaling.pdf",
            "<results>/figures/{experiment}/trajectories.png",
            "<results>/figures/{experiment}/iterations.png",
        ],
    output:
        "<results>/tracking/summary/{experiment}.json",
    log:
        "<results>/logs/summary/{experiment}.log",
    conda:
        "../envs/gdexp.yaml"
    params:
        results=subpath(output[0], ancestor=3),
        config_digest=grid.digest,
    script:
        "../scripts/summary.py"
