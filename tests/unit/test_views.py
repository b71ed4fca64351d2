"""What the prepared views of an experiment show of its runs, in any grid."""

import pytest

from gdexp.tracking import Views

GROUPS = "by entry, dim and outcome"


@pytest.mark.parametrize(
    ("views", "few"),
    [
        (Views(16, entries=4, dims=3, seeds=1), ("", "")),
        (Views(16, entries=10, dims=1, seeds=10), ("", "")),
        (Views(64, entries=4, dims=17, seeds=100), (", seeds 0 to 9", ", seed 0")),
        (Views(64, entries=5, dims=2, seeds=11), ("", ", seeds 0 to 9")),
        (Views(64, entries=11, dims=2, seeds=100), (", seed 0", ", seed 0")),
    ],
)
def test_no_more_runs_than_the_page_loads(views, few):
    """Else the slowest would be all that is drawn, and the others seem not there."""
    words = [text for text, _ in views.links("")]
    assert words[1:] == [f"curves at d = {views.middle}{few[0]}", GROUPS + few[1]]
    charts = views.states["curves"]["compareRunCharts"]
    # a fast entry beside a slow one
    assert {chart["xAxisScaleType"] for chart in charts} == {"log"}
    runs = {"curves": views.entries, "groups": views.entries * views.dims}
    for key, each in runs.items():
        asked = views.states[key]["searchFilter"]
        seeds = views.seeds
        if "LIKE '_'" in asked:
            seeds = 10
        elif "params.seed = '0'" in asked:
            seeds = 1
        assert each * seeds <= 100
