"""Where the figures of a grid stand, and what each is drawn from."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from gdexp.figures.base import About
from gdexp.figures.cards import STUDY, TABLES, Card, cards
from gdexp.grid.experiments import Experiment
from gdexp.grid.grid import Grid

FORMATS = ("png", "pdf", "csv", "txt")  # csv: the figure's numbers, txt: its caption


@dataclass(frozen=True)
class Place:
    """A figure in the results.

    Attributes
    ----------
    card : Card
    path : str
        Below ``figures/``, without an ending.
    experiments : tuple of str
        Those that it is about; none if it is about studies alone.
    """

    card: Card
    path: str
    experiments: tuple[str, ...]

    @property
    def files(self) -> list[str]:
        """Its files, below the results."""
        return [f"figures/{self.path}.{ending}" for ending in FORMATS]

    @property
    def label(self) -> tuple[str, str]:
        """The category and the label that it has in the report."""
        folder, _, name = self.path.rpartition("/")
        if "{experiment}" in self.card.where:
            return folder, self.card.title
        return folder.capitalize() or "Figures", name

    @property
    def studies(self) -> list[str]:
        """The studies that it reads."""
        reads = (read for read in self.card.reads if read.startswith(STUDY))
        return [read.removeprefix(STUDY) for read in reads]

    def inputs(self, grid: Grid) -> dict[str, list[str]]:
        """Return the files of each thing that it reads, below the results."""
        found = {}
        for read in self.card.reads:
            if read in TABLES:
                found[read] = [
                    experiment_table(each, read) for each in self.experiments
                ]
                continue
            if read.startswith(STUDY):
                found[read] = [f"tables/{read}.csv"]
                continue
            dims: dict[str, int | None] = dict.fromkeys(self.experiments)
            if read == "trajectories":
                dims = {name: grid.experiments[name].middle_dim for name in dims}
            found[read] = [
                f"cells/{job.path}"
                for name, dim in dims.items()
                for job in grid.jobs(name, dim)
            ]
        return found

    def about(self, grid: Grid, mark: str = "") -> About:
        """Return what it is told besides its numbers.

        Parameters
        ----------
        grid : Grid
        mark : str
            What the note begins with: whether it is partial.
        """
        notes = [
            f"{grid.studies[name].title}. Source: {grid.studies[name].source}."
            for name in self.studies
        ]
        own = [grid.experiments[name] for name in self.experiments]
        notes += dict.fromkeys(each.note for each in own)
        models = {name: spec.model for each in own for name, spec in each.specs.items()}
        return About(mark + " ".join(notes), models, self.experiments, grid.statistic)


def experiment_table(experiment: str, table: str) -> str:
    """Return the file of one of the `TABLES` of an experiment, below the results."""
    return f"tables/experiments/{experiment}/{table}.csv"


def places(grid: Grid) -> dict[str, Place]:
    """Return the figures of a grid, by path."""
    known = set(grid.studies)
    return {
        place.path: place
        for card in cards().values()
        if card.where
        for place in _places(card, grid)
        if known.issuperset(place.studies)
    }


def headlines(grid: Grid) -> list[Place]:
    """Return the figures that say most: T against d, and those on images."""
    found = places(grid).values()
    scaling = [place for place in found if place.card.name == "scaling"]
    accuracy = [place for place in found if place.card.name == "accuracy"]
    return scaling[:1] + accuracy


def _fits(card: Card, experiment: Experiment) -> bool:
    """Return whether an experiment has what a figure asks for."""
    observed = {name for spec in experiment.specs.values() for name in spec.observe}
    return (
        fnmatchcase(experiment.name, card.of)
        and max(experiment.dims) >= card.span * min(experiment.dims)
        and (not card.observes or card.observes in observed)
    )


def _places(card: Card, grid: Grid) -> Iterator[Place]:
    known = grid.experiments
    own = [name for name, each in known.items() if _fits(card, each)]
    if "{experiment}" in card.where:
        for name in own:
            # those on images have figures of their own
            against = len(known[name].dims) == 1 and "scaling" in card.reads
            if not (known[name].images or against):
                path = card.where.replace("{experiment}", name)
                yield Place(card, path, (name,))
    elif "{images}" in card.where:
        for images, names in grid.image_sets.items():
            path = card.where.replace("{images}", images)
            if shown := tuple(name for name in names if name in own):
                yield Place(card, path, shown)
    elif all(read.startswith(STUDY) for read in card.reads):
        yield Place(card, card.where, ())
    elif own:
        yield Place(card, card.where, tuple(own))


def summary_files(grid: Grid, experiment: str) -> list[str]:
    """Return what the summary run of an experiment carries, below the results."""
    files = [f"tables/{name}.csv" for name in ("exponents", "scaling")]
    for place in places(grid).values():
        if experiment in place.experiments and "{" in place.card.where:
            files += [file for file in place.files if not file.endswith(".csv")]
    return files


class Quoted(str):
    """The path of a text that the report quotes once it is there."""

    @property
    def text(self) -> str:
        """What the file says, as reStructuredText without any markup."""
        return re.sub(r"([\\*|`_])", r"\\\1", Path(self).read_text("utf-8").strip())
