# The workers, and the grid: one job per (model, dim, chunk of seeds). A chunk is one
# seed by default.

from gdexp.util.errors import GdexpError
from gdexp.util.files import hold, sweep, write_json
from gdexp.util.identity import settle
from gdexp.grid.grid import LAST
from gdexp.work.making import Making
from gdexp.work.progress import Progress
from gdexp.work.workers import Workers

progress = Progress()
workers = Workers(config, progress.note, say)
store = Making(workers, say)
planned = []  # the cell jobs of this run


onstart:
    try:
        hold(grid.results)
        if settle(grid.results):
            say(
                f"{grid.results} was copied, so its runs are other ones than those of"
                " the folder it is a copy of; if that is no more, see 'gdexp adopt'"
            )
        sweep(grid.results)
        write_json(config, f"{grid.results}/{LAST}")
        if lost:
            say(lost)
    except GdexpError as error:
        sys.exit(f"gdexp: {error}")
    except OSError as error:  # a disk that is full already
        sys.exit(f"gdexp: cannot write to {grid.results}: {error.strerror}")
    # The store and its experiments, while the first cells run. Not a rule that cells
    # have as ancient() input: Snakemake would then run all finished cells again
    # when the store is missing, and overlook stale ones when that rule itself changed
    # (its issue 4166). Without a store cells run untracked; `gdexp sync` mends that.
    cells = snake.ahead(workflow, "cell", "image_cell")
    snake.start_at_once(workflow)
    snake.spare_walks(workflow)
    snake.end_aside()
    planned.extend(job_of(cell) for cell in cells.values())
    if grid.tracking == "inline" and cells:
        store.start(f"{grid.results}/logs/store.log")
    weights = {job: weight(cell) for job, cell in cells.items()}
    progress.start(weights, snake.cores(workflow))


onsuccess:
    store.join()
    progress.close()
    say_end(planned)
    workers.close()


onerror:
    store.join()
    progress.close()
    say_end(planned, failed=True)
    workers.close()


rule cell:
    # `run` in a thread (see profiles/default), on a worker that is already warm.
    input:
        images_of,
    output:
        "<results>/cells/{job}.jsonl",
    log:
        "<results>/logs/cells/{job}.log",
    resources:  # for clusters
        runtime=lambda cell, attempt: minutes(
            spec_of(cell), job_of(cell).dim, len(job_of(cell).seeds), attempt
        ),
        mem_mb=lambda cell, attempt: mebibytes(spec_of(cell), job_of(cell).dim, attempt),
    run:
        store.cell(log=log[0], job=wildcards.job, output=output[0])


if grid.image_experiments:

    # These take minutes: whatever is quick, up to its figure, is done before.
    use rule cell as image_cell with:
        output:
            "<results>/cells/{job}.jsonl",
        wildcard_constraints:
            job=f"({'|'.join(grid.image_experiments)})/.+",
        priority: -1

    ruleorder: image_cell > cell
