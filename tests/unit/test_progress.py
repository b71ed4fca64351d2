"""What the bar of a workflow says is left."""

import logging

import pytest
from snakemake_interface_logger_plugins.common import LogEvent

from gdexp.grid.cost import CELL
from gdexp.work import progress
from gdexp.work.progress import Progress


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test moves."""
    now = [1000.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def hear(shown, event, **more):
    record = logging.LogRecord("snakemake", 20, "", 0, "", (), None)
    record.__dict__.update(event=event, **more)
    return shown._hear(record)


def test_what_is_left_follows_from_the_weights_and_the_pace(clock, capsys):
    second = round(1 / CELL)  # the weight of a second
    shown = Progress()
    weights = {1: 60 * second, 2: 60 * second, 3: 600 * second, 4: 60 * second}
    shown.start(weights, cores=2)
    try:
        said = [shown._left()]
        assert not hear(shown, LogEvent.JOB_STARTED, jobs=[1, 2, 99])
        clock[0] += 120  # where 60 seconds were expected
        hear(shown, LogEvent.JOB_FINISHED, job_id=1)
        # 2 is over as far as one knows; 4 takes 120, of 3 it says nothing
        said.append(shown._left())
        hear(shown, LogEvent.JOB_FINISHED, job_id=2)
        hear(shown, LogEvent.JOB_STARTED, jobs=[3])
        clock[0] += 100
        said.append(shown._left())
        hear(shown, LogEvent.JOB_FINISHED, job_id=3)
        said.append(shown._left())
    finally:
        logging.getLogger("snakemake.logging").removeFilter(shown._hear)
        hear(shown, LogEvent.JOB_FINISHED, job_id=4)
        said.append(shown._left())
    # 780 seconds on two cores; 720; 500 of one job on one core; 120; nothing
    times = ("06:33", "06:02", "08:24", "01:00", "00:00")
    assert said == [f"about {time} left" for time in times]


def test_many_jobs_at_once_as_on_a_cluster(clock, capsys):
    second = round(1 / CELL)
    shown = Progress()
    shown.start({i: 100 * second for i in range(10)}, cores=1)
    logging.getLogger("snakemake.logging").removeFilter(shown._hear)
    hear(shown, LogEvent.JOB_STARTED, jobs=range(10))
    assert shown._left() == "about 01:40 left"
    shown.close()
