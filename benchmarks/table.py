"""results.csv as the tables of docs/speed.md: ``python -m benchmarks.table``.

With ``first`` as an argument the four rows of the README.
"""

import csv
import re
import sys
from collections.abc import Iterator
from pathlib import Path

LARGER = {"ns": "us", "us": "ms", "ms": "s"}
HEADER = "| | ours | peer | its value | ratio [spread] | target |"


# the four rows of the README
FIRST = (
    ("iteration, two samples, conv gd, d = 2^14", "direct NumPy loop, float64"),
    ("iteration, 5000 images, conv step 0.00390625, float32", "PyTorch float32"),
    ("tracked run, 50 points x 5 keys, CPU", "MLflow's client"),
    ("pipeline of 2,000 tracked cells, wall", "joblib loop with MLflow"),
)

# what docs/speed.md leaves out, as it says what other rows say
ALIKE = re.compile(
    "two samples, (linear|conv perceptron)(?!.*least)"
    "|two samples, conv (gd|heavy_ball|nag)(, d = 2.4)?$"
    "|linear perceptron$"
    "|images, linear"
)


def rows(path: Path = Path(__file__).parent / "results.csv") -> list[dict[str, str]]:
    """Return the lines of results.csv."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def first() -> list[str]:
    """Return the lines of the README's table."""
    found = {(row["name"], row["peer"]): row for row in rows()}
    return table([found[key] for key in FIRST])


def tables() -> Iterator[str]:
    """Yield the lines of all tables, one for each machine."""
    measured = rows()
    for machine in dict.fromkeys(row["machine"] for row in measured):
        yield f"On {machine}:"
        yield ""
        told = [row for row in measured if row["machine"] == machine]
        yield from table([row for row in told if not ALIKE.search(row["name"])])


def table(measured: list[dict[str, str]]) -> list[str]:
    """Return a table's lines; a figure with several peers is named once."""
    lines = [HEADER, "| --- " * 6 + "|"]
    before = None
    for row in measured:
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
        lines.append(f"| {' | '.join(cells)} |")
        before = name
    return lines


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
    print("\n".join(first() if sys.argv[1:] == ["first"] else tables()))
