"""Readers of the two binary image formats. No pickle: loading one runs its code."""

import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gdexp.util.errors import DataError, short

Bytes = NDArray[np.uint8]

RECORD = 1 + 3072  # one label byte, then 32 x 32 pixels, the red, green, blue plane
MAGIC = {2051: 3, 2049: 1}  # IDX: bytes in 3 dimensions (images), in 1 (labels)
LARGEST = 2**30  # bytes that an IDX file may hold; a header can claim anything


def read_cifar10(paths: Sequence[Path]) -> tuple[Bytes, Bytes]:
    """Read files of the binary version of CIFAR-10.

    Returns
    -------
    images : ndarray of bytes, shape (N, 3072)
    labels : ndarray of bytes, shape (N,)

    Raises
    ------
    DataError
        If a file is missing, truncated or not of this format.
    """
    parts = []
    for path in paths:
        raw = np.frombuffer(_bytes(path), np.uint8)
        if len(raw) == 0 or len(raw) % RECORD:
            raise _damaged(path, f"{len(raw)} bytes are no multiple of {RECORD}")
        parts.append(raw.reshape(-1, RECORD))
        if parts[-1][:, 0].max() > 9:
            raise _damaged(path, "a label is above 9")
    records = np.concatenate(parts)
    return records[:, 1:], records[:, 0]


def read_idx(paths: Sequence[Path]) -> tuple[Bytes, Bytes]:
    """Read a file of images and one of labels in the IDX format, gzipped or not.

    Returns
    -------
    images : ndarray of bytes, shape (N, d)
    labels : ndarray of bytes, shape (N,)

    Raises
    ------
    DataError
        If a file is missing, truncated or not of this format.
    """
    images, labels = (_idx(path) for path in paths)
    if labels.ndim != 1 or images.ndim != 3 or len(images) != len(labels):
        raise _damaged(paths[0], f"{images.shape} images for {labels.shape} labels")
    if not len(labels):
        raise _damaged(paths[0], "it holds no images")
    if labels.max() > 9:
        raise _damaged(paths[1], "a label is above 9")
    return images.reshape(len(images), -1), labels


def _idx(path: Path) -> Bytes:
    raw = _bytes(path)
    if raw[:2] == b"\x1f\x8b":
        try:
            with gzip.open(path) as file:
                raw = file.read(LARGEST)
        except (OSError, EOFError, zlib.error):
            raise _damaged(path, "the compressed data end early or are wrong") from None
    header = np.frombuffer(raw[: min(16, len(raw) // 4 * 4)], ">u4")
    dims = MAGIC.get(int(header[0]) if len(header) else -1, 0)
    shape = tuple(int(size) for size in header[1 : 1 + dims])
    body = raw[4 + 4 * dims :]
    if dims == 0 or len(shape) < dims or len(body) != int(np.prod(shape, dtype=float)):
        raise _damaged(path, f"its header and its {len(raw)} bytes do not agree")
    return np.frombuffer(body, np.uint8).reshape(shape)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(
            f"cannot read image file {short(path)}: {error.strerror}"
        ) from None


def _damaged(path: Path, why: str) -> DataError:
    return DataError(
        f"image file {short(path)} is damaged or of another format: {why}; delete"
        " it, and the next run downloads it again"
    )
