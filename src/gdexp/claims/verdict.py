"""What a claim is, and how a measurement becomes a verdict.

A measurement with an interval holds if the whole interval lies in the expected range,
fails if all of it lies outside, and is undecided in between. Exact statements hold or
fail. What was not measured is undecided, with the reason.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from gdexp.claims.evidence import Evidence, MissingError
from gdexp.grid.guests import guests
from gdexp.util.errors import GdexpError, line_of, shown

Verdict = Literal["holds", "fails", "undecided"]
NOT_MEASURED, FAILED = "not measured", "could not be judged"
BELOW, ABOVE = (0.0, math.nextafter(1, 0)), (math.nextafter(1, 2), math.inf)  # 1


@dataclass(frozen=True)
class Finding:
    """What was measured and what follows.

    Attributes
    ----------
    measured : str
        The numbers, with their interval where they have one.
    verdict : {"holds", "fails", "undecided"}
    reason : str
        Why it is undecided or fails; empty otherwise.
    seeds : int
        How many would decide what is undecided, were the rest the same; 0 if unknown.
    """

    measured: str
    verdict: Verdict
    reason: str = ""
    seeds: int = 0

    def __post_init__(self) -> None:
        for name in ("measured", "reason"):
            if not isinstance(text := getattr(self, name), str):
                raise ValueError(f"Finding.{name} {shown(text)}; allowed: a text")
        if self.verdict not in (known := get_args(Verdict)):
            what = f"Finding.verdict {shown(self.verdict)}"
            raise ValueError(f"{what}; allowed: {', '.join(known)}")

    @property
    def why(self) -> str:
        """The reason, and how many seeds would decide."""
        enough = f"about {self.seeds:,} seeds would decide, were the rest the same"
        return f"{self.reason}; {enough}" if self.seeds else self.reason


Judge = Callable[[Evidence], Finding]


@dataclass(frozen=True)
class Claim:
    """A claim that numbers can decide.

    Attributes
    ----------
    name, text, source, expected : str
        A short name, what is claimed, the source mark, and what to expect.
    judge : callable
        ``judge(evidence) -> Finding``; may raise `MissingError`.
    """

    name: str
    text: str
    source: str
    expected: str
    judge: Judge

    def __post_init__(self) -> None:
        for name in ("name", "text", "source", "expected"):
            text = getattr(self, name)
            if not (isinstance(text, str) and text.isprintable()):
                what = f"Claim.{name} {shown(text)}"
                raise ValueError(f"{what}; allowed: a text of one line")

    def finding(self, evidence: Evidence) -> Finding:
        """Judge the claim; undecided if what it needs is not there, or if it fails."""
        try:
            with guests():
                found = self.judge(evidence)
            if not isinstance(found, Finding):
                raise TypeError(f"a {type(found).__name__}; allowed: a Finding")
        except MissingError as reason:
            return Finding(NOT_MEASURED, "undecided", str(reason))
        except Exception as error:  # the other claims are judged all the same
            why = str(error) if isinstance(error, GdexpError) else line_of(error)
            return Finding(FAILED, "undecided", why)
        return found


def within(
    low: float,
    high: float,
    expected: tuple[float, float],
    measured: str,
    seeds: int | None = None,
) -> Finding:
    """Judge an interval [low, high] by an expected range.

    With the number of seeds behind it, what is undecided says how many would decide.

    >>> within(0.95, 1.0, (0.93, 1.05), "0.97").verdict
    'holds'
    >>> within(0.4, 0.5, (0.93, 1.05), "0.45").verdict
    'fails'
    >>> within(0.9, 1.0, (0.93, 1.05), "0.95").verdict
    'undecided'
    >>> within(0.5, 0.75, (0.5625, 1), "0.6", seeds=4).why.partition("; ")[2]
    'about 16 seeds would decide, were the rest the same'
    >>> within(0.5, math.inf, (1, math.inf), "2, a run given up", seeds=4).why
    'the interval leaves [1, inf] in part'
    """
    if not low <= high:  # a number that is none
        return Finding(measured, "undecided", "there is no interval")
    if expected[0] <= low and high <= expected[1]:
        return Finding(measured, "holds")
    span = f"[{expected[0]:g}, {expected[1]:g}]"
    if high < expected[0] or low > expected[1]:
        return Finding(measured, "fails", f"the interval lies outside {span}")
    enough = 0
    middle, half = (low + high) / 2, (high - low) / 2
    room = min(abs(middle - bound) for bound in expected)
    if seeds is not None and room > 0 and math.isfinite(half):
        enough = math.ceil(seeds * (half / room) ** 2)
    reason = f"the interval leaves {span} in part"
    return Finding(measured, "undecided", reason, enough)


def equal(true: bool, measured: str, otherwise: str) -> Finding:
    """Judge an exact statement.

    >>> equal(1 + 1 == 3, "2", otherwise="1 + 1 is 2").verdict
    'fails'
    """
    return Finding(measured, "holds") if true else Finding(measured, "fails", otherwise)


def both(*findings: Finding) -> Finding:
    """Join findings: the worst verdict, all numbers, each reason once, and seeds.

    One or more: what was compared with nothing was not measured.
    """
    if not findings:
        raise MissingError("nothing that was run is what the claim is about")
    order: Sequence[Verdict] = ("holds", "undecided", "fails")
    verdict = max((finding.verdict for finding in findings), key=order.index)
    reasons = Counter(finding.reason for finding in findings if finding.reason)
    # of a claim that fails nothing is left to decide; nor do seeds decide all of one
    # where a part has no such number
    open_ = [each.seeds for each in findings if each.verdict == "undecided"]
    return Finding(
        "; ".join(finding.measured for finding in findings if finding.measured),
        verdict,
        "; ".join(
            reason + (f" ({count} of {len(findings)})" if count > 1 else "")
            for reason, count in reasons.items()
        ),
        max(open_) if verdict == "undecided" and all(open_) else 0,
    )
