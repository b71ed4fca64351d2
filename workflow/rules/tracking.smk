# The MLflow store: created before the first cell, made to agree with the records
# after the last one. It is a view: no table, figure or claim reads it.


rule store:
    # Creates the store and one experiment per configured experiment.
    #
    # No params, no script and a body that never has to change, so that nothing but the
    # missing file makes Snakemake run it. A job that has a reason of its own to run
    # hides the reasons of all jobs behind it, through ancient() inputs too: had this
    # rule params, a change of them would let stale cells pass for fresh until the next
    # run (Snakemake issue 4166). Experiments added later are made on first use.
    output:
        STORE,
    log:
        "<results>/logs/store.log",
    run:
        workers.create_store(output=output[0], log=log[0])


rule sync:
    # One finished run per record: logs what is missing, deletes what is stale,
    # doubled or was cut short.
    input:
        store=ancient(STORE),
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
