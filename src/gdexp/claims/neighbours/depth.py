"""Implicit acceleration by depth alone (arXiv 1802.06509), product or nonlinearity.

A deep linear network is a product without anything nonlinear in the input, and without
the convolution. The source says that depth can accelerate, by no rate in d. It is run
here beside the linear, the diagonal and the conv model, on the same data.
"""

from collections.abc import Iterator
from typing import Any

from gdexp.claims.evidence import Evidence, MissingError
from gdexp.claims.verdict import Claim, Finding, Judge, both, within
from gdexp.stats.seeds import with_interval
from gdexp.util.tables import records_of

PREFIX = "depth-"
LINEAR, PRODUCT, SAME = (0.85, 1.1), (0.4, 0.7), (-0.1, 0.1)


def fits(evidence: Evidence, family: str, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Yield dataset, name, step, seeds and the slope of the median of each entry.

    Of all depths, unless one is asked for. The diagonal network draws nothing, on data
    that are fixed: its slope is exact.
    """
    cells = evidence.cells
    own = cells[
        cells["experiment"].str.startswith(PREFIX) & (cells["family"] == family)
    ]
    if depth:
        own = own[own["depth"] == depth]
    if own.empty:
        raise MissingError(f"no {family} in an experiment {PREFIX}...")
    keys = ["experiment", "model", "dataset", "step"]
    seeds = own.groupby(keys, sort=False)["seed"].nunique().rename("seeds")
    rows = evidence.exponents[evidence.exponents["statistic"] == "median"]
    found = seeds.reset_index().merge(rows, on=["experiment", "model"])
    if len(found) < len(seeds):
        raise MissingError(f"{family}: an entry without a fit")
    for row in records_of(found):
        if family == "diagonal":
            row |= {"ci_low": row["exponent"], "ci_high": row["exponent"]}
            number = f"{row['exponent']:.2f}, exact"
        else:
            number = with_interval(row["exponent"], row["ci_low"], row["ci_high"])
        lost = row["capped"] + row["diverged"]
        text = f"{row['dataset']} {row['model']} {number}"
        text += f" ({lost} of {row['cells']} cells not separated)" if lost else ""
        yield row | {"text": text}


def linear(evidence: Evidence) -> Finding:
    """Judge: the linear model's T grows like d."""
    return both(
        *(
            within(row["ci_low"], row["ci_high"], LINEAR, row["text"], row["seeds"])
            for row in fits(evidence, "linear")
        )
    )


def products(evidence: Evidence) -> Finding:
    """Judge: on two_point products without a convolution are faster than d."""
    return both(
        *(
            within(row["ci_low"], row["ci_high"], PRODUCT, row["text"], row["seeds"])
            for family in ("deep_linear", "diagonal")
            for row in fits(evidence, family)
            if row["dataset"] == "two_point"
        )
    )


def same(family: str, depth: int) -> Judge:
    """Return the judge of whether a product has the slope of conv, on each data set."""

    def judge(evidence: Evidence) -> Finding:
        convs = list(fits(evidence, "conv"))
        findings = []
        for row in fits(evidence, family, depth):
            own = [
                x
                for x in convs
                if (x["dataset"], x["step"]) == (row["dataset"], row["step"])
            ]
            if not own:
                raise MissingError(
                    f"no conv at the step {row['step']} beside {row['dataset']}"
                    f" {row['model']}"
                )
            for conv in own:
                gap = row["exponent"] - conv["exponent"]
                half = (
                    (row["ci_high"] - row["ci_low"]) ** 2
                    + (conv["ci_high"] - conv["ci_low"]) ** 2
                ) ** 0.5 / 2
                text = f"{row['text']}, {conv['text'].partition(' ')[2]}, difference"
                text += f" {with_interval(gap, gap - half, gap + half)}"
                ends = gap - half, gap + half
                findings.append(within(*ends, SAME, text, conv["seeds"]))
        return both(*findings)

    return judge


CLAIMS = (
    Claim(
        "depth-linear",
        "the linear model beside them takes T in proportion to d",
        "paper's text; data reconstruction or ours",
        f"slopes of the median in [{LINEAR[0]:g}, {LINEAR[1]:g}] (the width ours)",
        linear,
    ),
    Claim(
        "depth-products",
        "on two_point a product without convolution or nonlinearity takes fewer: deep"
        " linear and diagonal networks",
        "as measured earlier, with other steps: 0.48 to 0.64",
        f"slopes of the median in [{PRODUCT[0]:g}, {PRODUCT[1]:g}] (the width ours)",
        products,
    ),
    Claim(
        "depth-deep",
        "the product alone has the slope of the conv model: deep linear networks of two"
        " layers from starts of their own, at the same steps",
        "the question after arXiv 1802.06509; the answer was open",
        "differences of the slopes of the median between -0.1 and 0.1 (ours) on each"
        " data set",
        same("deep_linear", 2),
    ),
    Claim(
        "depth-diagonal",
        "so has the diagonal network of two layers, at the same steps",
        "the question after arXiv 1802.06509; the answer was open",
        "differences of the slopes of the median between -0.1 and 0.1 (ours) on each"
        " data set",
        same("diagonal", 2),
    ),
)
