"""Products with a kernel's Gram matrix at less than its cost.

K v with K_ij = k(x_i, x_j) takes n^2 (d + 1) multiplications. Two ways to less:

random features (Rahimi and Recht): k(x, y) = E h_w(x) h_w(y), so that K is near
H H' / m with the m features h_w(x_i) as columns of H. The mean of m independent terms
whose expectation is K: the root mean square of the error falls like m^(-1/2), exactly.

Nystroem: K is near C M^+ C' with the columns C of K at m landmarks and their own block
M. Its error follows the eigenvalues of K, which fall fast where k is smooth.

Either costs n m (d + 2) for the columns and the two products with them, Nystroem's M
m^3 besides, up to a constant. Kernels: Gaussian, exp(-|x - y|^2 / 2d), smooth, with
features sqrt(2) cos(w.x + c); and E relu(w.x) relu(w.y), the arc-cosine kernel of
degree 1, which has a kink where x and y are parallel, with features relu(w.x).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.random import Generator

from gdexp.core.losses.logistic import Logistic
from gdexp.core.methods.gd import GradientDescent
from gdexp.core.models.linear import Linear
from gdexp.core.outcome import Array
from gdexp.studies.base import Study, drawn

if TYPE_CHECKING:
    import pandas as pd

ROWS = 512  # of K at a time, to bound memory
CUT = 1e-13  # eigenvalues of M below this share of the largest are rounding


def gaussian(x: Array, y: Array) -> Array:
    """Return exp(-|x_i - y_j|^2 / 2d), shape (n, m).

    >>> gaussian(np.zeros((1, 2)), np.array([[0.0, 2.0]])).round(6).tolist()
    [[0.367879]]
    """
    squares = (x**2).sum(axis=1)[:, None] + (y**2).sum(axis=1) - 2 * x @ y.T
    kernel: Array = np.exp(-squares / (2 * x.shape[1]))
    return kernel


def arc_cosine(x: Array, y: Array) -> Array:
    """Return E relu(w.x_i) relu(w.y_j), w standard normal, shape (n, m).

    |x| |y| (sin t + (pi - t) cos t) / 2 pi at the angle t (Cho and Saul).

    >>> x, y = np.array([[2.0, 0.0]]), np.array([[2.0, 0.0], [-1, 0]])
    >>> arc_cosine(x, y).round(9).tolist()
    [[2.0, 0.0]]
    """
    lengths = np.linalg.norm(x, axis=1)[:, None] * np.linalg.norm(y, axis=1)
    angle = np.arccos(np.clip(x @ y.T / lengths, -1, 1))
    kernel: Array = np.sin(angle) + (np.pi - angle) * np.cos(angle)
    kernel *= lengths / (2 * np.pi)
    return kernel


def cosines(x: Array, m: int, rng: Generator) -> Array:
    """Return m features of the Gaussian kernel, shape (n, m)."""
    w = rng.standard_normal((x.shape[1], m)) / np.sqrt(x.shape[1])
    features: Array = np.sqrt(2) * np.cos(x @ w + rng.uniform(0, 2 * np.pi, m))
    return features


def rectified(x: Array, m: int, rng: Generator) -> Array:
    """Return m features of the arc-cosine kernel, shape (n, m)."""
    return np.maximum(x @ rng.standard_normal((x.shape[1], m)), 0.0)


Kernel = Callable[[Array, Array], Array]
Features = Callable[[Array, int, Generator], Array]
KERNELS: Mapping[str, tuple[Kernel, Features]] = {
    "gaussian": (gaussian, cosines),
    "arc-cosine": (arc_cosine, rectified),
}


def exactly(kernel: Kernel, x: Array, v: Array) -> Array:
    """Return K v for columns v, by rows of K."""
    starts = range(0, len(x), ROWS)
    return np.concatenate([kernel(x[i : i + ROWS], x) @ v for i in starts])


def by_features(features: Array, v: Array) -> Array:
    """Return H H' v / m."""
    product: Array = features @ (features.T @ v) / features.shape[1]
    return product


def by_landmarks(kernel: Kernel, x: Array, landmarks: Array, v: Array) -> Array:
    """Return C M^+ C' v."""
    columns = kernel(x, landmarks)
    values, vectors = np.linalg.eigh(kernel(landmarks, landmarks))
    kept = values > CUT * values[-1]
    known = vectors[:, kept].T @ (columns.T @ v) / values[kept, None]
    product: Array = columns @ (vectors[:, kept] @ known)
    return product


@dataclass(frozen=True)
class Products(Study):
    """Settings: numbers n of samples, their dim, numbers m of columns, v, draws."""

    name = "products"
    title: ClassVar[str] = "Error against cost of products with a Gram matrix"
    source: ClassVar[str] = (
        "the question after arXiv 2006.09535; random features and Nystroem textbook,"
        " data ours"
    )
    columns: ClassVar[Mapping[str, str]] = {
        **{"kernel": "str", "way": "str", "samples": "int64", "columns": "int64"},
        **{"seed": "int64", "multiplications": "int64", "error": "float64"},
    }
    # for the samples alone
    uses = (Linear, GradientDescent, Logistic)
    datasets = ("gaussian",)

    samples: tuple[int, ...] = (256, 512, 1024, 2048)
    dim: int = 10
    features: tuple[int, ...] = (16, 32, 64, 128, 256, 512)
    vectors: int = 16
    seeds: int = 50
    root_seed: int = 0

    def table(self) -> "pd.DataFrame":
        """Return one row per kernel, way, n, m and seed.

        Columns: kernel, way (exact, features or landmarks), samples (n), columns (m; n
        for exact), seed, multiplications (for one v), error (of the products with so
        many Gaussian v, relative to their length).
        """
        import pandas as pd

        rows = [
            row
            for n in self.samples
            for seed in range(self.seeds)
            for row in self._rows(n, seed)
        ]
        return pd.DataFrame(rows, columns=list(self.columns))

    def _rows(self, n: int, seed: int) -> Iterator[tuple[str | float, ...]]:
        given = {"model": "linear", "start": "zero", "root_seed": self.root_seed}
        problem = drawn("gaussian", self.dim, seed, samples=n, **given)
        x = np.asarray(problem.data.samples, np.float64)
        rng = np.random.default_rng([self.root_seed, n, seed])
        v = rng.standard_normal((n, self.vectors))
        for name, (kernel, features) in KERNELS.items():
            goal = exactly(kernel, x, v)
            yield name, "exact", n, n, seed, n * n * (self.dim + 1), 0.0
            for m in self.features:
                if m >= n:
                    continue
                shared = n * m * (self.dim + 2)
                near = by_features(features(x, m, rng), v)
                yield name, "features", n, m, seed, shared, _relative(near, goal)
                chosen = x[rng.choice(n, m, replace=False)]
                near = by_landmarks(kernel, x, chosen, v)
                cost = shared + m**3
                yield name, "landmarks", n, m, seed, cost, _relative(near, goal)


def _relative(a: Array, b: Array) -> float:
    return float(np.linalg.norm(a - b) / np.linalg.norm(b))
