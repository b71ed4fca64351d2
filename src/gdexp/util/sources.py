"""What a source file does and imports, kept from one start to the next.

To parse all modules takes a second, in the workflow and in each worker. What was found
is kept in a file beside Python's own compiled ones and used as long as a source is the
same file, unchanged; the time of its last change of any kind cannot be set by hand.
"""

import ast
import hashlib
import json
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from gdexp.util.files import whole

KEPT = Path(__file__).parents[1] / "__pycache__" / f"sources-{sys.version_info[1]}.json"

# Of a file: "program", its digest without comments, layout and docstrings; "imports",
# pairs of a module and a name, anywhere in it; "places", at its top level, of a name
# the module that it is imported from, or "" if it is defined there.
Facts = dict[str, Any]


def facts(path: Path) -> Facts:
    """Return what a source file does and imports; see `Facts`."""
    status = path.stat()
    state = [status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns]
    found = _kept().get(str(path))
    if found is None or found["state"] != state:
        found = {"state": state, **_facts(path.read_text("utf-8"))}
        _kept()[str(path)] = found
        _new.append(path)
    return found


def keep() -> None:
    """Keep what was found since the last time, if there is room."""
    if _new:
        _new.clear()
        there = {path: found for path, found in _kept().items() if Path(path).exists()}
        with suppress(OSError), whole(KEPT) as draft:
            draft.write_text(json.dumps(there), "utf-8")


_new: list[Path] = []


@cache
def _kept() -> dict[str, Facts]:
    with suppress(OSError, ValueError):
        found = json.loads(KEPT.read_text("utf-8"))
        if isinstance(found, dict):
            return found
    return {}


def _facts(source: str) -> Facts:
    tree = ast.parse(source)
    imports: list[tuple[str, str]] = []
    places: dict[str, str] = {}
    for line in tree.body:
        if isinstance(line, ast.ImportFrom) and line.module:
            places |= dict.fromkeys([each.name for each in line.names], line.module)
        elif isinstance(line, ast.FunctionDef | ast.ClassDef):
            places[line.name] = ""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            imports += [(node.module, each.name) for each in node.names]
        elif (
            isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and ast.get_docstring(node, clean=False) is not None
        ):
            node.body = node.body[1:]
    program = hashlib.sha256(ast.dump(tree).encode()).hexdigest()
    return {"program": program, "imports": imports, "places": places}
