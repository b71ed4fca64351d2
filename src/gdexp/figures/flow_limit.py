"""How far gradient descent is from gradient flow, against the step."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from gdexp.figures.base import About, Plot
from gdexp.figures.layout import legend_beside
from gdexp.figures.style import WIDTH, Drawing, footnote, hue, markers, styled


class FlowLimitPlot(Plot):
    """The time of separation of gradient descent with small steps."""

    name = "flow_limit"
    title = "gradient descent with small steps against gradient flow"
    where = "studies/flow_limit"
    reads = ("studies/flow_limit",)

    def draw(self, table: pd.DataFrame, *, about: About) -> Drawing:
        """Draw the relative error of the time of separation, a panel per model.

        Parameters
        ----------
        table : DataFrame
            As from `gdexp.studies.flow_limit.FlowLimit`.
        about : About

        Returns
        -------
        Drawing
        """
        runs = table[table["step"].notna()]
        whole = runs["iterations"].astype(float)
        runs = runs.assign(
            # one number for all starts: the quotient has its last digits rounded
            share=[float(f"{x:.9g}") for x in runs["step"] / runs["time"]],
            counted=(runs["step"] * whole / runs["time"] - 1).abs(),
            between=(runs["crossing"] / runs["time"] - 1).abs(),
            case=runs["data"] + ", start " + runs["start"],
        )
        models = list(dict.fromkeys(runs["model"]))
        shapes = markers(list(dict.fromkeys(runs["case"])))
        places = {case: i for i, case in enumerate(shapes)}
        frames = []
        with styled():
            figure = Figure(figsize=(WIDTH, 3.0), layout="constrained")
            panels = figure.subplots(1, len(models), sharey=True, squeeze=False)[0]
            handles = {}
            for axes, model in zip(panels, models, strict=True):
                for case, own in runs[runs["model"] == model].groupby(
                    "case", sort=False
                ):
                    colour = hue(model, places[case])
                    spread = _spread(own, "between")
                    late = _spread(own, "counted").assign(min=np.nan, max=np.nan)
                    frames += [
                        each.assign(model=model, case=case, shown=shown)
                        for each, shown in ((spread, "between"), (late, "counted"))
                    ]
                    x = spread["share"]
                    (line,) = axes.plot(
                        x, spread["median"], color=colour, marker=shapes[case], ms=4
                    )
                    ends = spread["min"], spread["max"]
                    axes.fill_between(x, *ends, color=colour, alpha=0.15)
                    axes.plot(x, late["median"], color=colour, ls=":", lw=1.1)
                    handles[f"{model}, {case}"] = line
                guide = runs["share"].drop_duplicates().sort_values()
                axes.plot(guide, guide, color="0.6", lw=0.8, ls="--", zorder=0)
                axes.set_xscale("log")
                axes.set_yscale("log")
                axes.xaxis.set_minor_formatter(NullFormatter())
                axes.set_title(model)
                axes.set_xlabel("step / $t^*$")
            panels[0].set_ylabel("relative error of the\ntime of separation")
            legend_beside(
                figure, list(handles.values()), list(handles), heading="model, data"
            )
            footnote(figure, about.note)
            sns.despine(figure)
        caption = (
            "Relative distance of the time at which gradient descent separates from"
            f" that of gradient flow, t*, at d = {runs['dim'].iloc[0]}, against the"
            " step over t*. Markers: where the smallest margin, linear between"
            " iterates, is 0; dotted: step T, a whole number of steps."
            f" Median over up to {runs['seed'].nunique()} starts that do not separate"
            " by themselves, shaded from the smallest to the largest, no interval; one"
            f" start at zero. Dashed: a step. {about.note}"
        )
        columns = ["model", "case", "shown", "share", "median", "min", "max"]
        return Drawing(figure, pd.concat(frames, ignore_index=True)[columns], caption)


def _spread(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the median, the smallest and the largest for each step over t*."""
    groups = table.groupby("share")[column]
    return groups.agg(["median", "min", "max"]).reset_index()
