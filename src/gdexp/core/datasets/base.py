"""What a dataset of a configuration is: a member that builds samples for each dim."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from numpy.random import Generator

from gdexp.core.datasets.dataset import Dataset, UnfitError
from gdexp.core.member import Member, aside
from gdexp.util.errors import ConfigError, DataError, escaped


@dataclass(frozen=True)
class DatasetFamily(Member):
    """A named dataset, one for each dim. A subclass says how it is built.

    Attributes
    ----------
    default_samples : int or None
        The number of samples where it is not the user's choice; None where it is.
    balanced : bool
        Whether n must be even, half of it for each label.
    fixed_dim : int or None
        The only dim there is, where there is only one.
    images : bool
        Whether it is read from image files, as bytes.
    with_options : bool
        Whether options may stand behind its name and a colon, as in ``mnist:3-8``.
    label : str
        What a configuration calls it: its name, with the options.
    data, here : str
        Folder of image files, and where the relative path of a table starts.
    test_samples : int or None
        How many test samples are asked for.
    """

    default_samples: ClassVar[int | None] = 2
    balanced: ClassVar[bool] = False
    fixed_dim: ClassVar[int | None] = None
    images: ClassVar[bool] = False
    with_options: ClassVar[bool] = False

    label: str = aside("")
    data: str = aside("data")
    here: str = aside(".")
    test_samples: int | None = aside(None)

    def build(self, dim: int, n: int, rng: Generator) -> Dataset:
        """Build n samples; what is random in them is drawn from the generator."""
        raise NotImplementedError

    def more(self, dim: int, n: int, rng: Generator) -> Dataset:
        """Build `test_samples` more, of which none is among the n that were built."""
        raise self._without_test()

    def features(self, dim: int) -> int:
        """Return the number of features at a dim."""
        return dim

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that it is read from."""
        return ()

    @property
    def about(self) -> str:
        """What it is, in one line."""
        return self.formula

    @property
    def note(self) -> str:
        """What it is and where it comes from, for captions."""
        label = escaped(self.label)  # it may name a file
        return f"Data {label}: {self.about}. Source: {self.source}."

    @property
    def facts(self) -> dict[str, Any]:
        """What else a record is to say of it, by name."""
        return {}

    @property
    def own_samples(self) -> int | None:
        """The number of samples where it is not the user's choice."""
        return self.default_samples

    def dim(self, given: int | None) -> int | None:
        """Return the dim, given or not; None where it is the user's choice."""
        return self.fixed_dim if given is None else given

    def n(self, samples: int | None) -> int:
        """Return the number of samples, checked against the user's choice.

        Raises
        ------
        ConfigError
            If samples is given where the family fixes it, missing where it does
            not, below 2, or odd where half of them has each label.
        """
        if self.own_samples is not None:
            if samples not in (None, self.own_samples):
                raise ConfigError(
                    f"samples {samples} for dataset {self.label!r}; allowed:"
                    f" {self.own_samples}, which may be left out"
                )
            return self.own_samples
        if samples is None or samples < 2 or (self.balanced and samples % 2):
            even = "even, " if self.balanced else ""
            raise ConfigError(
                f"samples {samples} for dataset {self.label!r}; allowed: {even}2 or"
                " more"
            )
        return samples

    def check_dim(self, dim: int) -> None:
        """Raise ConfigError if there is no member at this dim."""
        if self.fixed_dim is not None and dim != self.fixed_dim:
            raise ConfigError(
                f"dim {dim} for dataset {self.label!r}; allowed: {self.fixed_dim} only"
            )
        if dim < 2:
            raise ConfigError(
                f"dim {dim} for dataset {self.label!r}; allowed: 2 or more"
            )

    def check_test(self) -> None:
        """Raise ConfigError if test samples are asked for that cannot be had."""
        asked = self.test_samples
        if asked is None:
            return
        if type(self).more is DatasetFamily.more:
            raise self._without_test()
        if asked < 1 or (self.balanced and asked % 2):
            even = "even, 2" if self.balanced else "1"
            raise ConfigError(
                f"test_samples {asked} for dataset {self.label!r}; allowed: {even} or"
                " more"
            )

    def _without_test(self) -> ConfigError:
        return ConfigError(
            f"test_samples {self.test_samples} for dataset {self.label!r}, which has"
            " no more samples than it is trained on; allowed: leave it out"
        )

    def draw(self, dim: int, n: int, rng: Generator) -> Dataset:
        """Build what a run needs, the test samples last, and check it.

        Raises
        ------
        DataError
            If what was built is no dataset, or not of this many samples and features.
        """
        features = self.features(dim)
        try:
            built = self._fitting(self.build(dim, n, rng), (n, features))
            if self.test_samples is None:
                return built
            shape = (self.test_samples, features)
            test = self._fitting(self.more(dim, n, rng), shape)
        except UnfitError as error:
            raise DataError(f"dataset {self.label!r} has built {error}") from None
        return replace(built, test_samples=test.b, test_labels=test.labels)

    def _fitting(self, built: Any, shape: tuple[int, int]) -> Dataset:
        if not isinstance(built, Dataset):
            raise UnfitError(f"a {type(built).__name__}; allowed: a Dataset")
        if built.samples.shape != shape:
            raise UnfitError(
                f"samples of shape {built.samples.shape}; allowed: {shape}, which is"
                " (n, d)"
            )
        return built
