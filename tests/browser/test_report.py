"""`make report`, opened in a real browser."""

import pytest

pytestmark = pytest.mark.slow

ROWS = "table.w-full tbody tr"  # of the menu; the result beside it has tables too


@pytest.fixture(scope="module")
def report(finished):
    path = finished.folder / "report.html"
    finished.run("--report", str(path))
    return path


def categories(page):
    names = ["Numbers", "Studies", "tiny"]
    for name in names:
        assert page.get_by_role("link", name=name, exact=True).is_visible()
    return names


def open_report(page, report, category):
    page.goto("about:blank")
    page.goto(report.as_uri())
    page.get_by_role("link", name=category, exact=True).click()


def test_every_figure_is_there_and_explained(browser_page, report, finished):
    page = browser_page.page
    page.goto(report.as_uri())
    page.wait_for_selector("text=Gradient Descent as a Perceptron")
    first = page.inner_text(".prose").partition("A lab for")[0]  # the result
    assert first.lstrip().startswith("Of ")
    assert "linear-gd" in first
    assert "PMLR 306" in page.inner_text("body")
    shown = set()
    for category in categories(page)[1:]:
        open_report(page, report, category)
        for row in range(page.locator(ROWS).count()):
            open_report(page, report, category)
            look, about = page.locator(ROWS).nth(row).locator("a").all()
            look.click()
            figure = page.locator("img[src^='data:image/png']")
            figure.wait_for()
            width, drawn = figure.evaluate("i => [i.naturalWidth, i.clientWidth]")
            assert width > 1000
            assert drawn > 600
            about.click()
            page.get_by_text("Description").wait_for()
            text = page.inner_text("body")
            assert "Source:" in text
            shown.add(page.locator("nav ol").inner_text().split("/")[-1].split("\n")[0])
    figures = {path.name for path in (finished.results / "figures").rglob("*.png")}
    assert shown == figures
    assert len(figures) == 5
    assert browser_page.errors == []
    outside = [url for url in browser_page.requests if url.startswith("http")]
    assert outside == []


def test_numbers_and_versions(browser_page, report):
    page = browser_page.page
    words = {
        "exponents with intervals": ["conv2-perceptron", "95 % interval", "q90"],
        "claims with verdicts": ["holds", "paper's text", "expected"],
        "versions and configuration": ["snakemake", "commit", "max_iterations: 10000"],
    }
    for name, expected in words.items():
        open_report(page, report, "Numbers")
        page.locator(ROWS, has_text=name).locator("a").first.click()
        body = page.frame_locator("iframe").locator("body")
        body.wait_for()
        for word in expected:
            assert word in body.inner_text()
    assert browser_page.errors == []
