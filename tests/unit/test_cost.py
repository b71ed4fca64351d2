"""Limits of cluster jobs follow from what the job is."""

import pytest
from support import make_config, make_spec

from gdexp.grid import cost


def test_time_follows_from_seeds_cap_and_attempt():
    spec = make_spec(max_iterations=10**9)
    one = cost.seconds(spec, 16, 10**9)
    assert 20 < one < 200
    assert cost.minutes(spec, 16, 1) == pytest.approx(5 + 3 * one / 60, abs=1)
    assert cost.minutes(spec, 16, 100) == pytest.approx(5 + 300 * one / 60, abs=1)
    assert cost.minutes(spec, 16, 100, 3) == 3 * cost.minutes(spec, 16, 100)
    short = make_spec(max_iterations=10)
    assert cost.minutes(short, 16, 1) == 6
    assert 6 < cost.minutes(short, 2**20, 1000) < 600  # drawing the samples


def test_memory_follows_from_the_samples_and_the_attempt():
    spec = make_spec()
    assert cost.mebibytes(spec, 16) == cost.PROCESS
    # two samples of 2^20 numbers are 16 MiB, and there are copies
    assert cost.mebibytes(spec, 2**20) == cost.PROCESS + cost.COPIES * 16
    assert cost.mebibytes(spec, 2**20, 2) == 2 * cost.mebibytes(spec, 2**20)


def test_networks_take_the_memory_of_jax_too():
    net = {"dataset": "gaussian", "samples": 4, "model": "two_layer", "start": None}
    spec = make_spec(**net)
    assert cost.mebibytes(spec, 16) == cost.PROCESS + 2 * cost.JAX
    long = make_spec(**net, max_iterations=10**8)
    assert cost.minutes(long, 16, 1) > cost.minutes(spec, 16, 1)


def test_the_limits_reach_the_jobs(workflow):
    """By the attempt, as Snakemake calls them when it submits a job again."""
    config = make_config(cells_per_job=2, tracking={"mode": "none"})
    config["experiments"]["tiny"]["max_iterations"] = 10**9
    workflow.configure(config)
    said = workflow.run("collect", "-n", "--verbose").stdout
    limit = cost.minutes(make_spec(max_iterations=10**9), 8, 2)
    assert f"runtime={limit}" in said
    assert f"mem_mb={cost.PROCESS}" in said
