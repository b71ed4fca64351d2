"""The datasets, by name: one file each, see `gdexp.core.datasets.base`."""

import sys
from pathlib import Path
from typing import Any

from gdexp.core.datasets.base import DatasetFamily
from gdexp.core.datasets.dataset import Dataset
from gdexp.core.member import build, members
from gdexp.util.errors import ConfigError, unknown

DATASETS = members(sys.modules[__name__], DatasetFamily)


def dataset_of(name: str) -> type[DatasetFamily]:
    """Return the dataset of a name, without or with options behind a colon.

    Raises
    ------
    ConfigError
        If there is no such dataset.
    """
    stem = name.partition(":")[0]
    if stem not in DATASETS or (name != stem and not DATASETS[stem].with_options):
        raise ConfigError(unknown("dataset", name, DATASETS))
    return DATASETS[stem]


def dataset_family(
    name: str,
    data: str | Path = "data",
    here: str | Path = ".",
    test_samples: int | None = None,
    **settings: Any,
) -> DatasetFamily:
    """Return a dataset by its name and settings.

    Parameters
    ----------
    name : str
        A name in `DATASETS`, with options as in ``mnist:3-8`` or ``table:FILE``.
    data, here : path
        Folder of the image files, and where the relative path of a table starts.
    test_samples : int or None
        How many test samples are asked for.

    Raises
    ------
    ConfigError
        If there is no such dataset, or a setting of another kind.
    """
    where = {"data": str(data), "here": str(here)}
    asked = {"label": name, "test_samples": test_samples}
    return build(dataset_of(name), settings, **where, **asked)


__all__ = [
    "DATASETS",
    "Dataset",
    "DatasetFamily",
    "dataset_family",
    "dataset_of",
]
