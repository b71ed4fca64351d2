"""A cell: one point of the grid, from its description to its outcome."""

import hashlib
from dataclasses import asdict, dataclass, field
from functools import cache

from threadpoolctl import ThreadpoolController

from gdexp.algorithms import ALGORITHMS
from gdexp.datasets import DatasetFamily, dataset_family
from gdexp.descent import Checkpoint, Outcome, Problem, descend
from gdexp.descent.rows import NEGLIGIBLE
from gdexp.errors import ConfigError, unknown
from gdexp.models import MODELS
from gdexp.provenance import CORE, digest, module_of
from gdexp.seeds import streams
from gdexp.starts import draw_start, start_scale
from gdexp.steps import step_size


@dataclass(frozen=True, kw_only=True)
class Spec:
    """What is run: everything of a cell but its dim and seed.

    Attributes
    ----------
    dataset, model, algorithm : str
        Names; see `dataset_family`, `MODELS`, `ALGORITHMS`.
    samples, kernel : int or None
        Number of samples and kernel size, where they are the user's choice.
    step : str or float
        Step size, a number or an expression in d and n; see `gdexp.steps`.
    start : str
        ``zero``, ``gaussian`` or ``gaussian:s``; see `gdexp.starts`.
    max_iterations : int
        The iteration cap.
    root_seed : int
        Root of all random streams; see `gdexp.seeds`.
    precision : {"float64", "float32"}
        Precision of the products with the samples in runs with many samples; all
        else is float64 always. See `gdexp.descent.rows`.
    full_trajectory : bool
        Record every iteration instead of at most 200.
    data : str
        Folder of image files: where they are found, not what is run.
    """

    dataset: str
    model: str
    algorithm: str
    step: str | float
    start: str
    max_iterations: int
    samples: int | None = None
    kernel: int | None = None
    root_seed: int = 0
    precision: str = "float64"
    full_trajectory: bool = False
    data: str = field(default="data", repr=False, compare=False)

    @property
    def family(self) -> DatasetFamily:
        """The dataset family."""
        return dataset_family(self.dataset, self.data)

    @property
    def n(self) -> int:
        """Number of samples."""
        return self.family.n(self.samples)

    @property
    def code(self) -> str:
        """Digest of the modules that can alter a record of this, 12 hex digits."""
        return _code(self)

    def step_at(self, dim: int) -> float:
        """Return the step size at a dim."""
        return step_size(self.step, d=dim, n=self.n)

    def check(self, dim: int) -> None:
        """Raise ConfigError unless there is a cell at this dim."""
        for kind, name, known in (
            ("model", self.model, MODELS),
            ("algorithm", self.algorithm, ALGORITHMS),
        ):
            if name not in known:
                raise ConfigError(unknown(kind, name, known))
        family = self.family
        if self.precision not in NEGLIGIBLE:
            raise ConfigError(unknown("precision", self.precision, NEGLIGIBLE))
        family.check_dim(dim)
        MODELS[self.model](self.kernel, features=family.features(dim))
        self.step_at(dim)
        start_scale(self.start)

    def problem(self, dim: int, seed: int) -> Problem:
        """Draw the data and the start of a (dim, seed)."""
        family = self.family
        rng = streams(self.root_seed, dim, seed)
        dataset = family.build(dim, self.n, rng.data)
        model = MODELS[self.model](self.kernel, features=family.features(dim))
        start = draw_start(
            self.start, dataset.samples.shape[1], model.kernel, rng.start
        )
        algorithm = ALGORITHMS[self.algorithm]
        step = self.step_at(dim)
        return Problem(dataset, model, algorithm, step, start, self.precision)

    def run(
        self, dim: int, seed: int, *, checkpoint: Checkpoint | None = None
    ) -> Outcome:
        """Run the cell at a (dim, seed), going on from a checkpoint if there is one."""
        # BLAS splits sums by its number of threads; with one the bits repeat
        with _threads().limit(limits=1):
            problem = self.problem(dim, seed)
            return descend(
                problem,
                self.max_iterations,
                full=self.full_trajectory,
                checkpoint=checkpoint,
            )


@cache
def _code(spec: Spec) -> str:
    family = spec.family
    used = {
        module_of(family.build),
        module_of(type(MODELS[spec.model].of(spec.kernel))),
    }
    if family.files:
        used.add("datasets/readers.py")
    algorithm = ALGORITHMS[spec.algorithm]
    if algorithm.weight is not None:
        used.add(module_of(algorithm.weight))
    flags = f"{algorithm.indicator} {algorithm.normalized}"
    modules = digest(*CORE, *sorted(used))
    return hashlib.sha256(f"{modules} {flags}".encode()).hexdigest()[:12]


@cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()  # looking for the libraries takes milliseconds


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One point of the grid.

    Attributes
    ----------
    experiment, name : str
        The experiment of the configuration, and the name of the model entry in it.
    spec : Spec
    dim, seed : int
    """

    experiment: str
    name: str
    spec: Spec
    dim: int
    seed: int

    @property
    def key(self) -> str:
        """The cell in one word, ``experiment/name/d16/s0``."""
        return f"{self.experiment}/{self.name}/d{self.dim}/s{self.seed}"

    def parameters(self) -> dict[str, str | int | float | None]:
        """Return what was run as flat names and values."""
        spec = asdict(self.spec)
        del spec["full_trajectory"], spec["data"]
        return {
            "experiment": self.experiment,
            "name": self.name,
            "dim": self.dim,
            "seed": self.seed,
            **spec,
            "samples": self.spec.n,
            "step_size": self.spec.step_at(self.dim),
        }
