"""RMSprop as a method of one's own: it remembers a mean of squares."""

from dataclasses import dataclass

import numpy as np

from gdexp import Method


@dataclass(frozen=True)
class RMSprop(Method):
    """q <- decay q + (1 - decay) g^2, w <- w + step g / (sqrt(q) + epsilon)."""

    name = "rmsprop"
    formula = "w += step g / (sqrt(q) + epsilon), q a running mean of g^2"
    source = "Tieleman, Hinton 2012, a lecture on neural networks"

    step: float
    decay: float = 0.9
    epsilon: float = 1e-8

    def init(self, oracle, w, rng):
        return {"q": np.zeros_like(w)}

    def update(self, oracle, w, memory):
        g = oracle(w)  # the direction: minus the gradient
        q = self.decay * memory["q"] + (1 - self.decay) * g**2
        return w + self.step * g / (np.sqrt(q) + self.epsilon), {"q": q}
