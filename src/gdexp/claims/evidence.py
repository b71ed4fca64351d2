"""The tables that claims are judged by, and what they have to have for that."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gdexp.util.errors import GdexpError

if TYPE_CHECKING:
    # every job reads files of one's own, which may make claims
    import pandas as pd


class MissingError(GdexpError):
    """A table that a claim needs is not there, or has no rows for it."""


@dataclass(frozen=True)
class Evidence:
    """The tables that claims are judged by.

    Attributes
    ----------
    cells : DataFrame
        As of `gdexp.records.tables.read_cells`, the settings of members among it.
    exponents, local : DataFrame
    studies : mapping of str to DataFrame
    """

    cells: "pd.DataFrame"
    exponents: "pd.DataFrame"
    local: "pd.DataFrame"
    studies: "Mapping[str, pd.DataFrame]"

    def study(self, name: str) -> "pd.DataFrame":
        """Return the table of a study, which has rows."""
        if name not in self.studies:
            raise MissingError(f"study {name!r} is not in the configuration")
        return there(self.studies[name], f"the study {name!r}")

    def checks(self, name: str) -> "pd.DataFrame":
        """Return the rows of one check of the study ``checks``."""
        table = self.study("checks")
        return there(table[table["check"] == name], f"the check {name!r}")

    def entry(self, experiment: str, model: str) -> "pd.DataFrame":
        """Return the cells of a model entry."""
        cells = self.cells
        return cells[(cells["experiment"] == experiment) & (cells["model"] == model)]

    def exponents_of(
        self, family: str, algorithm: str, statistic: str
    ) -> list[dict[str, Any]]:
        """Return the exponents of all entries on c1 that the claims are about.

        Found by what they are: a Gaussian start; for the linear model one step for all
        d, for the conv model k = 2 and a step that falls like 1 / sqrt(d). One without
        a fit is among them: none may stand in for another.
        """
        from gdexp.util.tables import records_of  # pandas is there by now

        cells, names = self.cells, ["experiment", "model"]
        own = cells[
            (cells["dataset"] == "c1")
            & (cells["family"] == family)
            & (cells["algorithm"] == algorithm)
            & cells["start"].str.startswith("gaussian")
        ]
        power = 0.0
        if family == "conv":
            own, power = own[own["kernel"] == 2], 0.5
        scaled = own.assign(scaled=own["step_size"] * own["dim"] ** power)
        steps = scaled.groupby(names)["scaled"].agg(["min", "max"]).reset_index()
        entries = steps[steps["max"] <= steps["min"] * (1 + 1e-9)]
        rows = self.exponents[self.exponents["statistic"] == statistic]
        found = records_of(entries[names].merge(rows, on=names))
        if not found:
            raise MissingError(
                f"no {family} {algorithm} on c1 with the start and step of the claim in"
                " the configured grid"
            )
        return found


def there(table: "pd.DataFrame", what: str) -> "pd.DataFrame":
    """Return a table that has rows: of none anything may be said."""
    if table.empty:
        raise MissingError(f"{what} has no rows")
    return table


def complete(table: "pd.DataFrame", what: str) -> "pd.DataFrame":
    """Return a table of numbers, none of which is missing: slopes leave those out."""
    lost = int(table.isna().to_numpy().sum())
    if lost:
        raise MissingError(f"{lost} of {table.size} numbers of {what} are missing")
    return table


def largest(values: "pd.Series[Any]") -> float:
    """Return the largest of some numbers, NaN if one of them is none.

    Which is in no range, so that what was not computed is no success.
    """
    return float(values.max(skipna=False))


def doubts(cells: "pd.DataFrame") -> str:
    """Say how many of these cells rest on a sign that was unclear, or on no bound.

    In the one a margin within its rounding error decided something; in the other the
    margins at the end are positive as computed, with no bound on their error.
    """
    counts = {
        "with unclear signs": int((cells["unclear"] > 0).sum()),
        "separated without a bound": int((cells["certificate"] == "computed").sum()),
    }
    told = [f", {n} of {len(cells)} cells {what}" for what, n in counts.items() if n]
    return "".join(told)
