"""The grid: a checked configuration -> experiments -> jobs -> cells."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from gdexp import cost
from gdexp.address import check_address
from gdexp.cells import Cell, Spec
from gdexp.config import check_schema, read
from gdexp.datasets import dataset_family
from gdexp.errors import ConfigError, RecordError, allowed, shown
from gdexp.records import Record
from gdexp.studies import STUDIES, Study, settings

LAST = "config.json"  # below the results: the configuration of the last run


@dataclass(frozen=True)
class Job:
    """One Snakemake job: some seeds of one (experiment, model entry, dim).

    Attributes
    ----------
    experiment, name : str
    dim : int
    seeds : range
        Consecutive seeds.
    """

    experiment: str
    name: str
    dim: int
    seeds: range

    @property
    def path(self) -> str:
        """Path of the record file below ``cells/``."""
        first, last = self.seeds[0], self.seeds[-1]
        seeds = f"{first}" if first == last else f"{first}-{last}"
        return f"{self.experiment}/{self.name}/d{self.dim}/s{seeds}.jsonl"


@dataclass(frozen=True)
class Experiment:
    """Named model entries on one dataset, over dims and seeds 0 to seeds - 1."""

    name: str
    dataset: str
    specs: Mapping[str, Spec]
    dims: tuple[int, ...]
    seeds: int

    @property
    def middle_dim(self) -> int:
        """The dim whose trajectories are drawn."""
        return sorted(self.dims)[len(self.dims) // 2]

    @property
    def files(self) -> tuple[Path, ...]:
        """The image files that it reads."""
        return next(iter(self.specs.values())).family.files

    def weight(self, dim: int, seeds: int) -> int:
        """Return how long a job may take, in units of a cell with few samples.

        Only for the time that a progress bar says is left. Runs on images reach their
        cap as a rule, others end long before it.
        """
        spec = next(iter(self.specs.values()))
        iterations = spec.max_iterations if self.files else 0
        return max(1, round(seeds * cost.seconds(spec, dim, iterations) / cost.CELL))

    @property
    def note(self) -> str:
        """What the data are and where they come from, in one line."""
        family = dataset_family(self.dataset)
        return f"Data {family.name}: {family.formula}. Source: {family.source}."


@dataclass(frozen=True)
class Grid:
    """A checked configuration.

    Attributes
    ----------
    results : str
        Folder of everything that is written.
    data : str
        Folder of image files.
    root_seed, cells_per_job : int
    statistic : str
        The statistic that the scaling figure draws.
    tracking : {"inline", "deferred", "none"}
    tracking_uri : str
        Tracking server or database, "" for the sqlite file below the results.
    experiments : mapping of str to Experiment
    studies : mapping of str to Study
    """

    results: str
    data: str
    root_seed: int
    cells_per_job: int
    statistic: str
    tracking: str
    tracking_uri: str
    experiments: Mapping[str, Experiment]
    studies: Mapping[str, Study]

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "Grid":
        """Check a configuration and build its grid.

        Raises
        ------
        ConfigError
            One line with the key, the value and what is allowed.
        """
        check_schema(config)
        root_seed = int(config.get("seed", 0))
        data = config.get("data", "data")
        return cls(
            results=config.get("results", "results"),
            data=data,
            root_seed=root_seed,
            cells_per_job=int(config.get("cells_per_job", 1)),
            statistic=config.get("statistic", "mean"),
            tracking=config.get("tracking", {}).get("mode", "inline"),
            tracking_uri=check_address(config.get("tracking", {}).get("uri", "")),
            experiments={
                name: _experiment(name, entry, root_seed, data)
                for name, entry in config["experiments"].items()
            },
            studies={
                name: _study(name, entry, data)
                for name, entry in config.get("studies", {}).items()
            },
        )

    @property
    def files(self) -> list[Path]:
        """The image files that any experiment or study reads."""
        found = {
            file
            for files in (
                *(experiment.files for experiment in self.experiments.values()),
                *(study.files for study in self.studies.values()),
            )
            for file in files
        }
        return sorted(found)

    @property
    def image_sets(self) -> dict[str, list[str]]:
        """Image dataset, as part of a file name -> its experiments."""
        sets: dict[str, list[str]] = {}
        for name, experiment in self.experiments.items():
            if experiment.files:
                key = experiment.dataset.replace(":", "-")
                sets.setdefault(key, []).append(name)
        return sets

    def without(self, missing: Sequence[Path]) -> "Grid":
        """Return the grid without the experiments that read a missing file."""
        kept = {
            name: experiment
            for name, experiment in self.experiments.items()
            if not set(missing).intersection(experiment.files)
        }
        return replace(self, experiments=kept)

    @property
    def digest(self) -> str:
        """Digest of the configuration, 12 hexadecimal digits.

        Of all but where runs are tracked, which alters no number.
        """
        whole = asdict(replace(self, tracking="", tracking_uri=""))
        text = json.dumps(whole, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def summary_files(self, experiment: str) -> list[str]:
        """Return the tables and figures that an experiment's summary run carries.

        Paths below the results.
        """
        names = [
            f"{experiment}/{name}" for name in ("scaling", "trajectories", "iterations")
        ]
        if self.experiments[experiment].files:
            names = [f"images/{self.experiments[experiment].dataset.replace(':', '-')}"]
        files = [f"tables/{name}.csv" for name in ("exponents", "scaling")]
        forms = ("png", "pdf", "txt")
        files += [f"figures/{name}.{form}" for name in names for form in forms]
        return files

    def jobs(self) -> Iterator[Job]:
        """Yield all jobs, small dims first within an experiment."""
        for name in self.experiments:
            yield from self.jobs_of(name)

    def jobs_of(self, experiment: str, dim: int | None = None) -> Iterator[Job]:
        """Yield the jobs of an experiment, or of one of its dims."""
        grid = self.experiments[experiment]
        for d in sorted(grid.dims) if dim is None else [dim]:
            for name in grid.specs:
                for first in range(0, grid.seeds, self.cells_per_job):
                    last = min(first + self.cells_per_job, grid.seeds)
                    yield Job(experiment, name, d, range(first, last))

    def job(self, experiment: str, name: str, dim: int, seeds: str) -> Job:
        """Return the job of a record file, named as in its path.

        Parameters
        ----------
        experiment, name : str
        dim : int
        seeds : str
            A seed, or ``first-last``.

        Raises
        ------
        ConfigError
            If the configuration has no such cells.
        """
        grid = self.experiments.get(experiment)
        if grid is None:
            raise ConfigError(
                f"experiment {experiment!r} is unknown; {allowed(self.experiments)}"
            )
        if name not in grid.specs:
            raise ConfigError(
                f"model {name!r} is unknown in {experiment}; {allowed(grid.specs)}"
            )
        if dim not in grid.dims:
            raise ConfigError(
                f"dim {dim} is unknown in {experiment}; {allowed(grid.dims)}"
            )
        first, _, last = seeds.partition("-")
        try:
            wanted = range(int(first), int(last or first) + 1)
        except ValueError:
            wanted = range(0)
        if not wanted or wanted[-1] >= grid.seeds:
            raise ConfigError(
                f"seeds {seeds!r} in {experiment}; allowed: a seed or first-last,"
                f" from 0 to {grid.seeds - 1}"
            )
        return Job(experiment, name, dim, wanted)

    def check(self, records: Iterable[Record]) -> Iterator[Record]:
        """Yield records after a look whether they are what this grid asks for.

        Raises
        ------
        RecordError
            If a record is of another configuration or another program.
        """
        seen = set()
        for record in records:
            if record.key in seen:
                raise RecordError(
                    f"the record of cell {record.key} is there twice below"
                    f" {self.results}/cells; delete both and run the workflow again"
                )
            seen.add(record.key)
            experiment, name, dim, seed = record.key.rsplit("/", 3)
            grid = self.experiments[experiment]
            cell = Cell(
                experiment=experiment,
                name=name,
                spec=grid.specs[name],
                dim=int(dim[1:]),
                seed=int(seed[1:]),
            )
            same = json.dumps(record.cell) == json.dumps(cell.parameters())
            if not same or record.made_by["code"] != cell.spec.code:
                what = "program" if same else "configuration"
                raise RecordError(
                    f"the record of cell {record.key} is of another {what}; delete its"
                    f" file below {self.results}/cells and run the workflow again"
                )
            yield record

    def cells(self, job: Job) -> list[Cell]:
        """Return the cells of a job, in the order of their seeds."""
        spec = self.experiments[job.experiment].specs[job.name]
        return [
            Cell(
                experiment=job.experiment,
                name=job.name,
                spec=spec,
                dim=job.dim,
                seed=seed,
            )
            for seed in job.seeds
        ]


def _experiment(
    name: str, entry: Mapping[str, Any], root_seed: int, data: str
) -> Experiment:
    dims = tuple(int(dim) for dim in entry["dims"])
    specs = {}
    for label, model in entry["models"].items():
        spec = Spec(
            **model,
            dataset=entry["dataset"],
            samples=entry.get("samples"),
            max_iterations=int(entry["max_iterations"]),
            root_seed=root_seed,
            precision=entry.get("precision", "float64"),
            full_trajectory=entry.get("full_trajectory", False),
            data=data,
        )
        for dim in dims:
            try:
                spec.check(dim)
            except ConfigError as error:
                raise ConfigError(
                    f"experiments.{name}.models.{label}: {error}"
                ) from None
        specs[label] = spec
    return Experiment(name, entry["dataset"], specs, dims, int(entry["seeds"]))


def _study(name: str, entry: Mapping[str, Any], data: str) -> Study:
    if name not in STUDIES:
        raise ConfigError(f"studies: {shown(name)} is unknown; {allowed(STUDIES)}")
    kind = STUDIES[name]
    folder = {"data": data} if "data" in kind.__dataclass_fields__ else {}
    try:
        return settings(kind, {**entry, **folder})
    except ConfigError as error:
        raise ConfigError(f"studies.{name}: {error}") from None


def configured(path: str | Path) -> dict[str, Any]:
    """Read and check a configuration file, for a look at its results.

    With as many cells per job as the last run in its results had: a profile or the
    command line may have said so, and record files are named by it.

    Raises
    ------
    ConfigError
        As `Grid.of`, and if the file cannot be read.
    """
    try:
        config = read(path)
        results = Grid.of(config).results
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    with suppress(OSError, ValueError, AttributeError):
        last = json.loads(Path(results, LAST).read_text("utf-8"))
        config["cells_per_job"] = int(last.get("cells_per_job", 1))
    return config


def load(path: str | Path) -> Grid:
    """Return the grid of a configuration file; see `configured`."""
    return Grid.of(configured(path))
