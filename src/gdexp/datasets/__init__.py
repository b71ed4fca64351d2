"""The datasets, by name. A new one is a `DatasetFamily` added to the list here."""

from gdexp.datasets.base import Dataset, DatasetFamily
from gdexp.datasets.gaussian import GAUSSIAN
from gdexp.datasets.lower_bound import TWO_POINT, WORST_CASE
from gdexp.datasets.two_sample import C1, C1F, C2

DATASETS = {
    family.name: family for family in (C1, C2, C1F, WORST_CASE, TWO_POINT, GAUSSIAN)
}

__all__ = ["DATASETS", "Dataset", "DatasetFamily"]
