"""The two samples of c1 as one sample, and the same with a coordinate flipped."""

from dataclasses import dataclass

from gdexp.core.datasets.c1 import C1


@dataclass(frozen=True)
class C1F(C1):
    """The first coordinate changes its sign.

    >>> import numpy as np
    >>> C1F().build(3, 2, np.random.default_rng(0)).samples.tolist()
    [[1.0, 1.0, 1.0], [-1.0, 1.0, 1.0]]
    """

    name = "c1f"
    formula = "b_1 = 1 (label +1), b_2 = 1 - 2 e_1 (label -1)"
    source = "reconstruction, variant: one coordinate changes its sign"
    tip = (0.0, -2.0)
