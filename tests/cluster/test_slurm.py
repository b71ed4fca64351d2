"""The profile for Slurm, on a real Slurm of one node."""

import dataclasses
import time

import pytest
from support import make_config, make_spec, wait_for

from gdexp.grid import cost
from gdexp.grid.grid import Grid
from gdexp.records.status import Status

pytestmark = pytest.mark.slow

KINDS = ("cells", "tables", "figures")


def files(workflow):
    return {
        str(path.relative_to(workflow.results)): path.read_bytes()
        for kind in KINDS
        for path in sorted((workflow.results / kind).rglob("*"))
        if path.is_file()
    }


def test_the_grid_as_on_one_machine(cluster, workflow):
    config = make_config(studies={"phases": {"dim": 16}}, cells_per_job=1000)
    cluster.configure(config)
    process = cluster.start()
    _, said = process.communicate()
    assert process.returncode == 0, said
    assert "gdexp: cells: 12 separated, 0 capped, 0 diverged; 0 failed" in said
    assert "untracked" not in said
    # six jobs of cells and one study; all else ran here
    assert list(cluster.slurm.states().values()) == ["COMPLETED"] * 7
    workflow.configure(config)
    workflow.run()
    assert files(cluster) == files(workflow)
    assert len(files(cluster)) > 20


def test_a_job_killed_by_its_time_limit_goes_on(cluster):
    config = make_config(tracking={"mode": "none"}, cells_per_job=1000)
    tiny = config["experiments"]["tiny"]
    # Four of its six cells take 80 s or more; Slurm ends a job at most 35 s after its
    # limit.
    tiny["models"] = {"slow": tiny["models"]["linear-gd"] | {"step": 1e-12}}
    spec = make_spec(
        step=1e-12, start="gaussian", max_iterations=100_000_000, root_seed=7
    )
    dataclasses.replace(spec, max_iterations=10).run(16, 0)  # imports and compiles
    begin = time.process_time()  # not the clock: others are at work on these cores
    spec.run(16, 0)
    cap = int(20 / (time.process_time() - begin) * spec.max_iterations)
    tiny |= {"dims": [16], "seeds": 6, "max_iterations": cap}
    cluster.configure(config)
    process = cluster.start("collect", "--latency-wait=2")
    grid = Grid.of(config | {"results": str(cluster.results)})
    wait_for(lambda: Status.of(grid).cells["running"] == 6)
    draft = cluster.results / "checkpoints/tiny/slow/d16/s0-5.jsonl"
    wait_for(draft.exists)
    killed = cluster.slurm.time_is_up()
    wait_for(lambda: cluster.slurm.states()[killed] == "TIMEOUT", of=process)
    finished = draft.read_bytes()
    _, said = process.communicate()
    assert process.returncode == 0, said
    assert sorted(cluster.slurm.states().values()) == ["COMPLETED", "TIMEOUT"]
    assert Status.of(grid).cells == {"capped": 4, "separated": 2}
    (record,) = cluster.records().values()
    assert record.startswith(finished[: finished.rindex(b"\n") + 1])
    assert not draft.exists()


def test_networks_killed_by_their_time_limit_go_on(cluster):
    """Seeds that are computed together, in JAX, each from its checkpoint."""
    config = make_config(tracking={"mode": "none"}, cells_per_job=1000)
    # no linear network separates so many Gaussian samples
    entry = {"model": "two_layer", "width": 4, "activation": "linear"}
    config["experiments"]["tiny"] |= {
        **{"dataset": "gaussian", "samples": 40, "dims": [4], "seeds": 4},
        "models": {"net": entry | {"algorithm": "gd", "step": 0.01}},
    }
    spec = make_spec(
        **{"dataset": "gaussian", "samples": 40, "model": "two_layer", "width": 4},
        **{"activation": "linear", "step": 0.01, "start": None, "root_seed": 7},
        max_iterations=300_000,
    )
    seeds = dict.fromkeys(range(4))
    dict(dataclasses.replace(spec, max_iterations=10).runs(4, seeds))  # compiles
    begin = time.process_time()  # not the clock: others are at work on these cores
    dict(spec.runs(4, seeds))
    cap = int(60 / (time.process_time() - begin) * spec.max_iterations)
    config["experiments"]["tiny"]["max_iterations"] = cap
    cluster.configure(config)
    process = cluster.start("collect", "--latency-wait=2")
    folder = cluster.results / "checkpoints/tiny/net/d4"
    log = cluster.results / "logs/cells/tiny/net/d4/s0-3.log"
    wait_for(lambda: log.exists() and "s3: " in log.read_text())
    assert len([*folder.glob("s*.npz")]) == 4
    begun = log.read_text().splitlines()[0]
    assert "/s0: " in begun
    asked = cluster.slurm.call("squeue", "--noheader", "--format=%m")
    assert asked.strip() == f"{cost.mebibytes(spec, 4)}M"
    killed = cluster.slurm.time_is_up()
    wait_for(lambda: cluster.slurm.states()[killed] == "TIMEOUT", of=process)
    _, said = process.communicate()
    assert process.returncode == 0, said
    assert sorted(cluster.slurm.states().values()) == ["COMPLETED", "TIMEOUT"]
    grid = Grid.of(config | {"results": str(cluster.results)})
    assert Status.of(grid).cells == {"capped": 4}
    assert not [*folder.glob("s*.npz")]
    assert log.read_text().splitlines()[0] != begun, "it began anew"


def test_a_node_that_is_drained_and_comes_back(cluster):
    config = make_config(tracking={"mode": "none"})
    config["experiments"]["tiny"]["dims"] = [8, 16, 32, 64]  # eight jobs on two cores
    cluster.configure(config)
    process = cluster.start("collect")
    wait_for(lambda: len(cluster.records()) >= 1)
    cluster.slurm.node_is("drain")
    try:
        wait_for(lambda: "RUNNING" not in cluster.slurm.states().values())
        count = len(cluster.records())
        time.sleep(5)
        assert len(cluster.records()) == count < 8
        assert process.poll() is None
    finally:
        cluster.slurm.node_is("resume")
    _, said = process.communicate()
    assert process.returncode == 0, said
    assert len(cluster.records()) == 8
