"""What gdexp takes from inside of Snakemake, which documents none of it.

All of it is here, with the reason; `missing` says in words what another version has no
more, and a test asks it of a real workflow.
"""

import inspect
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from gdexp.util.errors import ConfigError, shown

F = TypeVar("F", bound=Callable[..., Any])

# where it is -> what rests on it
INTERNALS = {
    "workflow.configfiles": "configurations are read as YAML 1.2, names as written",
    "workflow.config_settings.config_args": "so are the values after --config",
    "workflow.is_main_process": "records are compared once, and not by each job",
    "workflow.dryrun": "a dry run asks no server for images",
    "workflow.executor_plugin": "all jobs are known where something else is done",
    "workflow.touch": "so they are where files are touched",
    "workflow.dag_settings": "so they are where jobs are chosen",
    "workflow.resource_settings.cores": "as many workers as cores",
    "workflow.resource_settings.local_cores": "the same where cells go to a cluster",
    "workflow.scheduler.job_rate_limiter": "no second is waited for at the end",
    "workflow.scheduler.remaining_jobs": "jobs that remain are not listed in vain",
    "workflow.scheduling_settings.scheduler": "nor where a scheduler looks at them",
    "workflow.dag.ready_jobs": "they are while there are none to start",
    "workflow.dag.jobs": "files are looked for among pipes where there are some",
    "job.pipe_or_service_output": "so they are",
    "job.is_pipe_or_service_input": "and not where there are none",
    "workflow.dag.forcefiles": "stale records are made again without .snakemake",
    "workflow.dag.needrun_jobs": "the progress bar knows the cells of a run",
    "job.jobid": "the progress bar knows which job ended",
    "job.rule.name": "the progress bar counts cells alone",
    "job.wildcards": "the progress bar weighs a cell by what it is",
}


UNLIMITED = 100_000  # job starts in a time that no machine comes near to


def config_files(workflow: Any, default: str, named: bool) -> list[str]:
    """Return the configuration files, that by default among them if none is named."""
    if not named:
        workflow.configfiles.insert(0, default)
    return [str(name) for name in workflow.configfiles]


def config_values(workflow: Any) -> dict[str, str]:
    """Return the keys and values, as texts, that follow ``--config``.

    Raises
    ------
    ConfigError
        If there is one twice: Snakemake would take the last without a word.
    """
    found: dict[str, str] = {}
    for entry in workflow.config_settings.config_args or []:
        key, _, value = entry.partition("=")
        if key in found:
            raise ConfigError(f"key {shown(key)} is there twice; allowed: once")
        found[key] = value
    return found


def starts(workflow: Any) -> bool:
    """Return whether the user called this process, and no other one for a job."""
    return bool(workflow.is_main_process)


def only_shows(workflow: Any) -> bool:
    """Return whether it is a dry run."""
    return bool(workflow.dryrun)


CHOSEN = ("targets", "target_jobs", "until", "omit_from", "allowed_rules", "batch")
FORCED = ("forceall", "forcerun", "forcetargets")


def is_plain(workflow: Any) -> bool:
    """Return whether it runs, or would run, whatever is to be done and nothing else.

    Not so where the command line chooses or forces jobs, and in reports and summaries.
    """
    settings = workflow.dag_settings
    asked = any(getattr(settings, name, None) for name in CHOSEN + FORCED)
    runs = workflow.executor_plugin is not None and not workflow.touch
    return starts(workflow) and runs and not asked


def cores(workflow: Any) -> int:
    """Return the cores to use on this machine, from which a cluster gets its jobs."""
    settings = workflow.resource_settings
    return int(settings.cores or settings.local_cores or 1)


def start_at_once(workflow: Any) -> None:
    """Take the limit of job starts away, if the profile's or a larger one is set.

    While there is a limit, Snakemake looks at all ready jobs again a second after each
    round of scheduling: each of these is followed by another one, so that there are
    more every second for each job that has ended. And it waits for the last of them.
    """
    scheduler = workflow.scheduler
    limit = scheduler.job_rate_limiter
    if limit is not None and limit.max_jobs >= UNLIMITED:
        scheduler.job_rate_limiter = None


def spare_walks(workflow: Any) -> None:
    """Spare Snakemake two walks over all jobs, for each job and for each file of a job.

    In each round, that is when a job has ended, it lists the jobs that remain; of its
    schedulers the greedy one, which the profile names, does not look at them. And each
    file that a job reads it looks for among all jobs before it, lest it be a pipe.
    """
    scheduler, dag = workflow.scheduler, workflow.dag
    if workflow.scheduling_settings.scheduler == "greedy":
        listed: Any = type(scheduler).remaining_jobs.fget

        class Scheduler(type(scheduler)):  # type: ignore[misc]
            @property
            def remaining_jobs(self) -> list[Any]:
                return [] if dag.ready_jobs else list(listed(self))

        scheduler.__class__ = Scheduler
    jobs = list(dag.jobs)
    if not any(job.pipe_or_service_output for job in jobs):
        kinds: set[Any] = set(map(type, jobs))
        for kind in kinds:
            kind.is_pipe_or_service_input = lambda job, path: False


def end_aside() -> None:
    """Have SIGTERM handled in a thread of its own.

    Snakemake's handler takes the lock of its scheduler. In the main thread it waits for
    ever if that has it already, as it has while it looks at a job that ended.
    """
    handler: Any = signal.getsignal(signal.SIGTERM)
    if callable(handler):

        def aside(*given: Any) -> None:
            threading.Thread(target=handler, args=given, daemon=True).start()

        signal.signal(signal.SIGTERM, aside)


def known(function: F) -> F:
    """Say of a function in a rule, once, which parameters it has.

    Snakemake asks `inspect` for them up to three times per function and job, which is
    a tenth of the time that it takes to see that nothing is to be done.
    """
    parameters = inspect.signature(function).parameters
    function._overwrite_params = parameters  # type: ignore[attr-defined]
    return function


def force(workflow: Any, file: str) -> None:
    """Have a file made again, like ``--forcerun``, while the DAG is built."""
    workflow.dag.forcefiles.add(file)


def ahead(workflow: Any, *rules: str) -> dict[int, Any]:
    """Return the numbers and wildcards of the jobs of some rules that are to be run."""
    jobs = workflow.dag.needrun_jobs()
    return {job.jobid: job.wildcards for job in jobs if job.rule.name in rules}


def missing(workflow: Any) -> Iterator[str]:
    """Yield what a workflow that starts, with a job to run, lacks: a sentence each."""
    job = None
    if not _lacks(workflow, "dag.needrun_jobs"):
        job = next(iter(workflow.dag.needrun_jobs()), None)
    for path, what in INTERNALS.items():
        root, _, rest = path.partition(".")
        if _lacks(workflow if root == "workflow" else job, rest):
            yield f"Snakemake has no {path} any more, on which rests that {what}"


def _lacks(thing: Any, path: str) -> bool:
    for name in path.split("."):
        if not hasattr(thing, name):
            return True
        thing = getattr(thing, name)
    return False
