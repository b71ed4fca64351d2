"""Pages of the report: the tables as a browser shows them, and what made them."""

import html
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from gdexp.claims.verdict import records_of
from gdexp.util.files import whole
from gdexp.util.provenance import made_by

PACKAGES = ("snakemake", "mlflow", "numpy", "numba", "pandas", "seaborn", "matplotlib")
# Text of a verdict and a bar beside it, not the colour alone
STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 1.5rem; color: #222;
  background: #fff }
h1 { font-size: 1.3rem } table { border-collapse: collapse; font-size: 14px }
th, td { padding: .3rem .7rem; text-align: left; vertical-align: top;
  border-bottom: 1px solid #ddd }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
td.holds { border-left: 5px solid #029e73 } td.fails { border-left: 5px solid #d55e00 }
td.undecided { border-left: 5px solid #949494 }
pre { background: #f6f6f6; padding: 1rem; overflow-x: auto }
"""


def exponents_page(table: pd.DataFrame, path: str | Path) -> None:
    """Write exponents.csv as a page: slopes, intervals, censoring."""
    rows = [
        [
            (row["experiment"], ""),
            (row["model"], ""),
            (row["statistic"], ""),
            (_number(row["exponent"]), "number"),
            (_interval(row["ci_low"], row["ci_high"]), "number"),
            (f"{row['dims_used']} of {row['dims']}", "number"),
            *((f"{count:,}", "number") for count in (row["cells"], row["capped"])),
            (f"{row['diverged']:,}", "number"),
            (row["note"], ""),
        ]
        for row in records_of(table)
    ]
    lead = (
        "Least-squares slope of log T on log d, T being the iterations until every"
        " margin is positive, with 95 % bootstrap intervals over seeds. Capped cells"
        " count as censored, diverged ones as never separated."
    )
    names = "experiment,model,statistic of T,exponent,95 % interval,dims,cells,capped,"
    body = _table([*names.split(",")[:-1], "diverged", "note"], rows)
    _write("Exponents", f"<p>{lead}</p>{body}", path)


def verdicts_page(table: pd.DataFrame, path: str | Path) -> None:
    """Write claims.csv as a page."""
    rows = [
        [
            (row["verdict"], row["verdict"]),
            (row["text"], ""),
            (row["source"], ""),
            (row["expected"], ""),
            (row["measured"], ""),
            (row["reason"], ""),
        ]
        for row in records_of(table)
    ]
    names = ["verdict", "claim", "source", "expected", "measured", "reason"]
    _write("Claims", _table(names, rows), path)


def setup_page(config: Mapping[str, Any], path: str | Path) -> None:
    """Write the configuration, and the versions and machine that computed it."""
    versions: dict[str, object] = dict(made_by())
    versions |= {name: version(name) for name in PACKAGES}
    versions["machine"] = f"{platform.system()} {platform.machine()}"
    rows = [[(name, ""), (value, "")] for name, value in versions.items()]
    text = yaml.safe_dump(dict(config), sort_keys=False, width=88, allow_unicode=True)
    body = f"{_table(['', ''], rows)}<pre>{html.escape(text)}</pre>"
    _write("Versions and configuration", body, path)


def _number(x: float) -> str:
    return "" if pd.isna(x) else f"{x:.3f}"


def _interval(low: float, high: float) -> str:
    return "" if pd.isna(low) else f"{low:.3f} to {high:.3f}"


def _table(names: list[str], rows: list[list[tuple[Any, str]]]) -> str:
    head = "".join(f"<th>{html.escape(name)}</th>" for name in names)
    body = "".join(
        "<tr>"
        + "".join(f'<td class="{kind}">{html.escape(str(x))}</td>' for x, kind in row)
        + "</tr>\n"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table>"


def _write(title: str, body: str, path: str | Path) -> None:
    with whole(path) as temporary:
        temporary.write_text(
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}'
            f"</title><style>{STYLE}</style><h1>{title}</h1>{body}</html>\n",
            "utf-8",
        )
