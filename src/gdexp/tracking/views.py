"""Views of an experiment in MLflow's UI, for a browser that was never there before.

The UI keeps a view that somebody shares in a tag of the experiment, as JSON, and shows
it to whoever follows a link with its key. Only what differs from the UI's own defaults
is said.
"""

import json
from collections.abc import Mapping, Sequence
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


def views(middle: int) -> dict[str, Mapping[str, Any]]:
    """Return the views of an experiment, by key.

    ``list`` has the columns that matter, the slowest cells first; ``curves`` the curves
    at one dim, a colour for each entry, the mean of those of its runs that go on;
    ``groups`` the mean iterations of each entry at each dim, of each outcome by itself:
    T of a run that was given up is not known, but that it is larger.

    Parameters
    ----------
    middle : int
        The dim of the curves.

    Examples
    --------
    >>> shown = views(64)
    >>> list(shown)
    ['list', 'curves', 'groups']
    >>> shown["curves"]["searchFilter"].rpartition(" and ")[2]
    "params.dim = '64'"
    >>> keys = shown["groups"]["groupBy"]["groupByKeys"]
    >>> [(key["mode"], key["groupByData"]) for key in keys]
    [('param', 'name'), ('param', 'dim'), ('tag', 'outcome')]
    """
    common = {
        "orderByKey": "metrics.`iterations`",
        "orderByAsc": False,
        "selectedColumns": list(COLUMNS),
        "runsHiddenMode": "SHOW_ALL",
    }
    curves = [_line(metric) for metric in CURVES]
    return {
        "list": {**common, "searchFilter": CELLS},
        "curves": {
            **common,
            "searchFilter": f"{CELLS} and params.dim = '{middle}'",
            **_charts("curves", curves, columns=2),
            **_grouped(name="param"),
        },
        "groups": {
            **common,
            "searchFilter": CELLS,
            **_charts("iterations", [_bars("iterations")], columns=1),
            **_grouped(name="param", dim="param", outcome="tag"),
        },
    }


def tags_of(middle: int) -> dict[str, str]:
    """Return the tags of an experiment that keep its views."""
    return {SHARED + key: json.dumps(state) for key, state in views(middle).items()}


def link(page: str, key: str) -> str:
    """Return the address of a view, `page` being that of the experiment.

    >>> link("#/experiments/1", "curves")
    '#/experiments/1/runs?viewStateShareKey=curves&compareRunsMode=CHART'
    """
    shown = "" if key == "list" else "&compareRunsMode=CHART"
    return f"{page}/runs?viewStateShareKey={key}{shown}"


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
    """Return a chart of curves against the iteration; losses on a log scale."""
    return {
        **{"type": "LINE", "uuid": f"{SECTION}-{metric}", "metricKey": metric},
        **{"metricSectionId": SECTION, "isGenerated": False, "deleted": False},
        **{"selectedMetricKeys": [metric], "xAxisKey": "step", "lineSmoothness": 0},
        **{"scaleType": "log" if metric == "loss" else "linear"},
        **{"useGlobalXaxisKey": False, "useGlobalLineSmoothing": False},
        **{"xAxisScaleType": "linear", "yAxisKey": "metric", "yAxisExpressions": []},
        **{"range": {}, "selectedXAxisMetricKey": "", "ignoreOutliers": False},
    }


def _bars(metric: str) -> dict[str, Any]:
    """Return a chart with a bar for each run or group."""
    return {
        **{"type": "BAR", "uuid": f"{SECTION}-{metric}", "metricKey": metric},
        **{"metricSectionId": SECTION, "isGenerated": False, "deleted": False},
    }
