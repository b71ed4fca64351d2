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
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gdexp.figures import TABLES, experiment_table, places
from gdexp.grid import own
from gdexp.grid.grid import LAST, Grid
from gdexp.records.record import read_records
from gdexp.records.stale import Survey
from gdexp.util.digests import PACKAGE, module_of
from gdexp.util.errors import ConfigError, short
from gdexp.util.files import whole
from gdexp.work.products import Notes, Product, products

PROFILES = {
    f"https://w3id.org/ro/wfrun/{name}/0.5": f"{name.capitalize()} Run Crate"
    for name in ("process", "workflow", "provenance")
} | {"https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate"}
CODE = "code"  # the folder of the program in a crate
FORMATS = {
    **{".csv": "text/csv", ".md": "text/markdown", ".txt": "text/plain"},
    **{".png": "image/png", ".pdf": "application/pdf", ".html": "text/html"},
    **{".json": "application/json", ".jsonl": "application/jsonl"},
    **{".py": "text/x-python", ".yaml": "application/yaml"},
}
MAKERS = {  # the module that does what a rule says
    **{"table": "records/tables.py", "exponents": "stats/exponents.py"},
    **{"collect": "util/tables.py", "claims": "claims/page.py"},
    **{"pages": "claims/pages.py", "cells": "core/spec.py"},
}
UNSEEN = ("sync", "summary")  # the MLflow store is a view, and no part of a crate


def finished(grid: Grid) -> tuple[Grid, list[Product]]:
    """Return the part of a grid whose data are there, and what is made of it.

    Raises
    ------
    ConfigError
        If a cell or anything else is missing or of something else.
    """
    kept = {
        name: each
        for name, each in grid.experiments.items()
        if all(file.exists() for file in each.files)
        or Path(grid.results, experiment_table(name, TABLES[0])).exists()
    }
    grid = replace(grid, experiments=kept)
    survey = Survey.of(grid)
    todo = len(survey.absent) + len(survey.stale)
    if todo:
        raise ConfigError(
            f"{grid.results} is not finished: {todo} record files are missing or stale,"
            f" such as {(survey.absent + survey.stale)[0].path}; run the workflow"
        )
    made = [each for each in products(grid) if each.rule not in UNSEEN]
    notes = Notes(grid.results, survey.contents)
    for each in made:
        lost = [file for file in each.outputs if not Path(grid.results, file).exists()]
        if lost or notes.stale(each):
            what = "is missing" if lost else "is of other records, settings or code"
            file = (lost or each.outputs)[0]
            raise ConfigError(
                f"{grid.results} is not finished: {file} {what}; run the workflow"
            )
    return grid, made


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
    checkout = _checkout()
    part, made = finished(grid)
    writing = _Writing(part, ROCrate(version="1.1", gen_preview=True), checkout)
    writing.describe(made, license)
    if zipped:
        with whole(output) as temporary:
            writing.crate.write_zip(temporary)
    else:
        with TemporaryDirectory(dir=output.absolute().parent, prefix=".crate") as new:
            writing.crate.write(Path(new, "crate"))
            Path(new, "crate").rename(output)
    return len(writing.files)


def _checkout() -> Path:
    """Return the folder of the Snakefile."""
    for folder in (PACKAGE.parents[1], Path.cwd()):
        if (folder / "Snakefile").is_file():
            return folder
    raise ConfigError(
        "there is no Snakefile beside gdexp or in the working folder; call it in the"
        " checkout that the grid was run in"
    )


