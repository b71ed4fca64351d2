"""A finished grid as a Workflow Run RO-Crate: one archive that says where all is from.

A crate is a folder or a zip with the files and ``ro-crate-metadata.json``, which
describes them and the runs that made them, as JSON-LD. This one keeps to the profiles
Process, Workflow and Provenance Run Crate 0.5 (https://w3id.org/ro/wfrun), on RO-Crate
1.1. In it

* each file that was made is the ``result`` of an action, whose ``object`` is what it
  read and whose ``instrument`` is the module that made it; and the file itself
  ``isBasedOn`` these, so that any reader gets from a figure to its tables, from there
  to the records of the cells, and to code and configuration, in three steps or fewer;
* the cells of an experiment are one action with a folder as its result: each record
  says by itself what was run and what made it.

There are no times in it: those of files do not survive a copy.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from gdexp.grid.grid import Grid
from gdexp.util.digests import PACKAGE
from gdexp.util.errors import ConfigError, short
from gdexp.util.files import whole
from gdexp.work.description import Description
from gdexp.work.finished import finished
from gdexp.work.products import ASKED, products, run_of

# the MLflow store is a view, and no part of a crate; nor are verdicts so far
UNSEEN = ("sync", "summary", "claims_so_far")


def write_crate(grid: Grid, output: Path, license: str) -> int:
    """Write the crate of a finished grid; return how many files it has.

    Parameters
    ----------
    grid : Grid
    output : Path
        A file, ``.zip``, or a folder that is not there yet.
    license : str
        Address of the licence that the results are given under.

    Raises
    ------
    ConfigError
        If the grid is not finished, there is no rocrate, or the output is there.
    """
    try:
        from rocrate.rocrate import ROCrate
    except ImportError:
        raise ConfigError(
            "a crate needs the package rocrate; install it with pip install"
            " 'gdexp[crate]'"
        ) from None
    zipped = output.suffix == ".zip"
    if not zipped and output.exists():
        raise ConfigError(f"{short(output)} is there already; name a new folder")
    if not output.absolute().parent.is_dir():
        raise ConfigError(f"{short(output)}: there is no such folder to write it to")
    checkout = found_checkout()
    part = run_of(grid)
    made = finished(part, _given(part))
    writing = Description(part, ROCrate(version="1.1", gen_preview=True), checkout)
    writing.describe(made, license)
    if zipped:
        with whole(output) as temporary:
            writing.crate.write_zip(temporary)
    else:
        with TemporaryDirectory(dir=output.absolute().parent, prefix=".crate") as new:
            writing.crate.write(Path(new, "crate"))
            Path(new, "crate").rename(output)
    return len(writing.files)


def _given(grid: Grid) -> Iterator[str]:
    """Yield the files that were made; what is made when it is asked for if it is."""
    for each in products(grid):
        asked = each.rule in ASKED and not Path(grid.results, each.outputs[0]).exists()
        if each.rule not in UNSEEN and not asked:
            yield from each.outputs


def found_checkout() -> Path:
    """Return the folder of the Snakefile."""
    for folder in (PACKAGE.parents[1], Path.cwd()):
        if (folder / "Snakefile").is_file():
            return folder
    raise ConfigError(
        "there is no Snakefile beside gdexp or in the working folder; call it in the"
        " checkout that the grid was run in"
    )
