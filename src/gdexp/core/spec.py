"""A spec: everything that is run, by names and settings, but its dim and seed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache, cached_property
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

from gdexp.core.checkpoint import Checkpoint
from gdexp.core.datasets import DatasetFamily, dataset_family, dataset_of
from gdexp.core.forms import FORMS, Size
from gdexp.core.forms.autodiff import Autodiff, lanes
from gdexp.core.forms.rows import NEGLIGIBLE
from gdexp.core.losses import LOSSES, Loss
from gdexp.core.member import Member, build, settings_of
from gdexp.core.methods import METHODS, Method
from gdexp.core.models import MODELS, Model
from gdexp.core.observables import OBSERVABLES
from gdexp.core.outcome import Outcome
from gdexp.core.problem import STOPS, Problem
from gdexp.core.returned import fitting
from gdexp.core.run import run, run_together
from gdexp.core.seeds import streams
from gdexp.core.settled import method_of, names_of, settled, start_of
from gdexp.core.starts import start_scale
from gdexp.core.steps import step_size, text_of
from gdexp.core.told import check_told, facts_of
from gdexp.util.digests import RECORD, code_of, files_digest
from gdexp.util.errors import ConfigError, MemberError, shown, unknown


@dataclass(frozen=True, kw_only=True, init=False)
class Spec:
    """What is run: everything of a cell but its dim and seed.

    Attributes
    ----------
    dataset, model, algorithm : str
        Names; see `dataset_family`, `MODELS`, `METHODS`, `gdexp.core.settled`.
    loss : str
        A name in `LOSSES`, the logistic one by default; the perceptron's follows from
        the algorithm.
    step : str or None
        Step size, a number (may be given as one) or an expression in d and n, see
        `gdexp.core.steps`; None for methods that have none.
    start : str or None
        ``zero``, ``gaussian`` or ``gaussian:s``, see `gdexp.core.starts`; zero by
        default, None for models that draw their own.
    samples : int or None
        Number of samples, where it is the user's choice.
    max_iterations : int
        The iteration cap.
    root_seed : int
        Root of all random streams; see `gdexp.core.seeds`.
    precision : {"float64", "float32"}
        Precision of the products with the samples in the row form, and of all numbers
        in the form autodiff; all else is float64 always. See `gdexp.core.forms`.
    stop : {"separated", "cap", "zero_loss"}
        Where a run ends; see `gdexp.core.run.run`.
    form : str or None
        A name in `FORMS`, or the cheapest that fits.
    observe : sequence of str
        Names in `OBSERVABLES`: what is recorded besides.
    settings : tuple of (str, value)
        The settings of dataset, model, loss and method, by name; they may be given as
        keywords.
    full_trajectory : bool
        Record every iteration instead of at most 200.
    test_samples : int or None
        How many samples to draw that no run is trained on, for tests.
    data, here : str
        Folder of image files, and where the relative path of a table starts: where
        they are found, not what is run.

    Examples
    --------
    >>> spec = Spec(dataset="two_point", model="linear", algorithm="nag", step=8,
    ...             momentum=0.9, max_iterations=1000)
    >>> spec.run(dim=256, seed=0).iterations
    19
    """

    dataset: str
    model: str
    algorithm: str
    max_iterations: int
    loss: str = "logistic"
    step: str | float | None = None
    start: str | None = None
    samples: int | None = None
    root_seed: int = 0
    precision: str = "float64"
    stop: str = "separated"
    form: str | None = None
    observe: tuple[str, ...] = ()
    settings: tuple[tuple[str, Any], ...] = ()
    full_trajectory: bool = False
    test_samples: int | None = None
    data: str = field(default="data", repr=False, compare=False)
    here: str = field(default=".", repr=False, compare=False)

    def __init__(self, **given: Any) -> None:
        known = {each.name: each.default for each in fields(Spec)}
        own = dict(given.pop("settings", ()))
        own |= {key: given.pop(key) for key in [*given] if key not in known}
        chosen = {key: given.get(key, default) for key, default in known.items()}
        algorithm, loss = names_of(
            chosen["model"], chosen["algorithm"], given.get("loss")
        )
        observe, step = chosen["observe"], chosen["step"]
        observe = [observe] if isinstance(observe, str) else observe
        chosen |= {
            "algorithm": algorithm,
            "loss": loss,
            "start": start_of(given.get("start"), chosen["model"], algorithm),
            "step": None if step is None else text_of(step),
            "observe": tuple(dict.fromkeys(observe)),
        }
        for key in chosen.keys() - {"settings"}:
            object.__setattr__(self, key, chosen[key])
        object.__setattr__(self, "settings", settled(self._members, own))

    def but(self, **changes: Any) -> "Spec":
        """Return a spec with some changes; with another algorithm, of its own loss."""
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        if "algorithm" in changes or METHODS[self._method.name].weighs:
            given["loss"] = None
        return Spec(**given | changes)

    @property
    def _method(self) -> type[Method]:
        return method_of(self.algorithm)

    @property
    def members(self) -> tuple[type[Member], ...]:
        """The classes that have a part in a run."""
        observed = (OBSERVABLES[name] for name in self.observe if name in OBSERVABLES)
        return *self._members, *observed

    @property
    def _members(self) -> tuple[type[Member], ...]:
        known = MODELS[self.model], LOSSES[self.loss], self._method
        return *known, dataset_of(self.dataset)

    def _build(self, member: type[Any], **more: Any) -> Any:
        own = settings_of(member)
        chosen = {key: x for key, x in self.settings if key in own}
        return build(member, chosen | more)

    @cached_property
    def family(self) -> DatasetFamily:
        """The dataset family."""
        own = settings_of(dataset_of(self.dataset))
        chosen = {key: x for key, x in self.settings if key in own}
        where = self.data, self.here
        return dataset_family(self.dataset, *where, self.test_samples, **chosen)

    @property
    def n(self) -> int:
        """Number of samples."""
        return int(self.family.n(self.samples))

    @cached_property
    def code(self) -> str:
        """Digest of the modules that can alter a record of this, 12 hex digits."""
        # the loss that is recorded may be another one than that of the run
        observables = (OBSERVABLES[name] for name in self.observe)
        return code_of(*RECORD, *self._members, LOSSES["logistic"], *observables)

    def step_at(self, dim: int) -> float | None:
        """Return the step size at a dim; None where there is none."""
        return None if self.step is None else step_size(self.step, d=dim, n=self.n)

    def size(self, dim: int) -> Size:
        """Return what decides on the form of its runs at a dim."""
        model: Model = self._build(MODELS[self.model])
        loss: Loss = self._build(LOSSES[self.loss])
        return Size(
            model,
            self.method_at(dim),
            loss,
            self.n,
            self.family.features(dim),
            self.family.images,
            self.stop,
        )

    def method_at(self, dim: int) -> Method:
        """Return the method with its step at a dim."""
        step = {} if self.step is None else {"step": self.step_at(dim)}
        method: Method = self._build(self._method, **step)
        return method

    def check(self, dim: int) -> None:
        """Raise ConfigError unless there is a cell at this dim."""
        stepped = "step" in settings_of(self._method)
        if stepped != (self.step is not None):
            what = "needs a step" if stepped else "has no step; allowed: leave it out"
            raise ConfigError(f"algorithm {self.algorithm!r} {what}")
        for kind, name, known in (
            ("precision", self.precision, NEGLIGIBLE),
            ("stop", self.stop, STOPS),
            *([("form", self.form, FORMS)] if self.form is not None else []),
            *(("observe", name, OBSERVABLES) for name in self.observe),
        ):
            if name not in known:
                raise ConfigError(unknown(kind, name, known))
        models = self._method.models
        if models and self.model not in models:
            raise ConfigError(
                f"model {self.model!r} for algorithm {self.algorithm!r}; allowed:"
                f" {', '.join(models)}"
            )
        family = self.family
        family.check_dim(dim)
        family.check_test()
        check_told(family)
        self.parameters()  # what it says of itself may be no settings of a record
        size = self.size(dim)
        size.model.check(family.features(dim))
        number = size.model.parameters(family.features(dim))
        if not isinstance(number, int | np.integer) or number < 1:
            raise MemberError(
                f"model {self.model!r} has {shown(number)} parameters; allowed: a whole"
                " number, 1 or more"
            )
        if self.start is not None:
            start_scale(self.start)
        size.cheapest(self.form)
        for name in self.observe:
            OBSERVABLES[name]().check(size.model, self.test_samples or 0)

    def problem(self, dim: int, seed: int) -> Problem:
        """Draw the data and the start of a (dim, seed)."""
        family = self.family
        rng = streams(self.root_seed, dim, seed)
        read = files_digest(family.files)  # before they are
        dataset = family.draw(dim, self.n, rng.data)
        size = self.size(dim)
        features = family.features(dim)
        start = size.model.start(features, self.start or "", rng.start)
        number = size.model.parameters(features)
        return Problem(
            dataset,
            size.model,
            size.method,
            size.loss,
            fitting(start, (number,), size.model, "a start").copy(),  # none of theirs
            self.precision,
            stop=self.stop,
            stream=rng.method,
            read=read,
        )

    def run(
        self, dim: int, seed: int, *, checkpoint: Checkpoint | None = None
    ) -> Outcome:
        """Run the cell at a (dim, seed), going on from a checkpoint if there is one."""
        # BLAS splits sums by its number of threads; with one the bits repeat
        with _threads().limit(limits=1):
            return run(
                self.problem(dim, seed),
                self.max_iterations,
                form=self.form,
                full=self.full_trajectory,
                checkpoint=checkpoint,
                observe=[OBSERVABLES[name]() for name in self.observe],
            )

    def runs(
        self, dim: int, checkpoints: Mapping[int, Checkpoint | None]
    ) -> Iterator[tuple[int, Outcome]]:
        """Yield the outcomes of seeds as they end, of a network computed together.

        Parameters
        ----------
        dim : int
        checkpoints : mapping of int to Checkpoint
            The seeds, and where each is kept.
        """
        seeds, size = [*checkpoints], self.size(dim)
        together = 1
        if len(seeds) > 1 and size.cheapest(self.form)[1] is Autodiff:
            together = lanes(size.work, len(seeds))
        for first in range(0, len(seeds), together):
            some = seeds[first : first + together]
            if len(some) == 1:
                kept = checkpoints[some[0]]
                yield some[0], self.run(dim, some[0], checkpoint=kept)
                continue
            with _threads().limit(limits=1):
                for i, outcome in run_together(
                    [self.problem(dim, seed) for seed in some],
                    self.max_iterations,
                    full=self.full_trajectory,
                    checkpoints=[checkpoints[seed] for seed in some],
                    observe=[OBSERVABLES[name]() for name in self.observe],
                ):
                    yield some[i], outcome

    def parameters(self) -> dict[str, Any]:
        """Return everything that determines a run as flat names and values."""
        aside = {"settings", "full_trajectory", "data", "here"}
        if self.test_samples is None:  # as it was before there were any
            aside.add("test_samples")
        chosen = {
            each.name: getattr(self, each.name)
            for each in fields(self)
            if each.name not in aside
        }
        chosen["observe"] = " ".join(self.observe) or None
        chosen |= {"kernel": None} | dict(self.settings)
        return chosen | facts_of(self.family, chosen)


@cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()  # looking for the libraries takes milliseconds
