"""FashionMNIST: pictures of clothes in ten classes."""

from dataclasses import dataclass

from gdexp.core.datasets.images import Images
from gdexp.core.datasets.readers import read_idx


@dataclass(frozen=True)
class FashionMnist(Images):
    """The 10,000 test images.

    >>> FashionMnist(label="fashion_mnist:3-8").classes
    (3, 8)
    """

    name = "fashion_mnist"
    title = "FashionMNIST (its 10,000 test images)"
    formula = (
        "FashionMNIST, class 0 (label -1) against class 1 (label +1);"
        " fashion_mnist:A-B, fashion_mnist:unit, fashion_mnist:A-B:unit: other classes,"
        " rows of unit norm"
    )
    source = "a data set of arXiv 2412.08424; the choice of classes is ours"
    fixed_dim = 784
    paths = (
        "fashion_mnist/t10k-images-idx3-ubyte.gz",
        "fashion_mnist/t10k-labels-idx1-ubyte.gz",
    )
    read = staticmethod(read_idx)
