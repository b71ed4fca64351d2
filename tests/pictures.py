"""Small image files in the layouts of the real ones."""

import numpy as np


def cifar_file(path, labels, seed=0):
    """A file in the binary layout of CIFAR-10."""
    pixels = np.random.default_rng(seed).integers(0, 256, (len(labels), 3072), np.uint8)
    records = np.concatenate([np.array(labels, np.uint8)[:, None], pixels], axis=1)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(records.tobytes())
    return pixels


def idx_bytes(array):
    magic = {3: 2051, 1: 2049}[array.ndim]
    header = np.array([magic, *array.shape], ">u4").tobytes()
    return header + array.astype(np.uint8).tobytes()
