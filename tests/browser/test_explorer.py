"""`gdexp explore` and the first page of the results, in a real browser, offline."""

import json
import shlex
import time

import pytest
from charts import CHARTS, PLACE

from gdexp.cli import main

pytestmark = pytest.mark.slow

VIEWS = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    "phone": {
        **{"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2},
        **{"is_mobile": True, "has_touch": True},
    },
}
# from an event to the last change that it makes to the page, in milliseconds
TIMED = """async ([which, act, value]) => {
  const frame = () => new Promise((done) =>
    requestAnimationFrame(() => setTimeout(done)));
  const element = document.querySelector(which);
  let last = performance.now();
  const start = last;
  const see = new MutationObserver(() => { last = performance.now(); });
  see.observe(document.body, { subtree: true, childList: true, characterData: true,
    attributes: true });
  if (act === "click") element.click();
  else {
    element.value = value;
    element.dispatchEvent(new Event("change", { bubbles: true }));
  }
  const end = performance.now() + 800;
  while (performance.now() < end) await frame();
  see.disconnect();
  return Math.round(last - start);
}"""


@pytest.fixture(scope="module")
def results(finished):
    config = finished.folder / "config.yaml"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(finished.folder)
        assert main(["explore", "--config", str(config)]) == 0
    return finished.results


@pytest.fixture
def explorer(browser_page, results):
    """The page, with no network."""
    page = browser_page.page
    page.context.set_offline(True)
    page.add_init_script(CHARTS)
    page.goto((results / "explorer.html").as_uri())
    page.wait_for_selector("body[data-ready]")
    yield page
    assert browser_page.errors == []
    outside = [
        url
        for url in browser_page.requests
        if not url.startswith(("file:", "data:", "blob:"))
    ]
    assert outside == []


def act(page, which, what="click", value=None):
    """Do it, print how long the page took, and wait for what follows."""
    took = page.evaluate(TIMED, [which, what, value])
    print(f"{which} {what} {value or ''}: {took} ms")


def rows(page):
    return page.locator("#cells tbody tr").all_inner_texts()


def test_choices_and_what_follows(explorer, finished):
    page = explorer
    assert "12 cells: 12 separated" in page.inner_text("#summary")
    assert len(rows(page)) == 12
    times = [
        json.loads(text)["outcome"]["iterations"]
        for text in finished.records().values()
    ]
    shown = [int(row.split("\t")[3].replace(",", "")) for row in rows(page)]
    assert shown == sorted(times, reverse=True)
    act(page, "[name=entry][value='linear-gd']")
    assert "6 cells" in page.inner_text("#summary")
    assert all("conv2-perceptron" in row for row in rows(page))
    act(page, "[name=dim][value='8']")
    assert "4 cells" in page.inner_text("#summary")
    act(page, "#seed-to", "value", "0")
    assert "2 cells" in page.inner_text("#summary")
    act(page, "#order", "value", "grid")
    assert [row.split("\t")[1] for row in rows(page)] == ["16", "32"]
    before = page.inner_text("#scaling-words")
    act(page, "#statistic", "value", "median")
    assert page.inner_text("#scaling-words") != before
    act(page, "#observable", "value", "norm")
    act(page, "#bands")
    act(page, "#linear")
    assert "10 % to 90 % of all 2 seeds" in page.inner_text("#curves-words")


def test_a_box_by_mouse_and_by_keyboard(explorer):
    page = explorer
    plot = page.locator("#scaling canvas")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.45, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 150, steps=5)
    page.mouse.move(box["x"] + box["width"] * 0.99, box["y"] + 260, steps=5)
    page.mouse.up()
    page.wait_for_function(
        "() => document.querySelector('#summary').textContent.includes(' of 12')"
    )
    inside = len(rows(page))
    assert 0 < inside < 12
    assert "of the cells in the box" in page.inner_text("#curves-words")
    assert page.input_value("#d-from") != ""
    act(page, "#clear")
    assert len(rows(page)) == 12
    page.focus("#d-from")
    page.keyboard.type("16")
    page.keyboard.press("Tab")
    page.keyboard.type("20")
    page.keyboard.press("Tab")
    page.wait_for_function(
        "() => document.querySelectorAll('#cells tbody tr').length === 4"
    )
    assert {row.split("\t")[1] for row in rows(page)} == {"16"}


