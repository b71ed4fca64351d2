"""What a crate says of a grid: what made each file, of what and by what code."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from gdexp.figures import places
from gdexp.grid import own
from gdexp.grid.grid import LAST
from gdexp.pages import BESIDE
from gdexp.records.record import read_records
from gdexp.util.digests import PACKAGE, module_of
from gdexp.work.entities import Entities
from gdexp.work.products import Product

PROFILES = {
    f"https://w3id.org/ro/wfrun/{name}/0.5": f"{name.capitalize()} Run Crate"
    for name in ("process", "workflow", "provenance")
} | {"https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate"}
CODE = "code"  # the folder of the program in a crate
MAKERS = {  # the module that does what a rule says
    **{"table": "records/tables.py", "exponents": "stats/exponents.py"},
    **{"collect": "util/tables.py", "claims": "claims/page.py"},
    **{"pages": "pages/report.py", "cells": "core/spec.py"},
    **{"index": "pages/index.py", "explorer": "pages/explorer.py"},
    **{"report": "work/asked.py", "latex": "claims/latex.py"},
}


class Description(Entities):
    """The description of a finished grid."""

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
            self.entity(at, "CreativeWork", name=name, version=at.rpartition("/")[2])
            for at, name in PROFILES.items()
        ]
        config = self.file(LAST, name="Configuration of the run")
        workflow = self._workflow(config)
        self._code()
        runs = [self._cells(name, config) for name in grid.experiments]
        for each in made:
            for file in each.outputs:
                self.file(file, **self._told(file))
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
        parameter = self.parameter("configuration", "experiments, dims, seeds", config)
        workflow["input"] = parameter
        return workflow

    def _code(self) -> None:
        """Add the program: the rules, the package, members of the user's own."""
        rules = self.checkout / "workflow"
        for file in sorted(rules.rglob("*")) if rules.is_dir() else []:
            if file.is_file() and "__pycache__" not in file.parts:
                self._source(file, f"{CODE}/workflow/{file.relative_to(rules)}")
        for file in sorted(PACKAGE.rglob("*")):  # scripts of pages too
            if file.is_file() and "__pycache__" not in file.parts:
                self._source(file, f"{CODE}/src/gdexp/{file.relative_to(PACKAGE)}")
        for file, place in _own().items():
            self._source(file, place)
        for name in ("requirements.lock", "pyproject.toml", "LICENSE"):
            if (self.checkout / name).is_file():
                self._source(self.checkout / name, f"{CODE}/{name}")

    def _source(self, file: Path, place: str) -> None:
        told: dict[str, Any] = {"name": place}
        if file.suffix == ".py":
            told["@type"] = ["File", "SoftwareSourceCode"]
            told["version"] = version("gdexp")
        self.add(file, place, **told)

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
            file = self.file(f"cells/{job.path}", name=job.text)
            folder.append_to("hasPart", file)
            file["isBasedOn"] = config
        tool = self.files[_maker("cells")]
        folder["isBasedOn"] = [config, tool]
        path = Path(self.grid.results, "cells", jobs[0].path)
        made_by = next(read_records([path])).made_by
        told = ", ".join(f"{key} {value}" for key, value in made_by.items())
        title = f"{sum(len(job.seeds) for job in jobs)} cells of {name}"
        action = self.action(f"#cells-{name}", title, tool, [config], [folder])
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
        action = self.action(anchor, title, tool, [config, *reads], outputs)
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
            return place_of(places(self.grid)[each.name].card.file)
        if each.rule == "study":
            return place_of(type(self.grid.studies[each.name]))
        return _maker(each.rule)

    def _told(self, file: str) -> dict[str, str]:
        """Return what to say of a file that was made: of a figure its caption."""
        caption = Path(self.grid.results, file).with_suffix(".txt")
        if file.startswith("figures/") and caption.exists():
            return {"name": file, "description": caption.read_text("utf-8").strip()}
        if file in BESIDE:
            what, command = BESIDE[file]
            return {"name": file, "description": f"{what}; made by '{command}'"}
        return {"name": file}

    def _steps(self, workflow: Any, runs: list["_Run"]) -> None:
        """Say of which steps the run of the workflow was made, and by what engine."""
        tools = {run.tool.id: run.tool for run in runs}
        steps = {
            at: self.entity(
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
                parameter = self.parameter(what, f"the file {name}", self.files[name])
                workflow.append_to("output", parameter)
        config = self.files[LAST]
        whole_run = self.action("#run", "the workflow", workflow, [config], outputs)
        controls = [
            self.entity(
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
        engine = self.entity("#snakemake", "SoftwareApplication", **told)
        self.entity(
            "#engine-run",
            "OrganizeAction",
            name=f"Snakemake {number} runs the workflow",
            instrument=engine,
            result=whole_run,
            object=controls,
        )


@dataclass(frozen=True)
class _Run:
    """One step of the run: its name, what did it, its action and what it made."""

    name: str
    tool: Any
    action: Any
    outputs: list[Any]


def _maker(rule: str) -> str:
    return f"{CODE}/src/gdexp/{MAKERS[rule]}"


def place_of(thing: Path | type) -> str:
    """Return where the module of a member is in a crate."""
    name = module_of(thing)
    known = {str(file.resolve()): place for file, place in _own().items()}
    return known.get(name, f"{CODE}/src/gdexp/{name}")


def _own() -> dict[Path, str]:
    """Return the modules of the user's own, each with its place in a crate.

    That of an installed one follows from its name: many files are ``__init__.py``.
    """
    found = {}
    for name, file in own.sources():
        place = f"packages/{name.replace('.', '/')}"
        place += f"/{file.name}" if file.stem == "__init__" else file.suffix
        inside = name.startswith(f"{own.PREFIX}.")
        found[file] = f"{CODE}/own/{file.name}" if inside else f"{CODE}/{place}"
    return found
