"""An experiment: model entries on one dataset, over dims and seeds."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gdexp.core.datasets import DatasetFamily, dataset_family, dataset_of
from gdexp.core.member import settings_of
from gdexp.core.spec import Spec
from gdexp.grid import cost, names
from gdexp.grid.cells import Cell
from gdexp.grid.config import check_case, experiment_keys
from gdexp.grid.job import Job
from gdexp.util.errors import ConfigError, allowed, short, shown, unknown

LONGEST = 240  # characters of a folder; disks take 255
PLACES = 20_000  # entries times dims: each is checked


@dataclass(frozen=True)
class Experiment:
    """Named model entries on one dataset, over dims and seeds 0 to seeds - 1."""

    name: str
    dataset: str
    specs: Mapping[str, Spec]
    dims: tuple[int, ...]
    seeds: int

    @classmethod
    def of(
        cls,
        name: str,
        entry: Mapping[str, Any],
        root_seed: int,
        data: str,
        here: str = ".",
    ) -> "Experiment":
        """Build an experiment of its entry in a configuration that fits the schema.

        Whole numbers are integers in it. The last two are the folder of image files,
        and that where the relative path of a table starts.

        Raises
        ------
        ConfigError
            One line with the key, the value and what is allowed.
        """
        common = {
            "dataset": entry["dataset"],
            "samples": entry.get("samples"),
            "max_iterations": entry["max_iterations"],
            "root_seed": root_seed,
            "precision": entry.get("precision", "float64"),
            "full_trajectory": entry.get("full_trajectory", False),
            "test_samples": entry.get("test_samples"),
            "data": data,
            "here": here,
        }
        try:
            dims, own = _of_dataset(entry, data, here)
        except ConfigError as error:
            raise ConfigError(f"experiments.{name}: {error}") from None
        specs: dict[str, Spec] = {}
        most = PLACES // max(len(dims), 1)
        chosen = [*itertools.islice(_entries(name, entry["models"]), most + 1)]
        if len(chosen) > most:
            raise ConfigError(
                f"experiments.{name}: more than {most} entries at {len(dims)} dims;"
                " allowed: fewer"
            )
        for label, model in chosen:
            if label in specs:
                raise ConfigError(f"experiments.{name}.models: two are named {label!r}")
            where = f"experiments.{name}.models.{short(label)}"
            if len(names.slug(label)) > LONGEST:
                raise ConfigError(
                    f"{where}: a name of {len(label)} characters; allowed: what is no"
                    f" longer than {LONGEST} as a folder, see gdexp.grid.names.slug"
                )
            try:
                for key in model:
                    if key == "settings":
                        raise ConfigError(
                            f"{key} {shown(model[key])} is no setting; allowed: each by"
                            " its own name"
                        )
                    if key in common | own:
                        raise ConfigError(
                            f"{key} {shown(model[key])} is no setting of an entry, but"
                            " the same for all of them; allowed: leave it out"
                        )
                spec = Spec(**model | common | own)
                for dim in dims:
                    spec.check(dim)
            except ConfigError as error:
                raise ConfigError(f"{where}: {error}") from None
            specs[label] = spec
        check_case(f"experiments.{name}.models", specs)
        return cls(name, entry["dataset"], specs, dims, entry["seeds"])

    @property
    def middle_dim(self) -> int:
        """The dim whose trajectories are drawn."""
        return sorted(self.dims)[len(self.dims) // 2]

    @property
    def family(self) -> DatasetFamily:
        """The dataset."""
        return next(iter(self.specs.values())).family

    @property
    def images(self) -> bool:
        """Whether it is on images, which have a figure of their own."""
        return self.family.images

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that its data are read from."""
        return self.family.files

    def weight(self, dim: int, seeds: int) -> int:
        """Return how long a job may take, in units of a cell with few samples.

        Only for the time that a progress bar says is left. Runs on images reach their
        cap as a rule, others end long before it.
        """
        spec = next(iter(self.specs.values()))
        iterations = spec.max_iterations if self.images else 0
        return max(1, round(seeds * cost.seconds(spec, dim, iterations) / cost.CELL))

    @property
    def note(self) -> str:
        """What the data are and where they come from, in one line."""
        return self.family.note

    def jobs(self, cells_per_job: int, dim: int | None = None) -> Iterator[Job]:
        """Yield its jobs, or those of one of its dims; small dims first."""
        for d in sorted(self.dims) if dim is None else [dim]:
            for name in self.specs:
                for first in range(0, self.seeds, cells_per_job):
                    last = min(first + cells_per_job, self.seeds)
                    yield Job(self.name, name, d, range(first, last))

    def count(self, cells_per_job: int) -> int:
        """Return how many jobs it has."""
        return len(self.specs) * len(self.dims) * -(-self.seeds // cells_per_job)

    def check(self, job: Job) -> Job:
        """Return a job; ConfigError if it has cells that are none of this."""
        if job.name not in self.specs:
            raise ConfigError(unknown(f"{self.name}: model", job.name, self.specs))
        if job.dim not in self.dims:
            raise ConfigError(unknown(f"{self.name}: dim", job.dim, self.dims))
        if not job.seeds or job.seeds[-1] >= self.seeds:
            raise ConfigError(
                f"seeds {job.text.rpartition('/s')[2]} in {self.name}; allowed: a seed"
                f" or first-last, from 0 to {self.seeds - 1}"
            )
        return job

    def cells(self, job: Job) -> list[Cell]:
        """Return the cells of one of its jobs, in the order of their seeds."""
        return [self.cell(job.name, job.dim, seed) for seed in job.seeds]

    def cell(self, name: str, dim: int, seed: int) -> Cell:
        """Return one cell of a model entry."""
        return Cell(
            experiment=self.name, name=name, spec=self.specs[name], dim=dim, seed=seed
        )


def _entries(
    experiment: str, models: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the entries that those with lists stand for."""
    for name, model in models.items():
        try:
            yield from names.entries(name, model)
        except ConfigError as error:
            raise ConfigError(
                f"experiments.{experiment}.models.{name}: {error}"
            ) from None


def _of_dataset(
    entry: Mapping[str, Any], data: str, here: str
) -> tuple[tuple[int, ...], dict[str, Any]]:
    """Return the dims of an experiment, and the settings of its dataset."""
    member = dataset_of(entry["dataset"])
    defaults = settings_of(member)
    given = {key: entry[key] for key in entry if key not in experiment_keys()}
    for key, value in given.items():
        if key not in defaults:
            what = allowed(defaults) if defaults else "allowed: leave it out"
            raise ConfigError(
                f"{key} {shown(value)} is no setting of {member.name!r}; {what}"
            )
    asked = entry.get("test_samples")
    family = dataset_family(entry["dataset"], data, here, asked, **given)
    dims = [family.dim(each) for each in entry.get("dims", [None])]
    known = tuple(dim for dim in dims if dim is not None)
    if len(known) < len(dims):
        raise ConfigError(f"missing key 'dims'; dataset {family.label!r} needs it")
    return known, {key: getattr(family, key) for key in defaults}
