"""Dynamic mode decomposition: what a trajectory alone tells of the update.

As long as the active set S stays, the perceptron of the conv model is linear in w,
w+ = (I + step/n sum_S A_i) w, and that of the linear model adds one vector. Either way
the differences x_t = w_{t+1} - w_t obey a linear law without a constant. Dynamic mode
decomposition fits it, x_{t+1} = K x_t, by least squares reduced by an SVD; with k = 2
and b = sum_S y_i b_i the eigenvalues of K are to be

    1 +- step/n sqrt(b'b + b'Pb)  and  1 +- step/n sqrt(b'b - b'Pb),

and 1 for the linear model. Gradient descent on the logistic loss weighs each sample
with sigmoid(-m_i): a law that bends along the way, less so the longer the start.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby, islice
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from gdexp.core.forms import direct
from gdexp.core.losses.logistic import Logistic
from gdexp.core.losses.perceptron import Perceptron
from gdexp.core.methods.gd import GradientDescent
from gdexp.core.models.conv import Conv
from gdexp.core.models.linear import Linear
from gdexp.core.outcome import Array
from gdexp.core.problem import Problem
from gdexp.studies.base import Study, drawn

if TYPE_CHECKING:
    import pandas as pd

# a mode whose part in a phase is smaller than this share of the largest one cannot be
# told: what is rounding, 1e-16, divided by it is the error of its eigenvalue
TOLD = 1e-6


class Modes(NamedTuple):
    """What a decomposition finds.

    Attributes
    ----------
    values : ndarray, shape (modes,)
        Eigenvalues, in the order of their real parts.
    least, rest : float
        The last singular value that is kept and the first that is not, over the first.
    """

    values: Array
    least: float
    rest: float


def decomposition(x: Array, modes: int) -> Modes:
    """Return the eigenvalues of the law x_{t+1} = K x_t, of so many modes.

    Parameters
    ----------
    x : ndarray, shape (p, T)
        Snapshots as columns; more of them than modes.
    modes : int

    Examples
    --------
    >>> t = np.arange(6)
    >>> decomposition(np.array([0.5**t, 3 * 0.8**t]), 2).values.round(12).tolist()
    [0.5, 0.8]
    """
    u, s, vt = np.linalg.svd(x[:, :-1], full_matrices=False)
    rest = s[modes] / s[0] if len(s) > modes else 0.0
    u, kept, vt = u[:, :modes], s[:modes], vt[:modes]
    law = u.T @ x[:, 1:] @ (vt.T / kept)
    values = np.linalg.eigvals(law)
    return Modes(values[np.argsort(values.real)], kept[-1] / s[0], rest)


def spectrum(problem: Problem, active: Array) -> Array:
    """Return the eigenvalues, in order, that a phase with these active samples has.

    sum_S A_i is the A of the sum of these samples. Equal ones are one: a trajectory has
    one direction for each value.
    """
    if isinstance(problem.model, Linear):
        return np.ones(1)
    b = problem.z[active].sum(axis=0)
    square, overlap = b @ b, b @ np.roll(b, 1)
    pair = np.unique(np.sqrt([square - overlap, square + overlap]))
    growth = problem.step / len(problem.z) * pair
    return np.sort(np.concatenate([1 - growth, 1 + growth]))


@dataclass(frozen=True)
class DynamicModes(Study):
    """Settings: dim of c1, kappa in the step kappa/sqrt(d), scales R, and starts."""

    name = "modes"
    title: ClassVar[str] = "Eigenvalues that dynamic mode decomposition finds"
    source: ClassVar[str] = (
        "derived for the reconstruction c1; the question after arXiv 2012.06191"
    )
    columns: ClassVar[Mapping[str, str]] = {
        **{"model": "str", "loss": "str", "scale": "float64"},
        **{"starts": "int64", "seed": "int64"},
        **{"iteration": "int64", "steps": "int64", "active": "int64"},
        **{"modes": "int64", "error": "float64", "least": "float64"},
        "rest": "float64",
    }
    uses = (Linear, Conv, GradientDescent, Logistic, Perceptron)
    datasets = ("c1",)

    dim: int = 64
    kappa: float = 0.25
    scales: tuple[float, ...] = (0.1, 1.0, 10.0, 100.0, 1000.0)
    starts: int = 50
    iterations: int = 2000
    root_seed: int = 0

    def table(self) -> "pd.DataFrame":
        """Return one row per run and phase that is long enough to tell its modes.

        Columns: model, loss, scale (R, of the start), starts, seed, iteration (the
        first of the phase), steps, active (how many samples), modes (how many are
        looked for), error (the largest of an eigenvalue), least, rest (see `Modes`).
        """
        import pandas as pd

        rows = []
        for seed in range(self.starts):
            for model in ("conv", "linear"):
                conv = model == "conv"
                perceptron = drawn(
                    "c1",
                    self.dim,
                    seed,
                    model=model,
                    kernel=2 if conv else None,
                    algorithm="perceptron",
                    step=f"{self.kappa}/sqrt(d)" if conv else "1/d",
                    start="gaussian",
                    root_seed=self.root_seed,
                )
                runs = {("perceptron", 1.0): perceptron}
                for scale in self.scales if conv else ():
                    start = scale * perceptron.start
                    descent = replace(perceptron, loss=Logistic(), start=start)
                    runs["logistic", scale] = descent
                for (loss, scale), problem in runs.items():
                    head: dict[str, object] = {
                        "model": model,
                        "loss": loss,
                        "scale": scale,
                    }
                    head |= {"starts": self.starts, "seed": seed}
                    rows += [head | row for row in self._phases(problem)]
        return pd.DataFrame(rows, columns=list(self.columns))

    def _phases(self, problem: Problem) -> Iterator[dict[str, float]]:
        """Yield what is found in each phase of a run."""
        iterates: list[Array] = []
        signs: list[tuple[bool, ...]] = []
        for here in islice(direct.iterates(problem), self.iterations):
            iterates.append(np.ldexp(here.w, here.bits))
            signs.append(tuple(~here.right))
            if here.right.all():
                break
        moved = np.diff(iterates, axis=0).T
        first = 0
        for active, phase in groupby(signs[: moved.shape[1]]):
            steps = sum(1 for _ in phase)
            if any(active):
                known = spectrum(problem, np.array(active))
                if steps > len(known):
                    own = moved[:, first : first + steps]
                    found = decomposition(own, len(known))
                    if found.least >= TOLD:
                        yield {
                            "iteration": first,
                            "steps": steps,
                            "active": sum(active),
                            "modes": len(known),
                            "error": float(np.abs(found.values - known).max()),
                            "least": found.least,
                            "rest": found.rest,
                        }
            first += steps
