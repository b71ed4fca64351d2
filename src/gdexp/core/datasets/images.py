"""Pairs of classes from real image sets: what CIFAR-10, MNIST, FashionMNIST share.

The first class has the label -1, the second +1. Of each, n/2 images are drawn without
replacement by ``default_rng(0)``, the first class first: one fixed sample, so seeds
vary the start only. Test images are drawn by the same generator from those that
remain. Images are flattened, colour planes one after the other, and stay the bytes
they are; pixels in [0, 1] by default, rows of unit norm with ``:unit``.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from gdexp.core.datasets.base import DatasetFamily
from gdexp.core.datasets.dataset import Dataset
from gdexp.util.errors import ConfigError, DataError, shown

Bytes = NDArray[np.uint8]

OPTIONS = re.compile(r"\w+(:(?P<a>\d)-(?P<b>\d))?(?P<unit>:unit)?")


@dataclass(frozen=True)
class Images(DatasetFamily):
    """A pair of classes of an image set with ten of them.

    It is called ``SET``, ``SET:A-B``, ``SET:unit`` or ``SET:A-B:unit`` with different
    classes A and B from 0 to 9, 0-1 unless stated.

    Attributes
    ----------
    title : str
        The name of the set in sentences.
    paths : tuple of str
        Its files, below the data folder.
    """

    title: ClassVar[str]
    paths: ClassVar[tuple[str, ...]]
    default_samples = None
    balanced = True
    images = True
    with_options = True

    @staticmethod
    def read(paths: Sequence[Path]) -> tuple[Bytes, Bytes]:
        """Return all images and their classes, shapes (N, d) and (N,)."""
        raise NotImplementedError

    def __post_init__(self) -> None:
        match = OPTIONS.fullmatch(self.label or self.name)
        if match is None or (match["a"] or "x") == match["b"]:
            raise ConfigError(
                f"dataset {shown(self.label)} is unknown; allowed: {self.name},"
                f" {self.name}:A-B, {self.name}:unit, {self.name}:A-B:unit with two"
                " different classes A and B from 0 to 9"
            )

    @property
    def classes(self) -> tuple[int, int]:
        """The classes of label -1 and +1."""
        match = OPTIONS.match(self.label)
        return (int(match["a"] or 0), int(match["b"] or 1)) if match else (0, 1)

    @property
    def unit_norm(self) -> bool:
        """Whether rows are scaled to unit norm."""
        return self.label.endswith(":unit")

    @property
    def about(self) -> str:
        """The set, the classes and the scaling."""
        first, second = self.classes
        scaling = "rows of unit norm" if self.unit_norm else "pixels in [0, 1]"
        return (
            f"{self.title}, class {first} (label -1) against class {second} (label"
            f" +1), {scaling}"
        )

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of the set in the data folder."""
        return tuple(Path(self.data, path) for path in self.paths)

    def build(self, dim: int, n: int, rng: Generator) -> Dataset:
        """Read n images, the same at every seed."""
        return self._pair(n)[0]

    def more(self, dim: int, n: int, rng: Generator) -> Dataset:
        """Read test images."""
        return self._pair(n, self.test_samples or 0)[1]

    def _pair(self, n: int, more: int = 0) -> list[Dataset]:
        pixels, labels = self.read(self.files)
        if pixels.shape[1] != self.fixed_dim:
            raise DataError(
                f"image file {self.files[0]} has {pixels.shape[1]} numbers per image;"
                f" allowed for {self.name}: {self.fixed_dim}"
            )
        both = chosen(labels, self.classes, n, more, name=self.label)
        return [pair(pixels[rows], self.unit_norm, name=self.label) for rows in both]


def chosen(
    labels: Bytes, classes: tuple[int, int], n: int, more: int = 0, name: str = "images"
) -> list[NDArray[np.intp]]:
    """Choose images of two classes, half of each, the first class first.

    Parameters
    ----------
    labels : ndarray of bytes, shape (N,)
    classes : (int, int)
    n, more : int
        How many, and how many others after them; even.
    name : str
        What errors call it.

    Returns
    -------
    list of ndarray
        The rows of the n images, and of the others.

    Raises
    ------
    DataError
        If a class has fewer images.
    """
    rng = default_rng(0)
    left = [np.flatnonzero(labels == each) for each in classes]
    for each, there in zip(classes, left, strict=True):
        if len(there) < (n + more) // 2:
            asked = f"samples {n}" + (f" and test_samples {more}" if more else "")
            raise DataError(
                f"dataset {name!r} has {len(there)} images of class {each}, but"
                f" {asked} needs {(n + more) // 2}; ask for fewer, or for another"
                " class"
            )
    rounds = []
    for count in (n, more):
        taken = [rng.choice(there, count // 2, replace=False) for there in left]
        left = [np.setdiff1d(*both) for both in zip(left, taken, strict=True)]
        rounds.append(np.concatenate(taken))
    return rounds


def pair(images: Bytes, unit_norm: bool = False, name: str = "images") -> Dataset:
    """Return images as a dataset, the first half of label -1, the second of +1.

    Parameters
    ----------
    images : ndarray of bytes, shape (n, d)
    unit_norm : bool
        Rows of unit norm instead of pixels in [0, 1].
    name : str
        What errors call it.

    Raises
    ------
    DataError
        If an image to be scaled is black.
    """
    unit: float | NDArray[np.float64] = 1 / 255
    if unit_norm:
        norms = np.linalg.norm(images.astype(float), axis=1)
        if not norms.all():
            raise DataError(
                f"dataset {name!r} has an image that is black: no unit norm"
            )
        unit = 1 / norms
    return Dataset(images, np.repeat([-1.0, 1.0], len(images) // 2), unit)
