"""The image files that a grid needs and that are not there: which of them can be had.

To make one of these is to look at files alone. Servers are asked, once, when the jobs
of a run are put together and one of them is in need of a file, not while the workflow
is parsed: `snakemake --lint`, or a job on a node of a cluster, needs no network.
"""

from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path

from gdexp.core.datasets.download import Archive, archives_of, download, reachable
from gdexp.grid.grid import Grid
from gdexp.util.errors import DataError, JobError
from gdexp.util.files import absent, has_room, readable
from gdexp.util.screen import SCREEN


class Images:
    """The image files of a grid.

    Parameters
    ----------
    grid : Grid
    dry : callable
        Whether to ask no server, and take all to answer; called when it matters.

    Attributes
    ----------
    missing : dict of Path to str
        Those that are not there or may not be read, and their names below the data
        folder.
    archives : list of Archive
        What holds them.
    """

    def __init__(self, grid: Grid, dry: Callable[[], bool] = lambda: False) -> None:
        self._grid = grid
        self._dry = dry
        data = Path(grid.data)
        missing = (file for file in grid.files if not readable(file))
        self.missing = {file: file.relative_to(data).as_posix() for file in missing}
        self.archives: list[Archive] = archives_of(list(self.missing.values()))

    def of(self, archive: Archive) -> list[Path]:
        """Return the missing files that an archive holds."""
        holds = {name for name, _ in archive.files}
        return sorted(file for file, name in self.missing.items() if name in holds)

    def fetch(self, number: int, log: str) -> None:
        """Download an archive, and keep the missing files that it holds.

        Raises
        ------
        JobError
            What went wrong, which the log says too.
        """
        archive = self.archives[number]
        names = [self.missing[file] for file in self.of(archive)]
        try:
            download(archive, Path(self._grid.data), names)
        except DataError as error:
            Path(log).write_text(f"gdexp: {error}\n", "utf-8")
            raise JobError(str(error)) from None
        Path(log).write_text("downloaded and verified\n", "utf-8")

    @cached_property
    def lost(self) -> set[Path]:
        """Those that cannot be had; what needs one is left out, and this says so."""
        there = [archive for archive in self.archives if _fits(self.of(archive))]
        there = there if self._dry() else reachable(there)
        lost = set(self.missing).difference(*map(self.of, there))
        if lost:
            self._say(lost)
        return lost

    @cached_property
    def grid(self) -> Grid:
        """The grid without the experiments that need a lost file."""
        return self._grid.without(self.lost) if self.missing else self._grid

    def coming(self, files: Iterable[Path]) -> list[str]:
        """Return those files that are to be had first, by a job of their own.

        Of those that are there the fingerprints count, whatever Snakemake would make of
        their names.
        """
        return [
            str(file)
            for file in files
            if file in self.missing and file not in self.lost
        ]

    def _say(self, lost: set[Path]) -> None:
        left = self._grid.without(lost)
        sets = sorted(set(self._grid.image_sets) - set(left.image_sets))
        said = [f"figures/images/{name}" for name in sets]
        said += [
            f"images in study {name}"
            for name, study in self._grid.studies.items()
            if not lost.isdisjoint(study.files)
        ]
        print(
            f"gdexp: left out for want of image files: {', '.join(said)}; connect to a"
            " network, or set 'data' to a folder where you may read"
            f" {min(self.missing[file] for file in lost)} and the like",
            file=SCREEN,
        )


def _fits(files: Iterable[Path]) -> bool:
    """Return whether files can be made; what may not be looked at is somebody's."""
    return all(absent(file) and has_room(file.parent) for file in files)
