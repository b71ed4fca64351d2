"""What is made of records: tables, figures, studies, claims, pages.

Each follows from its settings, its code and the files that it reads, and a note below
the results says of which it was made, see `gdexp.work.notes`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path

from gdexp.figures import (
    TABLES,
    Place,
    experiment_table,
    headlines,
    places,
    summary_files,
)
from gdexp.grid import own
from gdexp.grid.grid import Grid
from gdexp.pages import BROWSER
from gdexp.stats.statistics import STATISTICS
from gdexp.studies import Study
from gdexp.tracking import state
from gdexp.util.digests import PACKAGE, code_of, files_digest
from gdexp.util.files import readable

SYNCED = "tracking/synced.json"

CLAIMS = ("claims.md", "tables/claims.csv")
INDEX = ("index.html", "report/result.html")
SO_FAR = ("partial/claims.md", "partial/tables/claims.csv")
ASKED = {  # what no finished run has: by what command it is made, if by one
    "explorer": "gdexp explore",
    "report": "gdexp report",
    "latex": "gdexp latex",
    "partial": "gdexp collect --partial",
    "claims_so_far": "",
}
PARTIAL = ("table", "exponents", "collect", "figure")  # also of some of the records
LATEX = ("tables/exponents.tex", "tables/claims.tex")
PAGES = tuple(f"report/{page}.html" for page in ("exponents", "claims", "setup"))


@dataclass(frozen=True)
class Product:
    """What one job of a rule makes.

    Attributes
    ----------
    rule : str
    name : str
        Of the experiment, figure or study; empty where there is one of its kind.
    inputs : mapping of str to list of str
        The files of each thing that it reads, below the results.
    outputs : sequence of str
        Its files, below the results.
    follows : tuple of str
        Its settings and its code, as text.
    state : callable
        Returns what it made that is in none of its files, as text.
    beside : tuple of Product
        What it links to while that is of what there is now.
    """

    rule: str
    name: str
    inputs: Mapping[str, list[str]]
    outputs: tuple[str, ...]
    follows: tuple[str, ...] = ()
    state: Callable[[], str] = str
    beside: tuple["Product", ...] = ()

    @property
    def reads(self) -> list[str]:
        """All that it reads."""
        return [file for files in self.inputs.values() for file in files]

    @property
    def again(self) -> str:
        """What to do for it to be made again."""
        command = ASKED.get(self.rule)
        return f"call '{command}'" if command else "run the workflow"


def products(grid: Grid) -> Iterator[Product]:
    """Yield what is made of the records of a grid, each after what it reads."""
    records = {
        name: [f"cells/{job.path}" for job in grid.jobs(name)]
        for name in grid.experiments
    }
    for name in sorted(grid.experiments):
        yield from _experiment(grid, name, records[name])
    parts = {
        table: [experiment_table(name, table) for name in sorted(grid.experiments)]
        for table in TABLES
    }
    yield Product("collect", "", parts, tuple(f"tables/{name}.csv" for name in TABLES))
    for name, study in grid.studies.items():
        yield Product("study", name, {}, (_table_of(name),), _settings(study))
    figures = [_figure(grid, place) for place in places(grid).values()]
    yield from figures
    judged = {kind: files for kind, files in parts.items() if kind != "scaling"}
    judged["studies"] = [_table_of(name) for name in grid.studies]
    judges = sorted(Path(PACKAGE, "claims", "neighbours").glob("*.py"))
    judges += [file for _, file in own.sources("CLAIMS")]
    judging = code_of("claims/catalogue.py", "claims/page.py", *judges)
    quick = grid.experiments.keys() - grid.image_experiments
    if quick and grid.image_experiments:  # for who waits for runs on images
        some = {
            kind: [experiment_table(name, kind) for name in sorted(quick)]
            for kind in parts.keys() & judged.keys()
        }
        yield Product("claims_so_far", "", judged | some, SO_FAR, (judging,))
    yield Product("claims", "", judged, CLAIMS, (judging,))
    read = {"exponents": ["tables/exponents.csv"], "claims": ["tables/claims.csv"]}
    told = grid.digest, code_of("pages/report.py")
    yield Product("pages", "", read, PAGES, told)
    told = _asked(grid), code_of("claims/latex.py")
    yield Product("latex", "", read, LATEX, told)
    beside = _explorer(grid, records), _report(grid, figures)
    yield from beside
    yield _index(grid, *beside)
    if grid.tracking != "none":
        read = {"records": list(chain.from_iterable(records.values()))}
        read["cells"] = ["tables/cells.csv"]
        told = grid.digest, grid.tracking_uri
        runs = partial(state, grid.results, grid.tracking_uri)
        yield Product("sync", "", read, (SYNCED,), told, runs)
        for name in grid.experiments:
            read = {"exponents": ["tables/exponents.csv"]}
            read["files"] = summary_files(grid, name)
            output = f"tracking/summary/{name}.json"
            yield Product("summary", name, read, (output,), told)


def _experiment(grid: Grid, name: str, records: list[str]) -> Iterator[Product]:
    cells, *fitted = (experiment_table(name, table) for table in TABLES)
    collecting = code_of("records/tables.py")
    yield Product("table", name, {"records": records}, (cells,), (collecting,))
    fitting = str(grid.root_seed), code_of("stats/exponents.py", *STATISTICS.values())
    yield Product("exponents", name, {"cells": [cells]}, tuple(fitted), fitting)


def _figure(grid: Grid, place: Place) -> Product:
    follows = repr(place.about(grid)), place.card.code
    return Product(
        "figure", place.path, place.inputs(grid), tuple(place.files), follows
    )


def _index(grid: Grid, explorer: Product, report: Product) -> Product:
    shown = headlines(grid)
    read = {
        "tables": [f"tables/{name}.csv" for name in ("cells", "exponents", "claims")],
        "figures": [f"figures/{each.path}.png" for each in shown],
        "captions": [f"figures/{each.path}.txt" for each in shown],
    }
    if Path(grid.results, report.outputs[0]).exists():
        read["report"] = report.reads  # when they are made, it may be of older ones
    there = f"{bool(grid.studies)}"  # it links to their tables
    told = _asked(grid), there, code_of("pages/index.py")
    return Product("index", "", read, INDEX, told, beside=(explorer, report))


def _asked(grid: Grid) -> str:
    """Return the digest of what is asked for, but of studies, which have tables."""
    return replace(grid, studies={}).digest


def _explorer(grid: Grid, records: Mapping[str, list[str]]) -> Product:
    read = {"records": list(chain.from_iterable(records.values()))}
    for table in ("scaling", "exponents"):
        read[table] = [experiment_table(name, table) for name in grid.experiments]
    code = code_of("pages/contents.py", "pages/explorer.py")
    scripts = files_digest(sorted(BROWSER.iterdir())) or ""
    told = _asked(grid), code, scripts
    return Product("explorer", "", read, ("explorer.html",), told)


def _report(grid: Grid, figures: Iterable[Product]) -> Product:
    read = {
        "tables": [f"tables/{name}.csv" for name in ("cells", "exponents", "claims")],
        "pages": list(PAGES),
        "figures": [file for each in figures for file in each.outputs],
    }
    told = _asked(grid), code_of("pages/result.py")
    return Product("report", "", read, ("report.html",), told)


def partial_of(grid: Grid) -> Product:
    """Return what `gdexp collect --partial` makes, of the records that are there."""
    made = [each for each in products(grid) if each.rule in PARTIAL]
    read = {"records": [f"cells/{job.path}" for job in grid.jobs()]}
    below = [f"partial/{file}" for each in made for file in each.outputs]
    told = repr([each.follows for each in made])
    return Product("partial", "", read, ("partial/README.txt", *below), (told,))


def _settings(study: Study) -> tuple[str, ...]:
    there = study.files if readable(*study.files) else ()
    return repr(study), study.code, files_digest(there) or ""


def _table_of(study: str) -> str:
    return f"tables/studies/{study}.csv"


def behind(grid: Grid, files: Iterable[str]) -> list[Product]:
    """Return what makes some files, and what these are made of, in the order of making.

    Parameters
    ----------
    grid : Grid
    files : iterable of str
        Below the results.
    """
    wanted, found = set(files), []
    for each in reversed(list(products(run_of(grid)))):
        if not wanted.isdisjoint(each.outputs):
            wanted.update(each.reads)
            found.append(each)
    return found[::-1]


def run_of(grid: Grid) -> Grid:
    """Return a grid without what was left out of its last run, as far as files tell."""
    there = {
        name: each
        for name, each in grid.experiments.items()
        if readable(*each.files)
        or Path(grid.results, experiment_table(name, TABLES[0])).exists()
    }
    return replace(grid, experiments=there)
