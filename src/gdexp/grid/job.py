"""A job: some seeds of a model entry at a dim, and the one text form that it has."""

import re
from dataclasses import dataclass

from gdexp.grid.names import place, unslug
from gdexp.util.errors import ConfigError, shown

TEXT = re.compile(
    r"(.*/)?(?P<experiment>[^/]+)/(?P<name>[^/]+)/d(?P<dim>\d{1,18})"
    r"/s(?P<first>\d{1,18})(-(?P<last>\d{1,18}))?(\.jsonl)?",
    re.ASCII | re.DOTALL,  # a folder may have the end of a line in its name
)


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

    @classmethod
    def parse(cls, text: str) -> "Job":
        """Return the job of a text: its own, the key of a cell, or a path that ends so.

        Raises
        ------
        ConfigError
            If it is none of these.

        Examples
        --------
        >>> job = Job.parse("results/cells/two-sample/gd-step.3d1/d16/s0-9.jsonl")
        >>> job
        Job(experiment='two-sample', name='gd-step=1', dim=16, seeds=range(0, 10))
        >>> Job.parse(job.text) == job == Job.parse(job.path)
        True
        """
        found = TEXT.fullmatch(text)
        if found is None:
            raise ConfigError(
                f"job {shown(text)}; allowed: EXPERIMENT/ENTRY/dDIM/sSEEDS, with a seed"
                " or first-last"
            )
        first, last = int(found["first"]), int(found["last"] or found["first"])
        seeds = range(first, last + 1)
        return cls(found["experiment"], unslug(found["name"]), int(found["dim"]), seeds)

    @property
    def text(self) -> str:
        """The job in one word, ``experiment/name/d16/s0-9``, as a path."""
        last = f"-{self.seeds.stop - 1}" if len(self.seeds) != 1 else ""
        start = place(self.experiment, self.name, self.dim)
        return f"{start}/s{self.seeds.start}{last}"

    @property
    def path(self) -> str:
        """Path of the record file below ``cells/``."""
        return f"{self.text}.jsonl"

    @property
    def keys(self) -> list[str]:
        """The keys of its cells, in the order of their seeds."""
        start = place(self.experiment, self.name, self.dim)
        return [f"{start}/s{seed}" for seed in self.seeds]
