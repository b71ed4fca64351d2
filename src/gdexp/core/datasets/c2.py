"""The two samples of c1 with unequal lengths."""

from dataclasses import dataclass

from gdexp.core.datasets.c1 import C1


@dataclass(frozen=True)
class C2(C1):
    """The second sample has twice the common part.

    >>> import numpy as np
    >>> C2().build(3, 2, np.random.default_rng(0)).z.tolist()
    [[2.0, 1.0, 1.0], [-1.0, -2.0, -2.0]]
    """

    name = "c2"
    formula = "b_1 = 1 + e_1 (label +1), b_2 = 2*1 - e_1 (label -1)"
    source = "reconstruction, variant with unequal lengths"
    common = (1.0, 2.0)