@dataclass
class _Writing:
    """A crate that is being described.

    Attributes
    ----------
    grid : Grid
    crate : rocrate.rocrate.ROCrate
    checkout : Path
    files : dict
        The entities of files and folders, by their place in the crate.
    """

    grid: Grid
    crate: Any
    checkout: Path
    files: dict[str, Any] = field(default_factory=dict)

    def describe(self, made: list[Product], license: str) -> None:
        """Say what is in it and what made it."""
        crate, grid = self.crate, self.grid
        crate.name = f"gdexp: {', '.join(grid.experiments)}"
        crate.description = (
            "Iterations to a separator, of gradient descent, perceptrons and others:"
            " the records of all cells, and tables, figures and verdicts made of them,"
            " with configuration and code."
        )
        crate.license = license
        crate.root_dataset["conformsTo"] = [
            self._entity(at, "CreativeWork", name=name, version=at.rpartition("/")[2])
            for at, name in PROFILES.items()
        ]
        config = self._file(LAST, name="Configuration of the run")
        workflow = self._workflow(config)
        self._code()
        runs = [self._cells(name, config) for name in grid.experiments]
        for each in made:
            for file in each.outputs:
                self._file(file, **self._told(file))
        runs += [self._product(each, config) for each in made]
        self._steps(workflow, runs)

    def _workflow(self, config: Any) -> Any:
        """Add the workflow: the Snakefile, with its language, input and outputs."""
        source, place = self.checkout / "Snakefile", f"{CODE}/Snakefile"
        kinds = ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"]
        workflow = self.files[place] = self.crate.add_workflow(
            source,
            place,
            main=True,
            lang="snakemake",
            lang_version=version("snakemake"),
            properties={
                "@type": kinds,
                "name": "gdexp: grid, tables, figures, verdicts",
            },
        )
        parameter = self._parameter("configuration", "experiments, dims, seeds", config)
        workflow["input"] = parameter
        return workflow

    def _parameter(self, name: str, what: str, example: Any) -> Any:
        found = self.crate.add_formal_parameter(
            name, "File", f"#parameter-{name}", what, valueRequired=True
        )
        found["workExample"] = example
        example["exampleOfWork"] = found
        return found

    def _code(self) -> None:
        """Add the program: the rules, the package, members of the user's own."""
        rules = self.checkout / "workflow"
        for file in sorted(rules.rglob("*")) if rules.is_dir() else []:
            if file.is_file() and "__pycache__" not in file.parts:
                self._source(file, f"{CODE}/workflow/{file.relative_to(rules)}")
        for file in sorted(PACKAGE.rglob("*.py")):
            self._source(file, f"{CODE}/src/gdexp/{file.relative_to(PACKAGE)}")
        for _, file in own.sources():
            self._source(file, f"{CODE}/own/{file.name}")
        for name in ("requirements.lock", "pyproject.toml", "LICENSE"):
            if (self.checkout / name).is_file():
                self._source(self.checkout / name, f"{CODE}/{name}")

    def _source(self, file: Path, place: str) -> None:
        told: dict[str, Any] = {"name": place}
        if file.suffix == ".py":
            told["@type"] = ["File", "SoftwareSourceCode"]
            told["version"] = version("gdexp")
        self._add(file, place, **told)

    def _cells(self, name: str, config: Any) -> "_Run":
        """Add the records of an experiment: a folder, of which one action is told."""
        experiment = self.grid.experiments[name]
        place = f"cells/{name}/"
        folder = self.crate.add_dataset(
            None,
            place,
            properties={
                "name": f"Records of the cells of {name}",
                "description": f"{experiment.note} One line of JSON is a cell: what was"
                " run, how it ended, its trajectory, and what made it.",
            },
        )
        self.files[place] = folder
        jobs = list(self.grid.jobs(name))
        for job in jobs:
            file = self._file(f"cells/{job.path}", name=job.text)
            folder.append_to("hasPart", file)
            file["isBasedOn"] = config
        tool = self.files[_maker("cells")]
        folder["isBasedOn"] = [config, tool]
        path = Path(self.grid.results, "cells", jobs[0].path)
        made_by = next(read_records([path])).made_by
        told = ", ".join(f"{key} {value}" for key, value in made_by.items())
        title = f"{sum(len(job.seeds) for job in jobs)} cells of {name}"
        action = self._action(f"#cells-{name}", title, tool, [config], [folder])
        action["description"] = f"The first of them was made by {told}"
        return _Run(f"cells-{name}", tool, action, [folder])

    def _product(self, each: Product, config: Any) -> "_Run":
        """Add what made some files, and what they are based on."""
        tool = self.files[self._module(each)]
        reads = [self.files[file] for file in self._reads(each)]
        outputs = [self.files[file] for file in each.outputs]
        for file in outputs:
            file["isBasedOn"] = [*reads, config, tool]
        name = f"{each.rule}-{each.name}" if each.name else each.rule
        title = f"{each.rule} {each.name}".strip()
        anchor = "#" + name.replace("/", "-")
        action = self._action(anchor, title, tool, [config, *reads], outputs)
        return _Run(name, tool, action, outputs)

    def _reads(self, each: Product) -> Iterator[str]:
        """Yield what a product reads; the folder for all records of an experiment."""
        reads = set(each.reads)
        for name in self.grid.experiments:
            records = {f"cells/{job.path}" for job in self.grid.jobs(name)}
            if records <= reads:
                reads = reads - records | {f"cells/{name}/"}
        yield from sorted(reads)

    def _module(self, each: Product) -> str:
        """Return the place of the module that makes a product."""
        if each.rule == "figure":
            return _place(places(self.grid)[each.name].card.file)
        if each.rule == "study":
            return _place(type(self.grid.studies[each.name]))
        return _maker(each.rule)

    def _told(self, file: str) -> dict[str, str]:
        """Return what to say of a file that was made: of a figure its caption."""
        caption = Path(self.grid.results, file).with_suffix(".txt")
        if file.startswith("figures/") and caption.exists():
            return {"name": file, "description": caption.read_text("utf-8").strip()}
        return {"name": file}

    def _action(
        self, anchor: str, name: str, tool: Any, reads: list[Any], outputs: list[Any]
    ) -> Any:
        properties = {"@type": "CreateAction", "name": name}
        action = self.crate.add_action(
            tool,
            anchor,
            object=_one(reads),
            result=_one(outputs),
            properties=properties,
        )
        self.crate.root_dataset.append_to("mentions", action)
        return action

    def _steps(self, workflow: Any, runs: list["_Run"]) -> None:
        """Say of which steps the run of the workflow was made, and by what engine."""
        tools = {run.tool.id: run.tool for run in runs}
        steps = {
            at: self._entity(
                f"#step-{at.replace('/', '-')}",
                "HowToStep",
                name=f"what {at} does",
                workExample=tool,
                position=f"{number}",
            )
            for number, (at, tool) in enumerate(tools.items(), start=1)
        }
        workflow["step"], workflow["hasPart"] = (
            list(steps.values()),
            list(tools.values()),
        )
        outputs = [file for run in runs for file in run.outputs]
        for name in ("claims.md", "tables/cells.csv", "tables/exponents.csv"):
            if name in self.files:
                what = Path(name).stem
                parameter = self._parameter(what, f"the file {name}", self.files[name])
                workflow.append_to("output", parameter)
        config = self.files[LAST]
        whole_run = self._action("#run", "the workflow", workflow, [config], outputs)
        controls = [
            self._entity(
                f"#control-{run.name.replace('/', '-')}",
                "ControlAction",
                name=f"Snakemake runs {run.name}",
                instrument=steps[run.tool.id],
                object=run.action,
            )
            for run in runs
        ]
        number = version("snakemake")
        at = "https://snakemake.github.io"
        told = {"name": "Snakemake", "softwareVersion": number, "url": at}
        engine = self._entity("#snakemake", "SoftwareApplication", **told)
        self._entity(
            "#engine-run",
            "OrganizeAction",
            name=f"Snakemake {number} runs the workflow",
            instrument=engine,
            result=whole_run,
            object=controls,
        )

    def _entity(self, at: str, kind: str, **told: Any) -> Any:
        from rocrate.model.contextentity import ContextEntity

        properties = {"@type": kind}
        entity = self.crate.add(ContextEntity(self.crate, at, properties))
        for name, value in told.items():
            entity[name] = value
        return entity

    def _file(self, place: str, **told: Any) -> Any:
        """Add a file of the results."""
        return self._add(Path(self.grid.results, place), place, **told)

    def _add(self, source: Path, place: str, **told: Any) -> Any:
        if place not in self.files:
            told |= {"contentSize": f"{source.stat().st_size}"}
            told |= {"encodingFormat": FORMATS.get(source.suffix, "text/plain")}
            self.files[place] = self.crate.add_file(source, place, properties=told)
        return self.files[place]


@dataclass(frozen=True)
class _Run:
    """One step of the run: its name, what did it, its action and what it made."""

    name: str
    tool: Any
    action: Any
    outputs: list[Any]


def _one(things: list[Any]) -> Any:
    """Return the only one as itself, as RO-Crate 1.1 has it."""
    return things[0] if len(things) == 1 else things


def _maker(rule: str) -> str:
    return f"{CODE}/src/gdexp/{MAKERS[rule]}"


def _place(thing: Path | type) -> str:
    """Return where the module of a member is in a crate."""
    name = module_of(thing)
    return (
        f"{CODE}/own/{Path(name).name}"
        if Path(name).is_absolute()
        else (f"{CODE}/src/gdexp/{name}")
    )
