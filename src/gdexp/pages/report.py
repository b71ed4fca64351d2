"""Pages of the report: the tables as a browser shows them, and what made them."""

import html
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from gdexp.pages.markup import VERDICTS, table, write
from gdexp.util.provenance import made_by
from gdexp.util.tables import records_of

PACKAGES = ("snakemake", "mlflow", "numpy", "numba", "pandas", "seaborn", "matplotlib")
STYLE = (
    """
body { font: 15px/1.45 system-ui, sans-serif; margin: 1.5rem; color: #222;
  background: #fff }
h1 { font-size: 1.3rem } table { border-collapse: collapse; font-size: 14px }
th, td { padding: .3rem .7rem; text-align: left; vertical-align: top;
  border-bottom: 1px solid #ddd }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
pre { background: #f6f6f6; padding: 1rem; overflow-x: auto }
"""
    + VERDICTS
)


def exponents_page(exponents: pd.DataFrame, path: str | Path) -> None:
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
        for row in records_of(exponents)
    ]
    lead = (
        "Least-squares slope of log T on log d, T being the iterations until every"
        " margin is positive, with 95 % bootstrap intervals over seeds. Capped cells"
        " count as censored, diverged ones as never separated."
    )
    names = "experiment,model,statistic of T,exponent,95 % interval,dims,cells,capped,"
    body = table([*names.split(",")[:-1], "diverged", "note"], rows)
    _write("Exponents", f"<p>{lead}</p>{body}", path)


def verdicts_page(claims: pd.DataFrame, path: str | Path) -> None:
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
        for row in records_of(claims)
    ]
    names = ["verdict", "claim", "source", "expected", "measured", "reason"]
    _write("Claims", table(names, rows), path)


def setup_page(config: Mapping[str, Any], path: str | Path) -> None:
    """Write the configuration, and the versions and machine that computed it."""
    versions: dict[str, object] = dict(made_by())
    versions |= {name: version(name) for name in PACKAGES}
    versions["machine"] = f"{platform.system()} {platform.machine()}"
    rows = [[(name, ""), (value, "")] for name, value in versions.items()]
    text = yaml.safe_dump(dict(config), sort_keys=False, width=88, allow_unicode=True)
    body = f"{table(['', ''], rows)}<pre>{html.escape(text)}</pre>"
    _write("Versions and configuration", body, path)


def _number(x: float) -> str:
    return "" if pd.isna(x) else f"{x:.3f}"


def _interval(low: float, high: float) -> str:
    return "" if pd.isna(low) else f"{low:.3f} to {high:.3f}"


def _write(title: str, body: str, path: str | Path) -> None:
    write(path, title, STYLE, f"<h1>{title}</h1>{body}")
