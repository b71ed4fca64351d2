"""Files and other things of an RO-Crate, and what is said of each of them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gdexp.grid.grid import Grid

FORMATS = {
    **{".csv": "text/csv", ".md": "text/markdown", ".txt": "text/plain"},
    **{".png": "image/png", ".pdf": "application/pdf", ".html": "text/html"},
    **{".json": "application/json", ".jsonl": "application/jsonl"},
    **{".py": "text/x-python", ".yaml": "application/yaml"},
    **{".js": "text/javascript", ".css": "text/css"},
}


@dataclass
class Entities:
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

    def entity(self, at: str, kind: str, **told: Any) -> Any:
        """Describe what is no file."""
        from rocrate.model.contextentity import ContextEntity

        properties = {"@type": kind}
        entity = self.crate.add(ContextEntity(self.crate, at, properties))
        for name, value in told.items():
            entity[name] = value
        return entity

    def file(self, place: str, **told: Any) -> Any:
        """Add a file of the results."""
        return self.add(Path(self.grid.results, place), place, **told)

    def add(self, source: Path, place: str, **told: Any) -> Any:
        """Add a file at a place in the crate, once."""
        if place not in self.files:
            told |= {"contentSize": f"{source.stat().st_size}"}
            told |= {"encodingFormat": FORMATS.get(source.suffix, "text/plain")}
            self.files[place] = self.crate.add_file(source, place, properties=told)
        return self.files[place]

    def parameter(self, name: str, what: str, example: Any) -> Any:
        """Describe what goes into the workflow or comes out, by a file that did."""
        found = self.crate.add_formal_parameter(
            name, "File", f"#parameter-{name}", what, valueRequired=True
        )
        found["workExample"] = example
        example["exampleOfWork"] = found
        return found

    def action(
        self, anchor: str, name: str, tool: Any, reads: list[Any], outputs: list[Any]
    ) -> Any:
        """Describe what made some files of others, with a tool."""
        properties = {"@type": "CreateAction", "name": name}
        action = self.crate.add_action(
            tool,
            anchor,
            object=one(reads),
            result=one(outputs),
            properties=properties,
        )
        self.crate.root_dataset.append_to("mentions", action)
        return action


def one(things: list[Any]) -> Any:
    """Return the only one as itself, as RO-Crate 1.1 has it."""
    return things[0] if len(things) == 1 else things
