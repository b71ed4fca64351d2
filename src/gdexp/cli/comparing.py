"""``gdexp diff``: two cells, entries or results folders beside each other."""

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any

from gdexp.grid.grid import load
from gdexp.records.differences import differences
from gdexp.records.sides import side
from gdexp.stats.statistics import STATISTICS
from gdexp.util.errors import ConfigError, escaped, unknown

MOST = 12  # cells that are named, of a kind; --json has all of them
MEMBERS = {"dataset", "model", "algorithm", "loss", "observe"}  # whose code is run
TIMES = {"iterations", "gradients", "updates"}  # to the separation
Pair = Sequence[Any]


def add(known: Any) -> list[argparse.ArgumentParser]:
    """Add the command to a parser; its exit status is that of diff."""
    parser: argparse.ArgumentParser = known.add_parser(
        "diff",
        help="tell in what two cells, entries or results folders differ",
        description="What was run and what came out, where two cells, entries or"
        " results folders differ. The exit status is 0 if they are the same, 1 if they"
        " differ, 2 if they cannot be compared.",
        epilog="example: gdexp diff two-sample/conv2-gd two-sample/conv2-gd",
    )
    parser.set_defaults(command=diff, failed=2)
    what = "a results folder, a record file, EXPERIMENT/ENTRY, EXPERIMENT/ENTRY/dD/sS"
    parser.add_argument("a", metavar="A", help=what)
    parser.add_argument("b", metavar="B", help="likewise")
    parser.add_argument(
        "--statistic",
        metavar="NAME",
        help=f"that entries are compared by: one of {', '.join(STATISTICS)}; default:"
        " that of the configuration, or the mean",
    )
    parser.add_argument("--json", action="store_true", help="print it for programs")
    return [parser]


def diff(options: argparse.Namespace) -> int:
    """Print in what two sides differ; return 1 if they do."""
    grid = cache(partial(load, options.config))
    a, b = side(options.a, grid), side(options.b, grid)
    if options.statistic is not None and options.statistic not in STATISTICS:
        raise ConfigError(unknown("--statistic", options.statistic, STATISTICS))
    statistic = options.statistic
    if statistic is None:
        statistic = grid().statistic if grid.cache_info().currsize else "mean"
    found = differences(a, b, statistic)
    if options.json:
        print(json.dumps(found))
    else:
        print("\n".join(lines(found)))
    return 0 if found["same"] else 1


def lines(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of differences, for people."""
    yield f"A  {escaped(found['a'])}"
    yield f"B  {escaped(found['b'])}"
    if found["kind"] == "results folder":
        yield from _folders(found)
    else:
        yield from _section("what was run", found["run"])
        if found["kind"] == "cell":
            yield from _outcome(found)
        else:
            yield from _dims(found)
    yield from _origin(found["made_by"], found.get("run", {}))
    yield "they are the same" if found["same"] else "they differ"


def _section(title: str, pairs: Mapping[str, Pair]) -> Iterator[str]:
    if not pairs:
        yield f"{title}: the same"
        return
    yield f"{title}"
    rows: list[Sequence[str]] = [("", "A", "B")]
    rows += [(name, *map(_text, pair)) for name, pair in pairs.items()]
    yield from _columns(rows)


def _origin(pairs: Mapping[str, Pair], run: Mapping[str, Pair]) -> Iterator[str]:
    """Yield what made them, and what of it makes no difference by itself."""
    counted = {f"{key} digest": pairs[key] for key in ("code", "data") if key in pairs}
    others = {key: pair for key, pair in pairs.items() if key not in ("code", "data")}
    yield from _section("code and data", counted)
    if "code" in pairs and run.keys() & MEMBERS:
        yield "  (other code was run, as other members were)"
    if others:
        yield from _section("versions and machine, which are told only", others)


def _outcome(found: Mapping[str, Any]) -> Iterator[str]:
    yield "what came out"
    rows = [("", "A", "B", "")]
    ended = found["outcome"]["outcome"] == ["separated", "separated"]
    for name, (a, b) in found["outcome"].items():
        # b over a, where that says something
        said = f"x {b / a:.3g}" if ended and name in TIMES and a and b else "differs"
        rows.append((name, _text(a), _text(b), "" if a == b else said))
    yield from _columns(rows)
    parted = found["trajectory"]
    if parted:
        a, b = map(_text, parted["values"])
        yield (
            f"  the trajectories part at iteration {parted['iteration']}, in"
            f" {parted['series']}: {a} and {b}"
        )


def _dims(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"what came out: {found['statistic']} of T by dim"
    rows: list[Sequence[str]] = [
        ("d", "A", "B", "B / A", "[95 %]", "seeds", "of another T")
    ]
    for row in found["dims"]:
        low, high = row["ratio_low"], row["ratio_high"]
        a, b = row["cells"]
        shared = a - row["only"][0]
        seeds = f"{a}" if a == b else f"{a} and {b}"
        seeds += "" if a == b == shared else f", {shared} shared"
        rows.append(
            (
                str(row["dim"]),
                *map(_text, row["value"]),
                "-" if row["ratio"] is None else f"{row['ratio']:.3g}",
                "-" if low is None else f"[{low:.3g}, {high:.3g}]",
                seeds,
                str(row["differ"]),
            )
        )
    yield from _columns(rows)
    other = sum(row["other"] - row["differ"] for row in found["dims"])
    if other:
        what = "seeds of the same T with another loss, certificate or path"
        yield f"  {what}: {other:,}"


def _folders(found: Mapping[str, Any]) -> Iterator[str]:
    a, b = found["cells"]
    yield f"cells: {a:,} in A, {b:,} in B, {found['common']:,} in both"
    for name, told in (
        ("only_a", "only in A"),
        ("only_b", "only in B"),
        ("other_settings", "in both, with other settings"),
        ("other_code_or_data", "in both, by another program or of other data"),
    ):
        if found[name]:
            yield f"{told}: {len(found[name]):,}"
            yield from _some(f"  {key}" for key in found[name])
    differ = found["differ"]
    if not differ:
        yield "what came out of those in both: the same"
        return
    yield f"what came out differs: {len(differ):,} of {found['common']:,}"
    for entry, (number, other) in _by_entry(differ).items():
        yield f"  {entry}: {number:,}, {other:,} of them with another T or outcome"
    rows = [("", "A", "B")]
    for each in differ:
        ends = zip(each["outcome"], each["iterations"], strict=True)
        rows.append((each["cell"], *(f"{end} {t:,}" for end, t in ends)))
    yield from _columns(rows[: MOST + 1])
    yield from _more(len(differ))


def _by_entry(differ: Iterable[Mapping[str, Any]]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for each in differ:
        entry = "/".join(each["cell"].split("/")[:2])
        number, other = found.get(entry, (0, 0))
        ends = each["outcome"], each["iterations"]
        found[entry] = number + 1, other + any(a != b for a, b in ends)
    return found


def _some(each: Iterable[str]) -> Iterator[str]:
    known = list(each)
    yield from known[:MOST]
    yield from _more(len(known))


def _more(number: int) -> Iterator[str]:
    if number > MOST:
        yield f"  and {number - MOST:,} more, see --json"


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    return "-" if value is None else f"{value}"


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield rows as columns, two blanks apart."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        yield ("  " + "  ".join(cells)).rstrip()
