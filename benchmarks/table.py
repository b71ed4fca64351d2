"""results.csv as the table of the README: ``python -m benchmarks.table``."""

import csv
from collections.abc import Iterator
from pathlib import Path

LARGER = {"ns": "us", "us": "ms", "ms": "s"}
HEADER = "| | ours | peer | its value | ratio [spread] | target |"


def lines(path: Path = Path(__file__).parent / "results.csv") -> Iterator[str]:
    """Yield the table's lines; a figure with several peers is named once."""
    yield HEADER
    yield "| --- " * 6 + "|"
    before = None
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            name = row["name"]
            if not name.startswith("gdexp"):  # a command is spelled as it is
                name = name[0].upper() + name[1:]
            ours, theirs = (quantity(row[f"{k}_median"], row) for k in ("ours", "peer"))
            ratio, *spread = (
                number(float(row[f"ratio_{k}"])) for k in ("median", "min", "max")
            )
            cells = ["" if name == before else name, ours, row["peer"]]
            cells += ["" if row["peer"].startswith("limit of") else theirs]
            cells += [f"{ratio} [{', '.join(spread)}]", row["target"]]
            yield f"| {' | '.join(cells)} |"
            before = name


def quantity(text: str, row: dict[str, str]) -> str:
    """Spell out a value in the unit that suits its size."""
    value, unit = float(text), row["unit"]
    while value >= 1000 and unit in LARGER:
        value, unit = value / 1000, LARGER[unit]
    return f"{number(value)} {unit}"


def number(value: float) -> str:
    """Spell out three digits, without a power of ten."""
    return f"{float(f'{value:.3g}'):,g}"


if __name__ == "__main__":
    print("\n".join(lines()))
