"""CIFAR-10: colour photographs in ten classes."""

from dataclasses import dataclass

from gdexp.core.datasets.images import Images
from gdexp.core.datasets.readers import read_cifar10


@dataclass(frozen=True)
class Cifar10(Images):
    """The 50,000 training images.

    >>> Cifar10(label="cifar10:3-5").about
    'CIFAR-10, class 3 (label -1) against class 5 (label +1), pixels in [0, 1]'
    """

    name = "cifar10"
    title = "CIFAR-10"
    formula = (
        "CIFAR-10, class 0 (label -1) against class 1 (label +1); cifar10:A-B,"
        " cifar10:unit, cifar10:A-B:unit: other classes, rows of unit norm"
    )
    source = "the paper's figure 1, as read off a re-implementation"
    fixed_dim = 3072
    paths = tuple(f"cifar-10-batches-bin/data_batch_{i}.bin" for i in range(1, 6))
    read = staticmethod(read_cifar10)
