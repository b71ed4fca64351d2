"""The HTML that pages share: a table, a whole page, and how a verdict looks."""

import html
from collections.abc import Iterable, Sequence
from pathlib import Path

from gdexp.util.files import whole

# a verdict is a word and a bar, not a colour alone
VERDICTS = """td.holds, td.fails, td.undecided { white-space: nowrap }
td.holds { border-left: 5px solid #029e73 } td.fails { border-left: 5px solid #d55e00 }
td.undecided { border-left: 5px solid #949494 }
"""
Cells = Sequence[tuple[object, str]]


def table(names: Sequence[str], rows: Iterable[Cells]) -> str:
    """Return rows as a table, each cell as what it says and its class.

    >>> print(table(["x"], [[("1 < 2", "holds")]]).splitlines()[1])
    <tr><td class="holds">1 &lt; 2</td></tr>
    """
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in names)
    body = "\n".join(
        "<tr>"
        + "".join(f'<td class="{kind}">{html.escape(str(x))}</td>' for x, kind in row)
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="table"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></div>"
    )


def write(path: str | Path, title: str, style: str, body: str) -> None:
    """Write a page that asks for nothing but itself."""
    with whole(path) as temporary:
        temporary.write_text(
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<link rel="icon" href="data:,">'
            f"<title>{html.escape(title)}</title><style>{style}</style></head>\n"
            f"<body><main>\n{body}\n</main></body></html>\n",
            "utf-8",
        )
