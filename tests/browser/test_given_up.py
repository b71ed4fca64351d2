"""The explorer of a grid of which runs were given up, and of one that is named so."""

from math import isfinite

import pytest
from charts import CHARTS, PLACE
from support import make_config

from gdexp.grid.grid import Grid
from gdexp.pages.contents import contents
from gdexp.pages.explorer import write_explorer
from gdexp.records.checked import checked
from gdexp.records.tables import cells_table
from gdexp.stats.exponents import Scaling
from gdexp.work.jobs import run_job

pytestmark = pytest.mark.slow

LINEAR = {"model": "linear", "algorithm": "gd", "step": 1, "start": "gaussian"}
SLOW, FAST = "slow", "fast"


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What a page is told: experiments "first" and "cells", and "one" of one d."""
    folder = tmp_path_factory.mktemp("given-up")
    config = make_config(results=str(folder), tracking={"mode": "none"})
    tiny = config["experiments"]["tiny"] | {"max_iterations": 40, "seeds": 3}
    fast = config["experiments"]["tiny"]["models"]["conv2-perceptron"]
    tiny |= {"dims": [4, 8, 16, 64, 256, 1024], "models": {SLOW: LINEAR, FAST: fast}}
    one = tiny | {"dims": [16]}
    config["experiments"] = {"first": tiny, "cells": tiny, "one": one}
    grid = Grid.of(config)
    for job in grid.jobs():
        run_job(grid, job, folder / "cells" / job.path)
    records = {
        name: list(checked(grid, [job.path for job in grid.jobs(name)]))
        for name in grid.experiments
    }
    cells = cells_table(record for own in records.values() for record in own)
    fits = Scaling(repetitions=50)(cells)
    found = contents(grid, records.get, fits.points, fits.exponents)
    for experiment in found["experiments"]:  # one run was at its end from the start
        slow, fast = experiment["entries"]
        for point in slow["points"]:
            point["iterations"] = [max(T, 1) for T in point["iterations"]]
        slow["points"][0]["iterations"][0] = 0
        fast["fits"]["mean"] = [0.5, None, None, 0]  # and of the other all, T = sqrt(d)
        for point in fast["points"]:
            point["iterations"] = [round(point["dim"] ** 0.5)] * 3
            point["outcomes"] = ["separated"] * 3
            point["statistics"]["mean"] = [point["dim"] ** 0.5, None, None]
    return found


@pytest.fixture
def explorer(browser_page, told, tmp_path):
    path = tmp_path / "explorer.html"
    page = browser_page.page
    page.add_init_script(CHARTS)

    def opened(name=""):
        write_explorer(told, path)
        page.goto(f"{path.as_uri()}#{name}")
        page.wait_for_selector("body[data-ready]")
        return page

    yield opened
    assert browser_page.errors == []


def settle(page):
    """Wait until nothing has been drawn anew for a while."""
    page.wait_for_timeout(600)


def test_a_slope_of_some_of_the_d_is_no_slope_of_all(explorer, told):
    page = explorer("first")
    slow, _ = told["experiments"][0]["entries"]
    used = [p["dim"] for p in slow["points"] if p["statistics"]["mean"][0]]
    assert 3 <= len(used) < 6
    words = page.inner_text("#scaling-words")
    assert f"({len(used)} of 6 d)" in words
    assert words.count(" of 6 d") == 1
    assert "and d:" not in words
    assert "no large marker" in words
    legend = page.evaluate("charts.scaling.signal('legend')")
    assert f"({len(used)} of 6 d)" in legend["words"][SLOW]
    assert " of 6 d" not in legend["words"][FAST]
    assert "interval" not in " ".join(legend["title"])  # of three seeds there is none
    ends = page.evaluate("charts.scaling.data('lines')")
    reach = {
        name: max(end["x"] for end in ends if end["entry"] == name)
        for name in (SLOW, FAST)
    }
    assert reach[SLOW] < 1.3 * used[-1]
    assert reach[FAST] > 900
    page.locator(f"[name=entry][value={SLOW}]").click()
    settle(page)
    assert "no large marker" not in page.inner_text("#scaling-words")


def test_an_interval_is_told_of_where_there_is_one(explorer, told):
    point = told["experiments"][0]["entries"][1]["points"][0]["statistics"]
    before = point["mean"]
    point["mean"] = [before[0], before[0] / 2, before[0] * 2]
    try:
        page = explorer("first")
        title = "charts.scaling.signal('legend').title.join(' ')"
        assert "95 % interval" in page.evaluate(title)
        page.locator(f"[name=entry][value={FAST}]").click()
        settle(page)
        assert "95 % interval" not in page.evaluate(title)
    finally:
        point["mean"] = before


def test_the_way_to_the_table_forgets_nothing(explorer):
    page = explorer("cells")  # an experiment of this name opens
    assert page.input_value("#experiment") == "cells"
    page.select_option("#experiment", "one")
    page.locator(f"[name=entry][value={SLOW}]").click()
    settle(page)
    page.focus(".skip")
    page.keyboard.press("Enter")
    settle(page)
    assert page.evaluate("document.activeElement.id") == "cells"
    assert page.input_value("#experiment") == "one"
    assert not page.is_checked(f"[name=entry][value={SLOW}]")
    page.evaluate("location.hash = 'nothing'")
    settle(page)
    assert page.input_value("#experiment") == "one"
    page.evaluate("location.hash = 'cells'")
    settle(page)
    assert page.input_value("#experiment") == "cells"


def test_an_address_that_is_none_opens_the_first(explorer):
    page = explorer("%")
    assert page.input_value("#experiment") == "first"
    assert "36 cells" in page.inner_text("#summary")


def test_a_box_stays_where_the_mouse_was_let_go(explorer):
    page = explorer("first")
    page.locator("#scaling canvas").scroll_into_view_if_needed()
    left, top, width, height = page.evaluate(
        """() => { const { left, top, width, height } =
          document.querySelector("#scaling canvas").getBoundingClientRect();
          return [left, top, width, height]; }"""
    )
    # a fast hand, and a slow machine
    fields = page.evaluate(
        """async ([x, y]) => {
          const canvas = document.querySelector("#scaling canvas");
          const frame = () => new Promise((done) => requestAnimationFrame(done));
          const send = (kind, dx, dy) => canvas.dispatchEvent(new PointerEvent(kind, {
            bubbles: true, clientX: x + dx, clientY: y + dy, pointerType: "mouse" }));
          const quick = window.vegaEmbed;
          window.vegaEmbed = async (...all) => {
            await new Promise((done) => setTimeout(done, 400));
            return quick(...all);
          };
          const now = () => [...document.querySelectorAll("#box input")]
            .map((each) => each.value).join();
          send("pointerdown", 0, 0);
          send("pointermove", 40, 40);
          await frame();
          send("pointerup", 150, 120);
          const first = now();
          const found = [];
          for (let i = 0; i < 10; i += 1) {
            send("pointermove", 150 + 10 * i, 120);
            await frame();
            found.push(now());
          }
          return [first, ...found];
        }""",
        [left + width * 0.3, top + height * 0.1],
    )
    assert len(set(fields)) == 1, fields
    page.wait_for_timeout(1500)
    low, high = (float(page.input_value(f"#d-{end}")) for end in ("from", "to"))
    shown = page.locator("#cells tbody tr td:nth-child(2)").all_inner_texts()
    assert all(low <= float(dim.replace(",", "")) <= high for dim in shown)
    canvas = page.evaluate("charts.scaling.data('box')[0]")
    assert canvas["x1"] / 1.08 == pytest.approx(high, rel=0.02)


@pytest.mark.parametrize("name", ["first", "one"])
def test_all_that_is_ticked_again_has_its_place_again(name, explorer):
    page = explorer(name)
    entry = page.locator(f"[name=entry][value={SLOW}]")
    entry.click()
    page.set_viewport_size({"width": 1000, "height": 800})  # it is drawn anew
    settle(page)
    entry.click()
    settle(page)
    places = page.evaluate(
        """() => charts.scaling.data("cells").map((cell) => {
          const x = charts.scaling.scale("x"), y = charts.scaling.scale("y");
          return [x(x.bandwidth ? cell.entry : cell.x), y(cell.T)];
        })"""
    )
    assert len(places) == (36 if name == "first" else 6)
    assert all(x is not None and isfinite(x) for place in places for x in place), places
    least = page.evaluate(PLACE, [SLOW, 0])
    page.mouse.move(*least)
    page.wait_for_selector("#tip:not([hidden])")
    assert page.inner_text("#tip").endswith("T = 0")
