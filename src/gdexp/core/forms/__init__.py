"""The forms, by name: how a loop is computed. Each is the state of a run.

========  ===============================================  =========================
name      what is kept                                     one iteration
========  ===============================================  =========================
direct    the parameters, in NumPy: the reference          O(n d), for everything
reduced   coordinates of the span, compiled for gradient   O((n k)^2), whatever d is
          descent and momentum, in NumPy for all methods
          that add and scale
rows      the parameters, one compiled pass over the       O(n d), bytes stay bytes
          samples
autodiff  the parameters, in JAX: networks                 O(n p), shared by seeds
========  ===============================================  =========================
"""

from dataclasses import dataclass

import numpy as np

from gdexp.core.autodiff import gpu
from gdexp.core.forms.autodiff import Autodiff
from gdexp.core.forms.compiled import Compiled
from gdexp.core.forms.coordinates import Reduced, shifts
from gdexp.core.forms.direct import Direct
from gdexp.core.forms.momentum import MOMENTUM, Momentum
from gdexp.core.forms.rows import Rows
from gdexp.core.losses import Loss
from gdexp.core.methods import Method
from gdexp.core.models import Model
from gdexp.core.models.network import Network
from gdexp.core.problem import PLAIN, Problem
from gdexp.util.errors import ConfigError, unknown

State = Compiled | Momentum | Reduced | Rows | Autodiff | Direct
LARGE = 512  # samples times shifts
FORMS = ("direct", "reduced", "rows", "autodiff")

# about the seconds of an iteration on one x86-64 core: of NumPy's calls, for each
# number that they read, and of the compiled loops
CALLS, NUMBER = 5e-5, 2e-9
COMPILED, PAIR = 25e-9, 4e-9
BYTE, NUMBER_OF_ROW = 5e-11, 1.3e-10  # in the products of the row form
TRACED, WEIGHT = 3e-6, 2e-10  # of JAX, and for each sample and parameter
LAUNCHES = 1e-4  # of JAX on a GPU, where the samples are no more than some MB


@dataclass(frozen=True)
class Size:
    """What decides on the form of a run: never the machine, but for a GPU.

    Attributes
    ----------
    model, method, loss : Model, Method, Loss
    n, d : int
        Samples and features.
    bytes : bool
        Whether the samples are bytes.
    stop : str
    """

    model: Model
    method: Method
    loss: Loss
    n: int
    d: int
    bytes: bool = False
    stop: str = "separated"

    @property
    def _spans(self) -> bool:
        """Whether the model has the coordinates of the span."""
        return shifts(self.model) > 0

    @property
    def _pairs(self) -> int:
        return self.n * shifts(self.model)

    @property
    def _compiles(self) -> bool:
        """Whether the compiled loops know model, method and loss."""
        known = self.loss.name in ("logistic", "perceptron")
        plain = self.method.name in PLAIN
        return self._spans and known and plain and self.stop != "zero_loss"

    def compiled(self) -> float:
        """Return the cost of the compiled reduced form, infinite if it does not fit."""
        # an entry of the Gram matrix is read for each pair
        cost = COMPILED + PAIR * self._pairs + 1e-10 * self._pairs**2
        fits = self._compiles and self._pairs <= LARGE and not self.bytes
        return cost if fits else np.inf

    def momentum(self) -> float:
        """Return the cost of the compiled form with momentum."""
        known = self.method.name in MOMENTUM and self.loss.name == "logistic"
        fits = known and self._spans and self.stop != "zero_loss" and not self.bytes
        cost = 2 * COMPILED + 2 * PAIR * self._pairs + 1e-10 * self._pairs**2
        return cost if fits and self._pairs <= LARGE else np.inf

    def rows(self) -> float:
        """Return the cost of the row form."""
        number = BYTE if self.bytes else NUMBER_OF_ROW
        cost = 2e-7 + 2 * number * self.n * self.d
        return cost if self._compiles else np.inf

    def reduced(self) -> float:
        """Return the cost of reduced coordinates in NumPy."""
        fits = self._spans and self.method.additive and self._pairs <= LARGE
        return CALLS + 3 * NUMBER * self._pairs**2 if fits else np.inf

    def autodiff(self, asked: bool = False) -> float:
        """Return the cost of JAX's loop, infinite if it does not fit.

        Of a run alone: small ones share it with those of other seeds. Models that are
        no networks are run so if that is asked for, and on images where there is a GPU.
        """
        images = self.bytes and gpu()
        fits = self.model.traceable and self.method.traceable and self.loss.traceable
        if not (fits and (asked or images or self.network)):
            return np.inf
        return LAUNCHES if images else TRACED + WEIGHT * self.work

    def direct(self) -> float:
        """Return the cost of the direct form, which always fits."""
        calls = 4 * CALLS if self.network else CALLS
        return calls + 2 * NUMBER * (self.work if self.network else self.n * self.d)

    @property
    def network(self) -> bool:
        """Whether the model is a network."""
        return isinstance(self.model, Network)

    @property
    def work(self) -> int:
        """Samples times parameters."""
        return self.n * self.model.parameters(self.d)

    def cheapest(self, form: str | None = None) -> tuple[float, type[State]]:
        """Return seconds of an iteration, and the form; ConfigError if it fits not."""
        costs: list[tuple[float, type[State], str]] = [
            (self.compiled(), Compiled, "reduced"),
            (self.momentum(), Momentum, "reduced"),
            (self.rows(), Rows, "rows"),
            (self.reduced(), Reduced, "reduced"),
            (self.autodiff(form == "autodiff"), Autodiff, "autodiff"),
            (self.direct(), Direct, "direct"),
        ]
        if form is not None:
            if form not in FORMS:
                raise ConfigError(unknown("form", form, FORMS))
            costs = [each for each in costs if each[2] == form]
        seconds, state, _ = min(costs, key=lambda each: each[0])
        if seconds == np.inf:
            raise ConfigError(
                f"form {form!r} does not fit model {self.model.name!r} with method"
                f" {self.method.name!r}, loss {self.loss.name!r} and {self.n} samples;"
                " allowed: direct, or leave it out"
            )
        return seconds, state


def form_of(problem: Problem, form: str | None = None) -> type[State]:
    """Return the form of a run: the cheapest that fits, or the one asked for."""
    n, d = problem.data.samples.shape
    stored = problem.data.samples.dtype == np.uint8
    size = Size(problem.model, problem.method, problem.loss, n, d, stored, problem.stop)
    return size.cheapest(form)[1]