def test_hover_click_record_and_command(explorer, results, capsys):
    page = explorer
    page.locator("#scaling canvas").scroll_into_view_if_needed()
    place = page.evaluate(PLACE, ["linear-gd", 1])
    page.mouse.move(*place)
    page.wait_for_selector("#tip:not([hidden])")
    told = page.inner_text("#tip")
    page.mouse.click(*place)
    name, end = told.split("\n")
    assert end.startswith("T = ")
    page.wait_for_function("() => document.querySelector('#one-told code')")
    said = page.inner_text("#one-told")
    assert " ".join(name.split()) in " ".join(said.split())
    command = page.inner_text("#one-told code")
    assert main(shlex.split(command)[1:]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert f"T = {answer['iterations']:,}" == end
    link = page.locator("#one-told a").get_attribute("href")
    record = json.loads((results / link).read_text())
    assert record["outcome"]["iterations"] == answer["iterations"]
    for each in page.locator("#cells tbody a").all():
        assert (results / each.get_attribute("href")).exists()


def test_copy_show_and_svg(explorer, tmp_path):
    page = explorer
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="copy the command of").first.click()
    page.get_by_text("copied").first.wait_for()
    assert page.evaluate("navigator.clipboard.readText()").startswith("gdexp run --")
    page.get_by_role("button", name="show linear-gd", exact=False).first.click()
    page.wait_for_function("() => document.querySelector('#one-told code')")
    for name in ("scaling", "curves"):
        with page.expect_download() as download:
            page.click(f"[data-save={name}]")
        path = tmp_path / download.value.suggested_filename
        assert path.name == f"tiny-{name}.svg"
        download.value.save_as(path)
        text = path.read_text("utf-8")
        assert text.startswith("<svg")
        assert "Source: reconstruction" in text


def test_everything_is_reached_by_keyboard_and_has_a_name(explorer):
    page = explorer
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('input, select, button, a, [role=img]')]
          .filter((each) => !(each.labels?.length || each.textContent.trim() ||
            each.getAttribute('aria-label') || each.getAttribute('aria-describedby')))
          .map((each) => each.outerHTML)"""
    )
    assert nameless == []
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("() => document.activeElement.id"))
    assert {"experiment", "statistic", "observable", "at", "order", "d-from"} <= seen
    page.keyboard.press("Tab")
    assert page.locator(":focus-visible").count() == 1


@pytest.mark.parametrize("name", VIEWS)
def test_how_it_looks(name, browser_page, results, tmp_path):
    browser = browser_page.page.context.browser
    for file in ("explorer.html", "index.html"):
        page = browser.new_page(**VIEWS[name])
        page.goto((results / file).as_uri())
        if file == "explorer.html":
            page.wait_for_selector("body[data-ready]")
        wide, window = page.evaluate(
            "() => [document.documentElement.scrollWidth, innerWidth]"
        )
        assert wide <= window, f"{file} is wider than the screen"
        dark = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
        assert (dark == "rgb(22, 24, 28)") == (name == "dark")
        picture = tmp_path / f"{name}-{file}.png"
        page.screenshot(path=picture, full_page=True)
        print(picture)
        page.close()


def test_the_first_page_opens_the_rest(browser_page, results):
    page = browser_page.page
    page.context.set_offline(True)
    page.goto((results / "index.html").as_uri())
    assert "12 cells: 12 separated" in page.inner_text(".lead")
    links = page.locator("a").evaluate_all("(all) => all.map((each) => each.href)")
    for link in links:
        name = link.partition("/results/")[2].partition("#")[0]
        assert name == "index.html" or (results / name).exists(), link
    assert page.locator("img").evaluate_all(
        "(all) => all.every((each) => each.naturalWidth > 1000)"
    )
    page.click("text=Explorer: every cell")
    start = time.monotonic()
    page.wait_for_selector("body[data-ready]")
    print(f"the explorer is ready after {time.monotonic() - start:.2f} s")
    assert browser_page.errors == []
