"""The oracle: model x loss on the samples, which a method asks for directions."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gdexp.core.arithmetic import lengths
from gdexp.core.losses.base import Loss
from gdexp.core.models.base import Model
from gdexp.core.returned import fitting, frozen

Array = NDArray[np.float64]
Rows = Sequence[int] | NDArray[np.int64] | slice

ALL = slice(None)


class Oracle:
    """Directions g(w) = (1/n) sum_i s_i grad m_i(w), at any point and for any rows.

    Parameters
    ----------
    model : Model
    loss : Loss
    samples, labels : ndarray, shapes (n, d) and (n,)
        The b_i and y_i.
    tie : float
        The weight of a margin of 0 in the next update, see `Loss.weight`.
    exact : bool
        Whether margins are known not to be rounded.

    Attributes
    ----------
    care : float
        A factor of the limits, more than 1 where a run had to go on beyond its end.
    sample_gradients : int
        How many gradients of single samples were asked for; `gradients` in full ones.
    """

    def __init__(
        self,
        model: Model,
        loss: Loss,
        samples: Array,
        labels: Array,
        tie: float = 1.0,
        *,
        exact: bool = False,
    ) -> None:
        self.model, self.loss = model, loss
        # members are given views of them, and no run is to change another
        self.samples, self.labels = frozen(samples), frozen(labels)
        self.lengths = lengths(samples)
        self.tie, self._exact = tie, exact
        self.sample_gradients = 0
        self.care = 1.0
        self._at: Array | None = None
        self._margins = self._limits = np.empty(0)

    @property
    def n(self) -> int:
        """The number of samples."""
        return len(self.labels)

    @property
    def gradients(self) -> float:
        """How many full gradients were asked for, in single ones over n."""
        return self.sample_gradients / self.n

    def at(self, rows: Rows) -> tuple[Array, Array]:
        """Return some samples and their labels."""
        return self.samples[rows], self.labels[rows]

    def margins(self, w: Array) -> Array:
        """Return all m_i(w), shape (n,); kept until another point is asked for."""
        return self.look(w)[0]

    def limits(self, w: Array) -> Array:
        """Return what the margins are wrong by at most, 0 where that is not known."""
        return self.look(w)[1]

    def look(self, w: Array) -> tuple[Array, Array]:
        """Return margins and limits."""
        if w is not self._at or self.care != 1.0:  # iterates are never changed in place
            margins = self.model.margins(self.samples, self.labels, w)
            fitting(margins, (self.n,), self.model, "margins")
            # a copy: a model may fill one buffer whenever it is asked
            self._margins = frozen(margins.copy())
            self._limits = np.zeros(self.n)
            if not self._exact:
                limits = self.model.limits(self.lengths, w)
                self._limits = self.care * fitting(
                    limits, (self.n,), self.model, "limits"
                )
            self._at = w
        return self._margins, self._limits

    def weights(self, w: Array, rows: Rows = ALL) -> Array:
        """Return the weights s_i of some samples.

        A margin within its rounding error counts as 0 where its sign decides.
        """
        margins = self.margins(w)[rows]
        if self.loss.decides:
            near = np.abs(margins) <= self.limits(w)[rows]
            margins = np.where(near, 0.0, margins)
        weights = self.loss.weight(margins, self.tie)
        return fitting(weights, margins.shape, self.loss, "weights")

    def pull(self, w: Array, weights: Array, rows: Rows = ALL) -> Array:
        """Return sum_i weights_i grad m_i(w) over some samples, of the shape of w."""
        self.sample_gradients += len(weights)
        pull = self.model.vjp(*self.at(rows), w, frozen(weights))
        return fitting(pull, w.shape, self.model, "a gradient")

    def __call__(self, w: Array, rows: Rows = ALL) -> Array:
        """Return the mean of s_i grad m_i(w) over some samples, of the shape of w."""
        weights = self.weights(w, rows)
        return self.pull(w, weights / len(weights), rows)
