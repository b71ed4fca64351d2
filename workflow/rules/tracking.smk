# The MLflow store made to agree with the records after the last cell. It is a view:
# no table, figure or claim reads it. Cells log to it as they finish; it is made
# while the first of them run, see cells.smk.


rule sync:
    # One finished run per record: logs what is missing, deletes what is stale,
    # doubled or was cut short.
    input:
        unpack(inputs_of("sync")),
    output:
        "<results>/tracking/synced.json",
    log:
        "<results>/logs/sync.log",
    run:
        synchronise(wildcards, log[0], output[0])


rule summary:
    # One run per experiment with the exponents, the tables and the figures.
    input:
        unpack(inputs_of("summary")),
        synced="<results>/tracking/synced.json",
    output:
        "<results>/tracking/summary/{experiment}.json",
    log:
        "<results>/logs/summary/{experiment}.log",
    run:
        files = {"files": list(input.files), "exponents": input.exponents[0]}
        about = {"experiment": wildcards.experiment, **files}
        make("summary", wildcards, log, **about, output=output[0])
