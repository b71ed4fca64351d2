"""What a source file does and imports, kept from one start to the next.

To parse all modules takes a second, in the workflow and in each worker. What was found
is kept in a file beside Python's own compiled ones and used as long as a source is the
same file, unchanged; the time of its last change of any kind cannot be set by hand.
Nor is it used once this module has changed, which finds other things then.
"""

import ast
import hashlib
import json
import sys
from contextlib import suppress
from functools import cache
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any

from gdexp.util.files import whole

KEPT = Path(__file__).parents[1] / "__pycache__" / f"sources-{sys.version_info[1]}.json"

# Of a file: "program", its digest without comments, layout and docstrings; "imports",
# pairs of a module and a name, anywhere in it; "places", at its top level, of a name
# the module that it is imported from, or "" if it is defined there.
Facts = dict[str, Any]


def facts(path: Path) -> Facts:
    """Return what a source file does and imports; see `Facts`.

    Of what is held that which runs, whatever is in the file by now.
    """
    if str(path) in _running:
        return _running[str(path)]
    state = [*state_of(path), *_OWN]
    found = _kept().get(str(path))
    if found is None or found["state"] != state:
        found = {"state": state, **_facts(path.read_bytes())}
        _kept()[str(path)] = found
        _new.append(path)
    return found


def hold(path: Path, source: bytes) -> None:
    """Keep what a source does for as long as the process runs it."""
    _running[str(path.resolve())] = _facts(source)


class Taken(SourceFileLoader):
    """Loads a module from the very bytes that its digest is of.

    Not from what Python has compiled before, which it takes for that of any file of the
    same size and second.
    """

    def get_code(self, fullname: str) -> CodeType:
        """Return the program of the file, whose facts are kept from now on."""
        source = Path(self.path).read_bytes()
        code: CodeType = self.source_to_code(source, self.path)
        hold(Path(self.path), source)
        return code


def keep() -> None:
    """Keep what was found since the last time, if there is room."""
    if _new:
        _new.clear()
        there = {path: found for path, found in _kept().items() if Path(path).exists()}
        with suppress(OSError), whole(KEPT) as draft:
            draft.write_text(json.dumps(there), "utf-8")


def state_of(path: Path) -> tuple[int, int, int, int]:
    """Return what is another once a file was changed."""
    status = path.stat()
    return (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


_OWN = state_of(Path(__file__))
_new: list[Path] = []
_running: dict[str, Facts] = {}


@cache
def _kept() -> dict[str, Facts]:
    with suppress(OSError, ValueError):
        found = json.loads(KEPT.read_text("utf-8"))
        if isinstance(found, dict):
            return found
    return {}


def _facts(source: bytes) -> Facts:
    tree = ast.parse(source)
    imports: list[tuple[str, str]] = []
    places: dict[str, str] = {}
    for line in tree.body:
        if isinstance(line, ast.ImportFrom) and line.module:
            places |= dict.fromkeys([each.name for each in line.names], line.module)
        elif isinstance(line, ast.FunctionDef | ast.ClassDef):
            places[line.name] = ""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            imports += [(module, each.name) for each in node.names]
        elif isinstance(node, ast.Import):
            imports += [(each.name, "") for each in node.names]
        elif (
            isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and ast.get_docstring(node, clean=False) is not None
        ):
            node.body = node.body[1:]
        elif isinstance(node, ast.JoinedStr):  # Python 3.12 adds texts that are empty
            node.values = [
                part for part in node.values if getattr(part, "value", None) != ""
            ]
    program = hashlib.sha256(_spelt(tree).encode()).hexdigest()
    return {"program": program, "imports": imports, "places": places}


def _spelt(tree: ast.AST) -> str:
    """Return a program as text, the same for each Python that reads it.

    Unlike `ast.dump`, which shows fields that older Pythons do not have, or hides some.
    A node is its kind and the names of its fields, a list its length; what is in them
    follows, so that no program is spelt as another one.
    """
    told: list[str] = []
    ahead: list[Any] = [tree]
    while ahead:
        each = ahead.pop()
        if isinstance(each, ast.AST):
            told.append(type(each).__name__)
            for name in each._fields:
                value = getattr(each, name, None)
                if value is not None and value != []:
                    told.append(name)
                    ahead.append(value)
        elif isinstance(each, list):
            told.append(f"{len(each)}")
            ahead += each
        else:  # in ASCII: what is shown of other characters differs too
            told.append(f"{type(each).__name__} {each!a}")
    return "\n".join(told)
