"""All verdicts, as a table and as a page."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_args

import pandas as pd

from gdexp.claims.evidence import Evidence
from gdexp.claims.verdict import NOT_MEASURED, Claim, Verdict
from gdexp.util.files import whole
from gdexp.util.tables import TEXT, Types, records_of, table_of

VERDICTS: Types = dict.fromkeys(
    ("claim", "text", "source", "expected", "measured", "verdict", "reason"), TEXT
)


def claims_table(
    catalogues: Mapping[str, Sequence[Claim]], evidence: Evidence
) -> pd.DataFrame:
    """Return one row per claim, see `VERDICTS`.

    A catalogue of which nothing was measured is about other experiments, and left out;
    not the first one, if there is nothing else.
    """
    found = {
        name: [(claim, claim.finding(evidence)) for claim in claims]
        for name, claims in catalogues.items()
    }
    told = [
        claims
        for claims in found.values()
        if any(finding.measured != NOT_MEASURED for _, finding in claims)
    ]
    rows = [
        {
            "claim": claim.name,
            "text": claim.text,
            "source": claim.source,
            "expected": claim.expected,
            "measured": finding.measured,
            "verdict": finding.verdict,
            "reason": finding.why,
        }
        for claims in told or list(found.values())[:1]
        for claim, finding in claims
    ]
    return table_of(rows, VERDICTS)


def tally(table: pd.DataFrame) -> str:
    """Return how many claims have each verdict, also those that none has.

    >>> tally(pd.DataFrame({"verdict": ["holds", "undecided", "holds"]}))
    '2 holds, 0 fails, 1 undecided'
    """
    counts = table["verdict"].value_counts()
    return ", ".join(
        f"{counts.get(verdict, 0)} {verdict}" for verdict in get_args(Verdict)
    )


def claims_page(table: pd.DataFrame, path: str | Path, mark: str = "") -> None:
    """Write the page of verdicts, in Markdown, below a mark if it is in part."""
    lines = [
        "# Claims",
        "",
        *([f"**{mark}**", ""] if mark else []),
        f"{len(table)} claims: {tally(table)}. An interval that lies in the expected"
        " range holds, one outside it fails, anything else is undecided. Intervals are"
        " 95 %.",
        "",
        "The expected ranges were fixed before these runs; nothing is tuned to pass."
        " Bounds and counts follow from the sources or from derivations. The exponents'"
        " ranges [0.93, 1.05] and [0.43, 0.55], the step edges and the 0.05 for noise"
        " are in line with earlier measurements on the same reconstructed data: they"
        " test that a result repeats, not that the paper's own data behave so. A"
        " threshold that neither gives is marked as ours.",
        "",
        "| | claim | source | expected | measured | verdict |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for number, row in enumerate(records_of(table), start=1):
        reason = f": {row['reason']}" if row["reason"] else ""
        verdict = f"**{row['verdict']}**{reason}"
        cells = [
            str(number),
            row["text"],
            row["source"],
            row["expected"],
            row["measured"],
            verdict,
        ]
        texts = (" ".join(str(cell).split()).replace("|", "\\|") for cell in cells)
        lines.append(f"| {' | '.join(texts)} |")
    with whole(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", "utf-8")
