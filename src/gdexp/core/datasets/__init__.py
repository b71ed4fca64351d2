"""The datasets, by name. A new one is a `DatasetFamily` added to the list here."""

from pathlib import Path

from gdexp.core.datasets.base import Dataset, DatasetFamily
from gdexp.core.datasets.gaussian import GAUSSIAN
from gdexp.core.datasets.images import IMAGES, ImageSet, image_family
from gdexp.core.datasets.lower_bound import TWO_POINT, WORST_CASE
from gdexp.core.datasets.two_sample import C1, C1F, C2
from gdexp.util.errors import ConfigError, unknown

DATASETS = {
    family.name: family for family in (C1, C2, C1F, WORST_CASE, TWO_POINT, GAUSSIAN)
}


def dataset_names() -> list[str]:
    """Return the names, without the options that those of images may have."""
    return [*DATASETS, *IMAGES]


def dataset_family(name: str, folder: str | Path = "data") -> DatasetFamily:
    """Return a dataset family by its name.

    Parameters
    ----------
    name : str
        A name in `DATASETS`; or one of `IMAGES`, with options after it as in
        ``cifar10``, ``mnist:3-8`` (which two classes) or ``cifar10:unit`` (rows of
        unit norm); see `gdexp.core.datasets.images`.
    folder : path
        Folder of the image files.

    Raises
    ------
    ConfigError
        If there is no such dataset.
    """
    if name in DATASETS:
        return DATASETS[name]
    if name.partition(":")[0] in IMAGES:
        return image_family(name, Path(folder))
    raise ConfigError(unknown("dataset", name, dataset_names()))


__all__ = [
    "DATASETS",
    "IMAGES",
    "Dataset",
    "DatasetFamily",
    "ImageSet",
    "dataset_family",
    "dataset_names",
]
