"""The profile for Slurm, on a real Slurm of one node."""

import time

import pytest
from support import make_config, make_spec, wait_for

from gdexp.grid import Grid
from gdexp.status import Status

KINDS = ("cells", "tables", "figures")


def files(workflow):
    return {
        str(path.relative_to(workflow.results)): path.read_bytes()
        for kind in KINDS
        for path in sorted((workflow.results / kind).rglob("*"))
        if path.is_file()
    }


@pytest.mark.slow  # 40 s
def test_the_grid_as_on_one_machine(cluster, workflow):
    config = make_config(studies={"phases": {"dim": 16}}, cells_per_job=1000)
    cluster.configure(config)
    process = cluster.start()
    _, said = process.communicate()
    assert process.returncode == 0, said
    assert "gdexp: cells: 12 separated, 0 capped, 0 diverged; 0 failed" in said
    assert "untracked" not in said
    # six jobs of cells and one study; all else ran here
    assert cluster.slurm.states().count("COMPLETED") >= 7
    workflow.configure(config)
    workflow.run()
    assert files(cluster) == files(workflow)
    assert len(files(cluster)) > 20


@pytest.mark.slow  # more than two minutes: Slurm counts limits in minutes
def test_a_job_killed_by_its_time_limit_goes_on(cluster):
    config = make_config(tracking={"mode": "none"}, cells_per_job=1000)
    tiny = config["experiments"]["tiny"]
    # four of its six cells take two minutes, and Slurm ends a job that has one of
    # them after one and a half at the latest
    tiny["models"] = {"slow": tiny["models"]["linear-gd"] | {"step": 1e-12}}
    spec = make_spec(
        step=1e-12, start="gaussian", max_iterations=100_000_000, root_seed=7
    )
    begin = time.monotonic()
    spec.run(16, 0)
    cap = int(32 / (time.monotonic() - begin) * spec.max_iterations)
    tiny |= {"dims": [16], "seeds": 6, "max_iterations": cap}
    cluster.configure(config)
    process = cluster.start(
        "collect", "--set-resources=cell:runtime=1", "--retries=6", "--latency-wait=2"
    )
    grid = Grid.of(config | {"results": str(cluster.results)})
    wait_for(lambda: Status.of(grid).cells["running"] == 6)
    draft = cluster.results / "checkpoints/tiny/slow/d16/s0-5.jsonl"
    wait_for(lambda: draft.exists() and "TIMEOUT" in cluster.slurm.states(), 150)
    finished = draft.read_bytes()
    _, said = process.communicate()
    assert process.returncode == 0, said
    assert Status.of(grid).cells == {"capped": 4, "separated": 2}
    (record,) = cluster.records().values()
    assert record.startswith(finished[: finished.rindex(b"\n") + 1])
    assert not draft.exists()


@pytest.mark.slow  # half a minute
def test_a_node_that_is_drained_and_comes_back(cluster):
    config = make_config(tracking={"mode": "none"})
    cluster.configure(config)
    process = cluster.start("collect")
    wait_for(lambda: len(cluster.records()) >= 1)
    cluster.slurm.node_is("drain")
    try:
        wait_for(lambda: "RUNNING" not in cluster.slurm.states())
        count = len(cluster.records())
        time.sleep(5)
        assert len(cluster.records()) == count < 6
        assert process.poll() is None
    finally:
        cluster.slurm.node_is("resume")
    _, said = process.communicate()
    assert process.returncode == 0, said
    assert len(cluster.records()) == 6
