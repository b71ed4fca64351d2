"""Members of one's own as they should be, for others that are not."""

HEAD = """
import os, sys, threading, warnings
from dataclasses import dataclass
import numpy as np
from gdexp import Dataset, DatasetFamily, Loss, Method, Model, Observable

"""
# each as it should be; a case replaces the line of one of its functions
MEMBERS = {
    "model": '''
@dataclass(frozen=True)
class Mine(Model):
    """f(b; w) = <b, w>."""
    name = "mine"
    formula = "<b, w>"
    source = "ours"
    def parameters(self, d):
        return d
    def f(self, b, w):
        return b @ w
    def df(self, b, w, weights):
        return weights @ b
    def start(self, d, start, rng):
        return rng.standard_normal(d)
''',
    "loss": """
@dataclass(frozen=True)
class Mine(Loss):
    name = "mine"
    formula = "exp(-m)"
    source = "ours"
    def value(self, m):
        return np.exp(-m)
    def weight(self, m, tie=1.0):
        return np.exp(-m)
""",
    "algorithm": """
@dataclass(frozen=True)
class Mine(Method):
    name = "mine"
    formula = "w + step g"
    source = "ours"
    step: float = 1.0
    def init(self, oracle, w, rng):
        return {"v": np.zeros_like(w)}
    def update(self, oracle, w, memory):
        return w + self.step * oracle(w), memory
""",
    "dataset": """
@dataclass(frozen=True)
class Mine(DatasetFamily):
    name = "mine"
    formula = "two samples"
    source = "ours"
    def build(self, dim, n, rng):
        return Dataset(rng.standard_normal((n, dim)), np.array([1.0, -1.0]))
""",
    "observe": """
@dataclass(frozen=True)
class Mine(Observable):
    name = "mine"
    formula = "|w|"
    source = "ours"
    every = True
    def begin(self, problem):
        return np.zeros(1)
    def see(self, w, memory):
        return memory + 1
    def value(self, problem, w, t, memory):
        return float(memory[0])
""",
}
