"""MNIST: handwritten digits."""

from dataclasses import dataclass

from gdexp.core.datasets.images import Images
from gdexp.core.datasets.readers import read_idx


@dataclass(frozen=True)
class Mnist(Images):
    """The 10,000 test images.

    >>> Mnist(label="mnist:3-8").classes
    (3, 8)
    """

    name = "mnist"
    title = "MNIST (its 10,000 test images)"
    formula = (
        "MNIST, class 0 (label -1) against class 1 (label +1); mnist:A-B,"
        " mnist:unit, mnist:A-B:unit: other classes, rows of unit norm"
    )
    source = "a data set of arXiv 2412.08424; the choice of classes is ours"
    fixed_dim = 784
    paths = (
        "mnist/t10k-images-idx3-ubyte.gz",
        "mnist/t10k-labels-idx1-ubyte.gz",
    )
    read = staticmethod(read_idx)
