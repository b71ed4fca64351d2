# The grid. One job per (model, dim, chunk of seeds); a chunk is one seed by default.

from gdexp.progress import Progress
from gdexp.workers import Workers

workers = Workers(config, tracked=TRACKED)
progress = Progress()


onstart:
    # The store and its experiments, before any cell can race for them. Not a rule that
    # cells have as ancient() input: Snakemake would then run all finished cells again
    # when the store is missing, and overlook stale ones when that rule itself changed
    # (its issue 4166).
    jobs = [job.rule.name for job in workflow.dag.needrun_jobs()].count("cell")
    if TRACKED and jobs:
        workers.create_store()
    progress.start(jobs)


onsuccess:
    progress.close()
    workers.close()


onerror:
    progress.close()
    workers.close()


rule cell:
    # `run` in a thread (see profiles/default), on a worker that is already warm.
    # The params hold all that a record depends on; when they change it is rerun.
    output:
        "<results>/cells/{experiment}/{model}/d{dim}/s{seeds}.jsonl",
    log:
        "<results>/logs/cells/{experiment}/{model}/d{dim}/s{seeds}.log",
    params:
        spec=lambda cell: repr(grid.experiments[cell.experiment].specs[cell.model]),
        code=digest(),
    run:
        workers.run(*wildcards, output=output[0], log=log[0])
        progress.add(1)
