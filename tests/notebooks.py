"""Notebooks that are executed, and what of their outputs has to stay.

``python tests/notebooks.py NOTEBOOK [FILE]`` executes a notebook in its folder and
writes it, with its outputs, back or to a file. In a process of its own, as its kernel
has a loop of events.
"""

import sys
from pathlib import Path
from typing import Any

import nbformat


def execute(path: Path, output: Path) -> None:
    """Execute a notebook, and write it with its outputs."""
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=1200,
        record_timing=False,  # the file is the same whenever it was executed
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    for cell in notebook.cells:
        outputs = cell.get("outputs", [])
        # what MLflow logs on its way, with the time
        cell.update(outputs=[x for x in outputs if x.get("name") != "stderr"])
        if cell.cell_type != "code":
            cell.pop("outputs")
    notebook.metadata.get("language_info", {}).pop("version", None)
    nbformat.write(notebook, output)


def kept(path: Path) -> list[list[str]]:
    """Return what each code cell says: text, and no images."""
    cells = nbformat.read(path, as_version=4).cells
    return [
        [_text(output) for output in cell.outputs]
        for cell in cells
        if cell.cell_type == "code"
    ]


def _text(output: Any) -> str:
    text = output.get("text") or output.get("data", {}).get("text/plain", "")
    return "a figure" if "image/png" in output.get("data", {}) else str(text)


if __name__ == "__main__":
    given = [Path(word).resolve() for word in sys.argv[1:]]
    execute(given[0], given[-1])
