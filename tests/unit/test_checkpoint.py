"""A run that was kept and goes on ends with the same bits."""

import numpy as np
import pytest
from support import make_spec

from gdexp.core.checkpoint import Checkpoint
from gdexp.core.forms.coordinates import Reduced
from gdexp.core.forms.rows import Rows
from gdexp.core.run import run


class KilledError(Exception):
    pass


def kept(path, identity="one", kill_at=None):
    def progress(iteration, wrong):
        if kill_at is not None and iteration >= kill_at:
            raise KilledError

    return Checkpoint(path, identity, progress)


CASES = {
    Reduced: make_spec(model="conv", kernel=2, start="gaussian", step="0.02/sqrt(d)"),
    Rows: make_spec(dataset="worst_case", samples=1000),
}


@pytest.mark.parametrize("form", [Reduced, Rows])
@pytest.mark.parametrize("full", [False, True])
def test_a_killed_run_goes_on_to_the_same_bits(form, full, tmp_path, monkeypatch):
    dim = 2 if form is Rows else 256
    problem = CASES[form].problem(dim, 8)
    whole = descend(problem, 1000, full=full)
    assert whole.iterations > 40
    monkeypatch.setattr(form, "stride", 7)
    path = tmp_path / "cells" / "run.npz"
    for kill_at in (14, 28):
        with pytest.raises(KilledError):
            descend(problem, 1000, full=full, checkpoint=kept(path, kill_at=kill_at))
    starts = []
    checkpoint = Checkpoint(path, "one", lambda t, wrong: starts.append(t))
    rest = descend(problem, 1000, full=full, checkpoint=checkpoint)
    assert starts[0] == 35  # 28 was kept
    assert (rest.status, rest.iterations) == (whole.status, whole.iterations)
    for name in ("iteration", "loss", "misclassified", "min_margin", "norm"):
        np.testing.assert_array_equal(
            getattr(rest.trajectory, name), getattr(whole.trajectory, name)
        )
    assert rest.trajectory.rising == whole.trajectory.rising
    checkpoint.remove()
    assert not path.exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"\x80\x04N."])
def test_a_damaged_checkpoint_starts_again(content, tmp_path, monkeypatch):
    monkeypatch.setattr(Reduced, "stride", 7)
    problem = make_spec().problem(256, 0)
    path = tmp_path / "run.npz"
    path.write_bytes(content)
    assert descend(problem, 1000, checkpoint=kept(path)).iterations == 122


class Loaded:
    """Pickled, and touches a file if it is ever loaded."""

    def __init__(self, witness):
        self.witness = witness

    def __reduce__(self):
        return type(self.witness).touch, (self.witness,)


def test_no_pickle_in_a_checkpoint_is_loaded(tmp_path, monkeypatch):
    monkeypatch.setattr(Reduced, "stride", 7)
    problem = make_spec().problem(256, 0)
    path, witness = tmp_path / "run.npz", tmp_path / "loaded"
    arrays = Reduced.of(problem).arrays
    for name in ("identity", "rows", *arrays):
        good = {"identity": "one", "rows": np.zeros((0, 5)), **arrays}
        np.savez(path, **good | {name: np.array([Loaded(witness)], object)})
        assert descend(problem, 1000, checkpoint=kept(path)).iterations == 122
    assert not witness.exists()
    np.savez(path, **{name: np.array([Loaded(witness)], object)})
    with np.load(path, allow_pickle=True) as file:
        file[name]
    assert witness.exists()  # as it would be


def test_a_checkpoint_of_another_run_is_not_gone_on_from(tmp_path, monkeypatch):
    monkeypatch.setattr(Reduced, "stride", 7)
    path = tmp_path / "run.npz"
    problem = make_spec(step=3).problem(256, 0)
    with pytest.raises(KilledError):
        descend(problem, 1000, checkpoint=kept(path, "other", kill_at=21))
    assert path.exists()
    problem = make_spec().problem(256, 0)
    assert descend(problem, 1000, checkpoint=kept(path)).iterations == 122


def test_strides_do_not_show(monkeypatch):
    problem = make_spec().problem(4096, 0)
    whole = descend(problem, 10**5)
    monkeypatch.setattr(Reduced, "stride", 1)
    parts = descend(problem, 10**5)
    np.testing.assert_array_equal(
        whole.trajectory.iteration, parts.trajectory.iteration
    )
    np.testing.assert_array_equal(whole.trajectory.loss, parts.trajectory.loss)
