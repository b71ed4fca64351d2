"""Views of an experiment in MLflow's UI, for a browser that was never there before.

The UI keeps a view that somebody shares in a tag of the experiment, as JSON, and shows
it to whoever follows a link with its key. Only what differs from the UI's own defaults
is said.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SHARED = "mlflow.sharedViewState."  # and the key of the view
CELLS = "tags.`gdexp.kind` = 'cell' and tags.`gdexp.current` = 'true'"
COLUMNS = (
    "params.`name`",
    "metrics.`dim`",
    "params.`seed`",
    "metrics.`iterations`",
    "tags.`outcome`",
    "tags.`certificate`",
)
CURVES = ("loss", "accuracy", "misclassified", "min_margin")
SECTION, HEIGHT = "gdexp", 320
LOADED = 100  # runs, before the UI asks whether to load more


@dataclass(frozen=True)
class Views:
    """The views of an experiment.

    ``list`` has the columns that matter, the slowest cells first; ``curves`` the curves
    at one dim, a colour for each entry, the mean of those of its runs that go on;
    ``groups`` the mean iterations of each entry at each dim, of each outcome by itself:
    T of a run that was given up is not known, but that it is larger.

    Parameters
    ----------
    middle : int
        The dim of the curves.
    entries, dims, seeds : int
        How many there are. The UI draws the first 100 runs of a view: as many seeds as
        that has room for are asked for, lest the slowest runs be all that is drawn.

    Examples
    --------
    >>> some = Views(64, entries=4, dims=9, seeds=100)
    >>> list(some.states)
    ['list', 'curves', 'groups']
    >>> some.states["curves"]["searchFilter"].partition("true' and ")[2]
    "params.dim = '64' and params.seed LIKE '_'"
    >>> keys = some.states["groups"]["groupBy"]["groupByKeys"]
    >>> [(key["mode"], key["groupByData"]) for key in keys]
    [('param', 'name'), ('param', 'dim'), ('tag', 'outcome')]
    >>> [words for words, _ in some.links("#/experiments/1")][1:]
    ['curves at d = 64, seeds 0 to 9', 'by entry, dim and outcome, seed 0']
    """

    middle: int
    entries: int = 1
    dims: int = 1
    seeds: int = 1

    @property
    def states(self) -> dict[str, Mapping[str, Any]]:
        """What the UI is to show, by the key of a view."""
        common = {
            "orderByKey": "metrics.`iterations`",
            "orderByAsc": False,
            "selectedColumns": list(COLUMNS),
            "runsHiddenMode": "SHOW_ALL",
        }
        at = f"{CELLS} and params.dim = '{self.middle}'"
        curves = [_line(metric) for metric in CURVES]
        return {
            "list": {**common, "searchFilter": CELLS},
            "curves": {
                **common,
                "searchFilter": at + self._few(self.entries)[0],
                **_charts("curves", curves, columns=2),
                **_grouped(name="param"),
            },
            "groups": {
                **common,
                "searchFilter": CELLS + self._few(self.entries * self.dims)[0],
                **_charts("iterations", [_bars("iterations")], columns=1),
                **_grouped(name="param", dim="param", outcome="tag"),
            },
        }

    @property
    def tags(self) -> dict[str, str]:
        """The tags of the experiment that keep its views."""
        return {SHARED + key: json.dumps(state) for key, state in self.states.items()}

    def links(self, page: str) -> list[tuple[str, str]]:
        """Return the words and the address of each view, `page` the experiment's."""
        curves, groups = self._few(self.entries), self._few(self.entries * self.dims)
        words = {
            "list": "All cells, the slowest first",
            "curves": f"curves at d = {self.middle}{curves[1]}",
            "groups": f"by entry, dim and outcome{groups[1]}",
        }
        return [
            (
                words[key],
                f"{page}/runs?viewStateShareKey={key}"
                + ("" if key == "list" else "&compareRunsMode=CHART"),
            )
            for key in self.states
        ]

    def _few(self, each: int) -> tuple[str, str]:
        """Return the condition that so many runs of each seed leave, and its words."""
        if each * self.seeds <= LOADED:
            return "", ""
        if each * 10 <= LOADED:
            return " and params.seed LIKE '_'", ", seeds 0 to 9"
        return " and params.seed = '0'", ", seed 0"


def _charts(
    name: str, charts: Sequence[Mapping[str, Any]], columns: int
) -> dict[str, Any]:
    """Return these charts in one section, before those that the UI makes itself."""
    section = {"uuid": SECTION, "name": name, "display": True, "isReordered": False}
    return {
        "runListHidden": True,
        "compareRunCharts": list(charts),
        "compareRunSections": [{**section, "columns": columns, "cardHeight": HEIGHT}],
        "isAccordionReordered": True,
    }


def _grouped(**modes: str) -> dict[str, Any]:
    keys = [{"mode": mode, "groupByData": name} for name, mode in modes.items()]
    return {"groupBy": {"aggregateFunction": "average", "groupByKeys": keys}}


def _line(metric: str) -> dict[str, Any]:
    """Return a chart of curves against the iteration, which is on a log scale.

    Losses are not: the last one may be 1e-200, and little else would be seen.
    """
    return {
        **{"type": "LINE", "uuid": f"{SECTION}-{metric}", "metricKey": metric},
        **{"metricSectionId": SECTION, "isGenerated": False, "deleted": False},
        **{"selectedMetricKeys": [metric], "xAxisKey": "step", "lineSmoothness": 0},
        **{"scaleType": "linear"},
        **{"useGlobalXaxisKey": False, "useGlobalLineSmoothing": False},
        **{"xAxisScaleType": "log", "yAxisKey": "metric", "yAxisExpressions": []},
        **{"range": {}, "selectedXAxisMetricKey": "", "ignoreOutliers": False},
    }


def _bars(metric: str) -> dict[str, Any]:
    """Return a chart with a bar for each run or group."""
    return {
        **{"type": "BAR", "uuid": f"{SECTION}-{metric}", "metricKey": metric},
        **{"metricSectionId": SECTION, "isGenerated": False, "deleted": False},
    }
