"""MLflow's UI on a finished grid, used as a researcher uses it."""

import json

import pytest
from researcher import Researcher, serve
from support import wait_for

pytestmark = pytest.mark.slow

SERIES = {"loss", "accuracy", "misclassified", "min_margin", "norm"}


@pytest.fixture(scope="module")
def address(finished):
    with serve(finished.results) as where:
        yield where


@pytest.fixture
def someone(address, browser_page):
    researcher = Researcher(browser_page.page, address)
    researcher.find("tiny")
    return researcher


def iterations(finished, name):
    model, dim, seed = name.replace("=", " ").split()[::2]
    text = finished.records()[f"tiny/{model}/d{dim}/s{seed}.jsonl"]
    return json.loads(text)["outcome"]["iterations"]


def test_find_filter_sort_compare(someone, finished):
    someone.filter('params.model = "conv"', 6)
    someone.sort("iterations")

    def listed():
        names = someone.names()
        return names, [iterations(finished, name) for name in names]

    def in_order():  # rows follow a moment later, on a busy machine several
        _, times = listed()
        return times == sorted(times, reverse=True)

    wait_for(in_order)
    names, times = listed()
    assert len(names) == 6
    someone.tick(0, 5)
    text = someone.compare()
    assert "Comparing 2 Runs" in text
    for word in ("algorithm", "dim", "iterations", "outcome", names[0], names[5]):
        assert word in text
    assert f"{times[0]:g}\n{times[5]:g}" in text


def test_curves(someone):
    someone.filter('params.dim = "32"', 4)
    someone.charts()
    # two rows of charts and a third, each with the runs that took a step
    drawn = someone.drawn()
    someone.page.mouse.move(1000, 600)
    someone.page.mouse.wheel(0, 2000)

    def all_drawn():
        drawn.update(someone.drawn())
        return set(drawn) == SERIES and min(drawn.values()) >= 2

    wait_for(all_drawn)


def test_the_summary_shows_figures_and_exponents(someone):
    page = someone.page
    note = page.inner_text("body")
    assert "least-squares slope of log T on log d" in note
    someone.filter('tags.gdexp.kind = "summary"', 1)
    someone.open_figure("summary", "scaling.png")
    page.wait_for_function(
        "() => [...document.images].some(i => i.naturalWidth > 1000)"
    )
    page.get_by_role("tab", name="Overview").click()
    assert "conv2-perceptron" in page.inner_text("body")


VIEWS = {
    "All cells, the slowest first": (12, None),
    "curves at d = 16": (4, "curves (4)"),
    "by entry, dim and outcome": (12, "iterations (1)"),
}


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_that_the_description_links(someone, finished, view):
    """In a browser that was never there: what matters is seen without scrolling."""
    count, section = VIEWS[view]
    with someone.page.context.expect_page() as opened:
        someone.page.get_by_role("link", name=view).click()
    page = opened.value
    page.set_default_timeout(90_000)
    page.get_by_role("button", name="Sort: iterations").wait_for()
    close = page.get_by_role("button", name="Close")  # of the chat
    if close.count():
        close.first.click()
    if section is None:
        page.get_by_text(f"{count} matching runs").wait_for()
        heads = {*page.get_by_role("columnheader").all_inner_texts()}
        assert heads >= {"name", "dim", "seed", "iterations", "outcome", "certificate"}
        assert not heads & {"Source", "Dataset", "Models"}
        times = [iterations(finished, name) for name in Researcher(page, "").names()]
        assert len(times) == count
        assert times == sorted(times, reverse=True)
        return
    wait_for(lambda: section in page.inner_text("body").replace("\n", " "))
    plot = page.locator(".js-plotly-plot").first
    plot.wait_for()
    assert plot.bounding_box()["y"] < 600
    points = "plot => plot.data.flatMap(one => [...one.y]).length"
    wait_for(lambda: plot.evaluate(points) >= 6)
    legend = page.locator("body").inner_text()
    assert all(name in legend for name in ("linear-gd", "conv2-perceptron"))
