"""A run that was kept and goes on ends with the same bits."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from support import make_spec

from gdexp.core.checkpoint import Checkpoint
from gdexp.core.forms.compiled import Compiled
from gdexp.core.forms.coordinates import Reduced
from gdexp.core.forms.direct import Direct
from gdexp.core.forms.rows import Rows
from gdexp.core.methods import Method
from gdexp.core.run import run
from gdexp.util.errors import MemberError


class KilledError(Exception):
    pass


def kept(path, identity="one", kill_at=None):
    def progress(iteration, wrong):
        if kill_at is not None and iteration >= kill_at:
            raise KilledError

    return Checkpoint(path, identity, progress)


FORMS = [Direct, Reduced, Compiled, Rows]
GAUSSIAN = {"dataset": "gaussian", "samples": 20, "start": "gaussian"}
CONV = {"model": "conv", "kernel": 2, "start": "gaussian", "step": "0.02/sqrt(d)"}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("full", [False, True])
def test_a_killed_run_goes_on_to_the_same_bits(form, full, tmp_path, monkeypatch):
    """In every form, with what a method remembers and a random stream."""
    spec = make_spec(**CONV)
    if form is Reduced:
        more = {"algorithm": "sgd", "order": "random", "step": 0.02}
        spec = make_spec(**GAUSSIAN, **more)
    if form is Direct:
        spec = make_spec(**GAUSSIAN, algorithm="adam", step=0.003)
    monkeypatch.setattr("gdexp.core.run.form_of", lambda *_: form)

    def drawn():
        return spec.problem(
            40 if form in (Direct, Reduced) else 256, 8
        )  # with a stream of its own

    whole = run(drawn(), 1000, full=full)
    assert whole.iterations > 40
    monkeypatch.setattr(form, "stride", 7)
    path = tmp_path / "cells" / "run.npz"
    for kill_at in (14, 28):
        with pytest.raises(KilledError):
            run(drawn(), 1000, full=full, checkpoint=kept(path, kill_at=kill_at))
    starts = []
    checkpoint = Checkpoint(path, "one", lambda t, wrong: starts.append(t))
    rest = run(drawn(), 1000, full=full, checkpoint=checkpoint)
    assert starts[0] == 35  # 28 was kept
    assert (rest.status, rest.iterations) == (whole.status, whole.iterations)
    for name in ("iteration", "loss", "misclassified", "min_margin", "norm"):
        np.testing.assert_array_equal(
            getattr(rest.trajectory, name), getattr(whole.trajectory, name)
        )
    assert rest.trajectory.rising == whole.trajectory.rising
    assert rest.sample_gradients == whole.sample_gradients > 0
    checkpoint.remove()
    assert not path.exists()


@dataclass(frozen=True)
class Own(Method):
    """A method that begins with one memory, and goes on with what `more` adds."""

    name = "own"
    step: float = 0.02

    def init(self, oracle, w, rng):
        object.__setattr__(self, "rng", rng)
        return {}

    def update(self, oracle, w, memory):
        found = self.more(memory, oracle(w))
        return w + self.step * found["u"], found

    def more(self, memory, g):
        raise NotImplementedError


class Late(Own):
    """All of it is there from the first update on alone."""

    def more(self, memory, g):
        u = 0.9 * memory.get("u", 0.0) + g
        size = memory.get("size", np.float32(1)) * np.float32(1.1)
        assert type(size) is np.float32
        odd = not memory.get("odd", False)
        assert memory.get("nothing", None) is None
        return {"odd": odd, "u": u * (1 + 0.1 * odd), "nothing": None, "size": size}


class Twice(Own):
    """One stream under two names, and on the method too."""

    def more(self, memory, g):
        one, other = memory.get("one", self.rng), memory.get("other", self.rng)
        noise = one.standard_normal() + 10 * other.random() + self.rng.random()
        return {"u": g * noise, "one": one, "other": other}


class Dropping(Own):
    """What it began with is gone later."""

    def init(self, oracle, w, rng):
        return {"first": True}

    def more(self, memory, g):
        return {"u": g * (1 + 9 * memory.get("first", False))}


@pytest.mark.parametrize("method", [Late, Twice, Dropping])
def test_a_killed_run_goes_on_with_all_that_its_method_keeps(
    method, tmp_path, monkeypatch
):
    monkeypatch.setattr("gdexp.core.run.form_of", lambda *_: Direct)
    monkeypatch.setattr(Direct, "stride", 7)
    spec = make_spec(**GAUSSIAN)

    def drawn():
        return replace(spec.problem(40, 8), method=method())

    whole = run(drawn(), 200)
    assert whole.iterations > 21
    path, starts = tmp_path / "run.npz", []
    with pytest.raises(KilledError):
        run(drawn(), 200, checkpoint=kept(path, kill_at=14))
    checkpoint = Checkpoint(path, "one", lambda t, wrong: starts.append(t))
    rest = run(drawn(), 200, checkpoint=checkpoint)
    assert starts[0] == 21
    np.testing.assert_array_equal(rest.trajectory.loss, whole.trajectory.loss)
    np.testing.assert_array_equal(rest.trajectory.norm, whole.trajectory.norm)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([np.zeros(3), np.zeros(3)], "'odd' of type list"),
        ((1, "a"), "'odd' of type tuple"),
        ({"a": 1}, "'odd' of type dict"),
        (np.array([None]), "'odd' of type ndarray"),
        (np.ma.array([1.0]), "'odd' of type MaskedArray"),
        (np.random.default_rng(3), "'odd' of type Generator"),
        (np.random.Generator(np.random.MT19937(3)), "'odd' of type Generator"),
    ],
)
def test_a_memory_that_could_not_be_put_back_is_refused(value, words):
    problem = make_spec().problem(16, 0)

    class Odd(Own):
        def more(self, memory, g):
            return {"u": g, "odd": value}

    with pytest.raises(MemberError, match=f"'own' keeps {words}; allowed: .*None"):
        Direct.of(replace(problem, method=Odd())).update()


def test_a_checkpoint_that_fails_half_way_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("gdexp.core.run.form_of", lambda *_: Direct)
    monkeypatch.setattr(Direct, "stride", 7)
    spec = make_spec(**GAUSSIAN, algorithm="sgd", order="random", step=0.02)
    whole = run(spec.problem(40, 8), 200)
    path = tmp_path / "run.npz"
    with pytest.raises(KilledError):
        run(spec.problem(40, 8), 200, checkpoint=kept(path, kill_at=14))
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    told = str(arrays["kept"]).replace("PCG64", "PCG65")
    np.savez(path, **arrays | {"kept": np.array(told)})
    again = run(spec.problem(40, 8), 200, checkpoint=kept(path))
    np.testing.assert_array_equal(
        again.trajectory.iteration, whole.trajectory.iteration
    )
    np.testing.assert_array_equal(again.trajectory.loss, whole.trajectory.loss)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"\x80\x04N."])
def test_a_damaged_checkpoint_starts_again(content, tmp_path, monkeypatch):
    monkeypatch.setattr(Compiled, "stride", 7)
    problem = make_spec().problem(256, 0)
    path = tmp_path / "run.npz"
    path.write_bytes(content)
    assert run(problem, 1000, checkpoint=kept(path)).iterations == 122


class Loaded:
    """Pickled, and touches a file if it is ever loaded."""

    def __init__(self, witness):
        self.witness = witness

    def __reduce__(self):
        return type(self.witness).touch, (self.witness,)


def test_no_pickle_in_a_checkpoint_is_loaded(tmp_path, monkeypatch):
    monkeypatch.setattr(Compiled, "stride", 7)
    problem = make_spec().problem(256, 0)
    path, witness = tmp_path / "run.npz", tmp_path / "loaded"
    arrays = Compiled.of(problem).dump()
    for name in ("identity", "rows", *arrays):
        good = {"identity": "one", "rows": np.zeros((0, 5)), **arrays}
        np.savez(path, **good | {name: np.array([Loaded(witness)], object)})
        assert run(problem, 1000, checkpoint=kept(path)).iterations == 122
    assert not witness.exists()
    np.savez(path, **{name: np.array([Loaded(witness)], object)})
    with np.load(path, allow_pickle=True) as file:
        file[name]
    assert witness.exists()  # as it would be


def test_a_checkpoint_of_another_run_is_not_gone_on_from(tmp_path, monkeypatch):
    monkeypatch.setattr(Compiled, "stride", 7)
    path = tmp_path / "run.npz"
    problem = make_spec(step=3).problem(256, 0)
    with pytest.raises(KilledError):
        run(problem, 1000, checkpoint=kept(path, "other", kill_at=21))
    assert path.exists()
    problem = make_spec().problem(256, 0)
    assert run(problem, 1000, checkpoint=kept(path)).iterations == 122


def test_strides_do_not_show(monkeypatch):
    problem = make_spec().problem(4096, 0)
    whole = run(problem, 10**5)
    monkeypatch.setattr(Compiled, "stride", 1)
    parts = run(problem, 10**5)
    np.testing.assert_array_equal(
        whole.trajectory.iteration, parts.trajectory.iteration
    )
    np.testing.assert_array_equal(whole.trajectory.loss, parts.trajectory.loss)


def test_a_run_is_kept_between_recorded_iterations_too(tmp_path, monkeypatch):
    """Those are far apart near the end of a long run."""
    monkeypatch.setattr(Compiled, "stride", 100)
    kept_at = []
    checkpoint = Checkpoint(
        tmp_path / "run.npz", "one", lambda t, wrong: kept_at.append(t)
    )
    problem = make_spec(step=1e-9, start="gaussian").problem(16, 0)
    outcome = run(problem, 100_000, checkpoint=checkpoint)
    assert outcome.status == "capped"
    assert kept_at == list(range(100, 100_000, 100))
