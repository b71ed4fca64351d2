"""The site of `make docs`: these pages, the README, and the API from the docstrings.

By Sphinx with MyST and Furo: it reads the Markdown that GitHub shows as it is, has the
numpy docstrings built in, tells a broken link as a warning (which ends `make docs`),
and its search is a script and an index beside the pages: it works without a network,
from `python -m http.server` or from the disk. Furo asks no other server for fonts or
scripts. MkDocs 1 gets no new versions, and pdoc makes pages of modules only.
"""

import inspect
import re
from collections.abc import Iterator, Mapping
from importlib.metadata import version as version_of
from typing import Any

from sphinx.addnodes import pending_xref

from gdexp import DATASETS, LOSSES, METHODS, MODELS, OBSERVABLES
from gdexp.stats.statistics import STATISTICS
from gdexp.studies import STUDIES

project = "gdexp"
release = version_of("gdexp")
copyright = "the authors of gdexp"
html_title = f"gdexp {release}"
html_theme = "furo"
html_copy_source = html_show_sourcelink = False
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["site", "examples", "figures"]
myst_heading_anchors = 4  # as GitHub has them
myst_links_external_new_tab = False
smartquotes = False  # what stands in quotes is code as a rule
default_role = "py:obj"  # `name` in a docstring is a link if there is such a page
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # numpy docstrings tell them, with shapes
napoleon_google_docstring = False
napoleon_use_rtype = False

KINDS: dict[str, Mapping[str, Any]] = {
    "Datasets": DATASETS,
    "Models": MODELS,
    "Losses": LOSSES,
    "Methods": METHODS,
    "Observables": OBSERVABLES,
    "Statistics": STATISTICS,
    "Studies": STUDIES,
}
FENCE = "```"
# what means something else in reStructuredText: |w|, v*, and a name that ends in _
MARKS = re.compile(r"[|*]|(?<=\w)_(?!\w)")


def reference() -> Iterator[str]:
    """Yield the page of all members, in Markdown: those that `gdexp list` knows."""
    for kind, known in KINDS.items():
        yield f"## {kind}\n"
        for name, member in known.items():
            path = f"{inspect.getmodule(member).__name__}.{member.__name__}"
            told = getattr(member, "formula", "")
            told = f"``{told}``, {member.source}" if told else member.source
            yield f"### {name}\n\n{told}\n"
            yield f"{FENCE}{{eval-rst}}\n.. autoclass:: {path}\n{FENCE}\n"


def as_page(app: Any, page: str, source: list[str]) -> None:
    """Let the README be the first page, and put the members behind theirs."""
    source[0] = source[0].replace("](../README.md", "](index.md")
    if page == "reference":
        source[0] += "\n" + "\n".join(reference())


def as_text(
    app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]
) -> None:
    """Let a docstring say what it says to who reads the source."""
    code = False
    for i, line in enumerate(lines):
        code = line.lstrip().startswith((">>>", "...")) or (code and line.strip() != "")
        if not code:
            parts = re.split(r"(`+[^`]*`+)", line)
            parts[::2] = [MARKS.sub(r"\\\g<0>", part) for part in parts[::2]]
            lines[i] = "".join(parts)


def without_letters(app: Any, page: Any) -> None:
    """Let the n of a shape be no link to whatever else is called n."""
    for link in list(page.findall(pending_xref)):
        if len(link["reftarget"]) == 1:
            link.replace_self(link.children)


def setup(app: Any) -> None:
    """Tell Sphinx of these."""
    app.connect("doctree-read", without_letters)
    app.connect("source-read", as_page)
    app.connect("autodoc-process-docstring", as_text, priority=100)  # before napoleon
