"""The grid: a checked configuration -> experiments and studies."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from gdexp.grid import own
from gdexp.grid.cells import Cell
from gdexp.grid.config import check_schema, read
from gdexp.grid.expected import Expected
from gdexp.grid.experiments import Experiment
from gdexp.grid.guests import guests
from gdexp.grid.job import Job
from gdexp.grid.plain import whole_numbers
from gdexp.stats.statistics import STATISTICS
from gdexp.studies import STUDIES, Study, settings
from gdexp.util.address import check_address
from gdexp.util.errors import ConfigError, short, unknown

JOBS = 1_000_000  # of a grid: each is a file, and an entry in Snakemake's graph
LAST = "config.json"  # below the results: the configuration of the last run


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
    writer : {"rows", "client"}
        How runs get there, see `gdexp.tracking.open_store`.
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
    writer: str
    experiments: Mapping[str, Experiment]
    studies: Mapping[str, Study]

    @classmethod
    def of(
        cls, config: Mapping[str, Any], moved: Mapping[str, str] | None = None
    ) -> "Grid":
        """Check a configuration and build its grid.

        Parameters
        ----------
        config : mapping
        moved : mapping of str to str or None
            Paths in place of its own, where its results are now. A disk may have names
            that a configuration may not.

        Raises
        ------
        ConfigError
            One line with the key, the value and what is allowed.
        """
        own.load()
        check_schema(config)
        config = whole_numbers(config) | (moved or {})
        with guests():
            return cls._of(config)

    @classmethod
    def _of(cls, config: Mapping[str, Any]) -> "Grid":
        root_seed = config.get("seed", 0)
        data, here = config.get("data", "data"), config.get("tables", ".")
        grid = cls(
            results=config.get("results", "results"),
            data=data,
            root_seed=root_seed,
            cells_per_job=config.get("cells_per_job", 1),
            statistic=_statistic(config.get("statistic", "mean")),
            tracking=config.get("tracking", {}).get("mode", "inline"),
            tracking_uri=check_address(config.get("tracking", {}).get("uri", "")),
            writer=config.get("tracking", {}).get("writer", "rows"),
            experiments={
                name: Experiment.of(name, entry, root_seed, data, here)
                for name, entry in config["experiments"].items()
            },
            studies={
                name: _study(name, entry, {"data": data, "root_seed": root_seed})
                for name, entry in config.get("studies", {}).items()
            },
        )
        number = 0
        for name, each in grid.experiments.items():
            number += each.count(grid.cells_per_job)
            if number > JOBS:
                raise ConfigError(
                    f"experiments.{name}: dims and seeds make {number} jobs; allowed:"
                    f" at most {JOBS}, see cells_per_job"
                )
        return grid

    @property
    def files(self) -> list[Path]:
        """The image files that any experiment or study reads."""
        found = {
            file
            for files in (
                *(each.files for each in self.experiments.values() if each.images),
                *(study.files for study in self.studies.values()),
            )
            for file in files
        }
        return sorted(found)

    @property
    def image_experiments(self) -> list[str]:
        """The experiments on images, whose runs take minutes."""
        return [name for name, each in self.experiments.items() if each.images]

    @property
    def image_sets(self) -> dict[str, list[str]]:
        """Image dataset, as part of a file name -> its experiments."""
        sets: dict[str, list[str]] = {}
        for name, experiment in self.experiments.items():
            if experiment.images:
                key = experiment.dataset.replace(":", "-")
                sets.setdefault(key, []).append(name)
        return sets

    def without(self, missing: Iterable[Path]) -> "Grid":
        """Return the grid without the experiments that read a missing file."""
        lost = set(missing)
        kept = {
            name: experiment
            for name, experiment in self.experiments.items()
            if lost.isdisjoint(experiment.files)
        }
        return replace(self, experiments=kept)

    @property
    def digest(self) -> str:
        """Digest of the configuration, 12 hexadecimal digits.

        Of all but where results and runs are kept, which alters no number.
        """
        whole = asdict(replace(self, results="", tracking="", tracking_uri=""))
        del whole["writer"]
        text = json.dumps(whole, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def jobs(self, experiment: str = "", dim: int | None = None) -> Iterator[Job]:
        """Yield all jobs, or those of an experiment, or of one of its dims."""
        for name in [experiment] if experiment else self.experiments:
            yield from self.experiments[name].jobs(self.cells_per_job, dim)

    def job(self, text: str) -> Job:
        """Return the job of a text, see `Job.parse`; ConfigError if there is none."""
        job = Job.parse(text)
        if job.experiment not in self.experiments:
            raise ConfigError(unknown("experiment", job.experiment, self.experiments))
        return self.experiments[job.experiment].check(job)

    def cells(self, job: Job) -> list[Cell]:
        """Return the cells of a job, in the order of their seeds."""
        return self.experiments[job.experiment].cells(job)

    @cached_property
    def _expected(self) -> dict[tuple[str, str, int], Expected]:
        return {}

    def expected(self, job: Job) -> Expected:
        """Return what the records of a job are expected to say.

        Kept, as it takes longer to make than to read a record.
        """
        where = job.experiment, job.name, job.dim
        if where not in self._expected:
            cell = self.experiments[job.experiment].cell(job.name, job.dim, 0)
            self._expected[where] = Expected.of(cell)
        return self._expected[where]


def _statistic(name: str) -> str:
    if name not in STATISTICS:
        raise ConfigError(unknown("statistic", name, STATISTICS))
    return name


def _study(name: str, entry: Mapping[str, Any], common: Mapping[str, Any]) -> Study:
    if name not in STUDIES:
        raise ConfigError(unknown("studies:", name, STUDIES))
    try:
        return settings(STUDIES[name], entry, common)
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
    config, grid = _loaded(path)
    return config | {"cells_per_job": grid.cells_per_job}


def load(path: str | Path) -> Grid:
    """Return the grid of a configuration file; see `configured`."""
    return _loaded(path)[1]


def _loaded(path: str | Path) -> tuple[dict[str, Any], Grid]:
    try:
        config = read(path)
        grid = Grid.of(config)
    except ConfigError as error:
        raise ConfigError(f"{short(path)}: {error}") from None
    with suppress(OSError, ValueError, AttributeError, RecursionError):
        last = json.loads(Path(grid.results, LAST).read_text("utf-8"))
        count = whole_numbers(last.get("cells_per_job", 1))
        if type(count) is int and count > 0:  # one that is damaged says nothing
            grid = replace(grid, cells_per_job=count)
    return config, grid
