"""A table of the user's own: a CSV file with a column of labels."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator

from gdexp.core.datasets.base import DatasetFamily
from gdexp.core.datasets.dataset import Array, Dataset
from gdexp.core.datasets.table_file import Content, read_table
from gdexp.util.errors import ConfigError, DataError, short, shown


@dataclass(frozen=True)
class Table(DatasetFamily):
    r"""The rows of a file, in its order; n and d are those of the file.

    Column ``label`` has two values: the smaller number is -1, or what is first in the
    alphabet unless both are numbers. All other columns are features.

    Parameters
    ----------
    bias : bool
        Whether a last feature is added that is 1 everywhere, after the scaling.
    unit : bool
        Whether each row is divided by its norm.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> _ = Path(folder, "own.csv").write_text("a,b,label\n0,1,no\n1,0.5,yes\n")
    >>> table = Table(label="table:own.csv", here=folder, bias=True)
    >>> table.about
    '2 rows, 2 features, labels no = -1, yes = +1, a bias column'
    >>> table.build(3, 2, np.random.default_rng(0)).samples.tolist()
    [[0.0, 1.0, 1.0], [1.0, 0.5, 1.0]]
    """

    name = "table"
    formula = (
        "table:FILE, a CSV file with a header: column label has two values (the smaller"
        " or first one is -1), all others are features; n and d are those of the file"
    )
    source = "your own file"
    with_options = True
    bias: bool = False
    unit: bool = False

    @property
    def path(self) -> Path:
        """The file: a relative path starts at the configuration's folder."""
        name = self.label.partition(":")[2]
        if not name or "://" in name:
            raise ConfigError(f"dataset {shown(self.label)}; allowed: table:FILE")
        return Path(self.here, name)

    @property
    def files(self) -> tuple[Path, ...]:
        """The file."""
        return (self.path,)

    @property
    def content(self) -> Content:
        """What is in the file."""
        return read_table(self.path)

    @property
    def about(self) -> str:
        """How many rows and features there are, and what the labels stand for."""
        rows, features = self.content.samples.shape
        told = [f"{rows} rows", f"{features} features", f"labels {self._mapping}"]
        told += ["rows of unit norm"] * self.unit + ["a bias column"] * self.bias
        return ", ".join(told)

    @property
    def facts(self) -> dict[str, Any]:
        """The labels of the file and what they stand for."""
        return {"labels": self._mapping}

    @property
    def _mapping(self) -> str:
        low, high = self.content.classes
        return f"{short(low)} = -1, {short(high)} = +1"

    @property
    def own_samples(self) -> int:
        """The number of rows, but those that are held out."""
        rows, held = len(self.content.labels), self.test_samples or 0
        if held > rows - 2:
            raise ConfigError(
                f"test_samples {held} for dataset {self.label!r}, which has {rows}"
                f" rows; allowed: {rows - 2} or fewer"
            )
        return rows - held

    def dim(self, given: int | None) -> int:
        """Return the number of features, of the bias too."""
        if given is not None:
            raise ConfigError(
                f"dim {given} for dataset {self.label!r}, whose d is that of its file;"
                " allowed: leave it out"
            )
        return int(self.content.samples.shape[1]) + self.bias

    def check_dim(self, dim: int) -> None:
        """Raise ConfigError unless it is the number of features."""
        own = self.dim(None)
        if dim != own:
            raise ConfigError(
                f"dim {dim} for dataset {self.label!r}; allowed: {own} only, which may"
                " be left out"
            )
        self._rows()

    def build(self, dim: int, n: int, rng: Generator) -> Dataset:
        """Return the first n rows."""
        features, labels = self._rows()
        return Dataset(features[:n].copy(), labels[:n].copy())

    def more(self, dim: int, n: int, rng: Generator) -> Dataset:
        """Return the last rows, which are held out."""
        features, labels = self._rows()
        return Dataset(features[n:].copy(), labels[n:].copy())

    def _rows(self) -> tuple[Array, Array]:
        """Return the features and labels of all rows, those held out too."""
        samples, labels = self.content.samples, self.content.labels
        n = self.own_samples
        if len(set(labels[:n])) < 2:
            raise DataError(
                f"dataset {self.label!r} has one label in its first {n} rows, all but"
                f" test_samples {self.test_samples}; allowed: both"
            )
        if self.unit:
            norms = np.linalg.norm(samples, axis=1, keepdims=True)
            if not norms.all():
                row = int(np.argmin(norms)) + 1
                raise DataError(
                    f"table {short(self.path)}: row {row} is 0 in every feature: no"
                    " unit norm"
                )
            samples = samples / norms
        if self.bias:
            samples = np.column_stack([samples, np.ones(len(samples))])
        return samples, labels
