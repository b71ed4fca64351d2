"""Pairs of classes from real image sets: CIFAR-10, MNIST, FashionMNIST.

The first class has the label -1, the second +1. Of each, n/2 images are drawn without
replacement by ``default_rng(0)``, the first class first: one fixed sample, so seeds
vary the start only. Images are flattened, colour planes one after the other, and stay
the bytes they are; pixels in [0, 1] by default, rows of unit norm with ``:unit``.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from gdexp.core.datasets import readers
from gdexp.core.datasets.base import Dataset, DatasetFamily
from gdexp.util.errors import ConfigError, DataError, shown

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class ImageSet:
    """An image set with ten classes.

    Attributes
    ----------
    name, title, source : str
        How to call it, its name in sentences, and where a pair of it is used.
    features : int
        Numbers per image.
    files : tuple of str
        Its files, below the data folder.
    read : callable
        ``read(paths) -> (images, labels)``, shapes (N, d) and (N,).
    """

    name: str
    title: str
    source: str
    features: int
    files: tuple[str, ...]
    read: Callable[[Sequence[Path]], tuple[Bytes, Bytes]]


_IDX = ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")

IMAGES = {
    images.name: images
    for images in (
        ImageSet(
            "cifar10",
            "CIFAR-10",
            "the paper's figure 1, as read off a re-implementation",
            3072,
            tuple(f"cifar-10-batches-bin/data_batch_{i}.bin" for i in range(1, 6)),
            readers.read_cifar10,
        ),
        ImageSet(
            "mnist",
            "MNIST (its 10,000 test images)",
            "a data set of arXiv 2412.08424; the choice of classes is ours",
            784,
            tuple(f"mnist/{name}" for name in _IDX),
            readers.read_idx,
        ),
        ImageSet(
            "fashion_mnist",
            "FashionMNIST (its 10,000 test images)",
            "a data set of arXiv 2412.08424; the choice of classes is ours",
            784,
            tuple(f"fashion_mnist/{name}" for name in _IDX),
            readers.read_idx,
        ),
    )
}

_NAME = re.compile(r"(?P<set>\w+)(:(?P<a>\d)-(?P<b>\d))?(?P<unit>:unit)?")


def image_family(name: str, folder: Path) -> DatasetFamily:
    """Return the family of a pair of classes.

    Parameters
    ----------
    name : str
        ``SET``, ``SET:A-B``, ``SET:unit`` or ``SET:A-B:unit`` with different classes
        A and B from 0 to 9, 0-1 unless stated.
    folder : Path
        The data folder.

    Raises
    ------
    ConfigError
        If the name is none of these.
    """
    match = _NAME.fullmatch(name)
    if match is None or match["set"] not in IMAGES or (match["a"] or "x") == match["b"]:
        stem = name.partition(":")[0]
        raise ConfigError(
            f"dataset {shown(name)} is unknown; allowed: {stem}, {stem}:A-B,"
            f" {stem}:unit, {stem}:A-B:unit with two different classes A and B from 0"
            " to 9"
        )
    images = IMAGES[match["set"]]
    classes = (int(match["a"] or 0), int(match["b"] or 1))
    unit_norm = match["unit"] is not None
    files = tuple(folder / file for file in images.files)

    scaling = "rows of unit norm" if unit_norm else "pixels in [0, 1]"

    def build(dim: int, n: int, rng: Generator) -> Dataset:
        pixels, labels = images.read(files)
        if pixels.shape[1] != images.features:
            raise DataError(
                f"image file {files[0]} has {pixels.shape[1]} numbers per image;"
                f" allowed for {images.name}: {images.features}"
            )
        return pair(pixels, labels, classes, n, unit_norm=unit_norm, name=name)

    return DatasetFamily(
        name=name,
        formula=f"{images.title}, class {classes[0]} (label -1) against class"
        f" {classes[1]} (label +1), {scaling}",
        source=images.source,
        build=build,
        default_samples=None,
        balanced=True,
        fixed_dim=images.features,
        files=files,
    )


def pair(
    images: Bytes,
    labels: Bytes,
    classes: tuple[int, int],
    n: int,
    *,
    unit_norm: bool = False,
    name: str = "images",
) -> Dataset:
    """Draw n/2 images of each of two classes.

    Parameters
    ----------
    images, labels : ndarray of bytes, shapes (N, d) and (N,)
    classes : (int, int)
        The classes of label -1 and +1.
    n : int
        Even.
    unit_norm : bool
        Rows of unit norm instead of pixels in [0, 1].
    name : str
        What errors call it.

    Raises
    ------
    DataError
        If a class has fewer images, or an image to be scaled is black.
    """
    rng = default_rng(0)
    chosen = []
    for label in classes:
        there = np.flatnonzero(labels == label)
        if len(there) < n // 2:
            raise DataError(
                f"dataset {name!r} has {len(there)} images of class {label}, but"
                f" samples {n} needs {n // 2}; ask for fewer, or for another class"
            )
        chosen.append(images[rng.choice(there, n // 2, replace=False)])
    samples = np.concatenate(chosen)
    unit: float | NDArray[np.float64] = 1 / 255
    if unit_norm:
        norms = np.linalg.norm(samples.astype(float), axis=1)
        if not norms.all():
            raise DataError(
                f"dataset {name!r} has an image that is black: no unit norm"
            )
        unit = 1 / norms
    return Dataset(samples, np.repeat([-1.0, 1.0], n // 2), unit)
