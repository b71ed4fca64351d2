"""What is taken from inside of Snakemake is there, and its absence is told in words."""

import subprocess
import sys
from types import SimpleNamespace

import pytest
from snakemake.common import FUNC_OVERWRITE_PARAMS_ATTR, get_function_params
from support import some

from gdexp.work import snake

SNAKEFILE = """
from pathlib import Path
from gdexp.work import snake
files = snake.config_files(workflow, "other.yaml", named=True)
Path("parsed").write_text(f"{files} {snake.config_values(workflow)}")
onstart:
    said = [*snake.missing(workflow), *map(str, snake.ahead(workflow, "one"))]
    snake.start_at_once(workflow)
    remaining = workflow.scheduler.remaining_jobs
    snake.spare_walks(workflow)
    said += [len(remaining) - len(workflow.scheduler.remaining_jobs)]
    said += [workflow.scheduler.job_rate_limiter is None]
    said += [snake.starts(workflow), snake.only_shows(workflow), snake.cores(workflow)]
    said += [snake.is_plain(workflow)]
    Path("said").write_text(repr(said))
def inputs(wildcards):
    snake.force(workflow, "one")
    if snake.starts(workflow):  # not the process of the job, which says no anyway
        Path("plain").write_text(f"{snake.is_plain(workflow)}")
    return []
rule one:
    input: inputs
    output: "one"
    run: Path("one").write_text("made")
"""


# Snakemake starts no process for a job where there is a space in the path of Python
SNAKEMAKE = sys.executable, "-m", "snakemake", "--cores", "1", "--force-use-threads"


def test_all_of_it_is_there(tmp_path):
    """Of a real workflow, with a file that is there and made again."""
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    (tmp_path / "c.yaml").write_text("a: 1\n")
    (tmp_path / "one").write_text("old")
    command = [*SNAKEMAKE, "--configfile"]
    options = ["c.yaml", "--config", "key=2", "--max-jobs-per-timespan", "100000/1s"]
    options += ["--scheduler", "greedy"]
    for dry in ([], ["--dry-run"]):
        done = subprocess.run(
            [*command, *options, *dry],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "said").read_text() == "['0', 1, True, True, False, 1, True]"
    assert (tmp_path / "one").read_text() == "made"
    parsed = (tmp_path / "parsed").read_text()
    assert parsed.endswith("c.yaml'] {'key': '2'}")


PIPED = """
from gdexp.work import snake
onstart:
    snake.spare_walks(workflow)
    (last,) = (job for job in workflow.dag.jobs if job.rule.name == "last")
    assert last.is_pipe_or_service_input(last.input[0])
rule last:
    input: "passed"
    output: "last"
    shell: "cat {input} > {output}"
rule passed:
    output: pipe("passed")
    shell: "echo made > {output}"
"""


def test_pipes_stay_pipes(tmp_path):
    (tmp_path / "Snakefile").write_text(PIPED)
    command = [sys.executable, "-m", "snakemake", "--cores", "2"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "last").read_text() == "made\n"
    assert not (tmp_path / "passed").exists()


OPTIONS = [
    *("--until one", "one", "--forceall", "--forcerun one", "--touch", "--summary"),
    *("--allowed-rules one", "--omit-from one", "--dag", "--delete-all-output"),
    *("--force one", "--list-changes code"),
]


@pytest.mark.parametrize("option", some(OPTIONS, "--until one"))
def test_what_else_is_asked_of_it_is_known(tmp_path, option):
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    (tmp_path / "c.yaml").write_text("a: 1\n")
    (tmp_path / "one").write_text("old")
    command = [*SNAKEMAKE, *option.split()]
    done = subprocess.run(
        [*command, "--configfile", "c.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "plain").read_text() == "False"


def test_parameters_that_are_known_are_not_looked_for():
    def of(cell, attempt):
        return cell, attempt

    assert FUNC_OVERWRITE_PARAMS_ATTR in vars(snake.known(of))
    assert list(get_function_params(of)) == ["cell", "attempt"]


def test_what_is_gone_is_named():
    job = SimpleNamespace(
        jobid=0,
        rule=SimpleNamespace(name="one"),
        wildcards=None,
        pipe_or_service_output=[],
        is_pipe_or_service_input=None,
    )
    dag = SimpleNamespace(needrun_jobs=lambda: [job], ready_jobs=[], jobs=[job])
    workflow = SimpleNamespace(
        configfiles=[],
        config_settings=SimpleNamespace(config_args=[]),
        is_main_process=True,
        dryrun=False,
        resource_settings=SimpleNamespace(cores=1, local_cores=1),
        dag=dag,
        dag_settings=SimpleNamespace(),
        executor_plugin=None,
        touch=False,
        scheduler=SimpleNamespace(job_rate_limiter=None, remaining_jobs=[]),
        scheduling_settings=SimpleNamespace(scheduler="greedy"),
    )
    (said,) = snake.missing(workflow)
    assert said.startswith("Snakemake has no workflow.dag.forcefiles any more")
    assert "stale records" in said
    del dag.needrun_jobs
    assert len(list(snake.missing(workflow))) == 7
