"""What a researcher does in MLflow's UI, in a real browser; and the README's picture.

``python tests/researcher.py RESULTS PICTURE`` draws the picture from finished results.
"""

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ports import free_port

SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # of no use here, and slow to start
}


def chromium() -> str | None:
    """Return the path of the browser, if there is one."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


@contextmanager
def open_page(playwright: Any) -> Iterator[Any]:
    """Open a page of a browser window of its own."""
    # root may not use Chromium's sandbox, nor may many containers
    browser = playwright.chromium.launch(
        executable_path=chromium(), args=["--no-sandbox"]
    )
    page = browser.new_page(viewport={"width": 1500, "height": 950})
    page.set_default_timeout(60_000)
    yield page
    browser.close()


@contextmanager
def serve(results: Path) -> Iterator[str]:
    """Serve the store of a results folder, as ``make ui`` does; give its address."""
    port = str(free_port())
    store = f"sqlite:///{results / 'tracking' / 'mlflow.db'}"
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", store]
    server = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", port, "--workers", "1"],
        env=os.environ | SETTINGS,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + 180
        while True:
            try:
                urllib.request.urlopen(f"{address}/health", timeout=5).close()
                break
            except OSError:
                assert server.poll() is None, "the server ended"
                assert time.monotonic() < end, "waited in vain"
                time.sleep(0.2)
        yield address
    finally:
        os.killpg(server.pid, 9)
        server.wait()


class Researcher:
    """Someone who has read the README, at the page of an MLflow server."""

    def __init__(self, page: Any, address: str) -> None:
        self.page = page
        self.address = address

    def find(self, experiment: str) -> None:
        """Go from the list of experiments to the runs of one."""
        self.page.goto(f"{self.address}/#/experiments")
        self.page.get_by_text("Model training", exact=True).first.click()
        self.page.get_by_role("link", name=experiment, exact=True).first.click()
        self.page.get_by_text("matching runs").wait_for()
        close = self.page.get_by_role("button", name="Close")  # of the chat
        if close.count():
            close.first.click()

    def filter(self, condition: str, count: int) -> None:
        """Search runs; wait until so many are found."""
        box = self.page.get_by_placeholder("metrics.rmse")
        box.fill(condition)
        box.press("Enter")
        self.page.get_by_text(re.compile(f"^{count} matching runs?$")).wait_for()

    def sort(self, metric: str) -> None:
        """Sort by a metric, the largest first."""
        self.page.get_by_role("button", name="Sort:").click()
        self.page.keyboard.type(metric)
        self.page.get_by_text(metric, exact=True).last.click()
        self.page.get_by_role("button", name=f"Sort: {metric}").wait_for()
        self.page.wait_for_timeout(1500)  # the rows follow a moment later

    def names(self) -> list[str]:
        """Return the names of the runs, as listed."""
        links = self.page.locator("a[href*='/runs/']", has_text="seed=")
        return [str(link.inner_text()) for link in _from_the_top(links)]

    def tick(self, *rows: int) -> None:
        """Choose runs by their places in the list."""
        boxes = self.page.get_by_role(
            "checkbox", name="Press Space to toggle row selection"
        )
        boxes = _from_the_top(boxes)
        for row in rows:
            boxes[row].click()

    def compare(self) -> str:
        """Compare the chosen runs; return the text of the page."""
        self.page.get_by_role("button", name="Compare").click()
        self.page.get_by_text("Run details").wait_for()
        return str(self.page.inner_text("body"))

    def charts(self) -> None:
        """See the curves of the runs listed."""
        self.page.locator("label:has(input[value=CHART])").click()
        self.page.locator(".js-plotly-plot .scatterlayer .trace").first.wait_for()

    def drawn(self) -> dict[str, int]:
        """Return how many runs each chart on the screen draws a curve of."""
        self.page.wait_for_timeout(3000)
        found: dict[str, set[str]] = {}
        for metric, run, points in self.page.evaluate(
            """() => [...document.querySelectorAll('.js-plotly-plot')].flatMap(plot =>
                plot.data.map(line => [line.metricKey, line.name, line.x.length]))"""
        ):
            if metric and points > 1:
                found.setdefault(metric, set()).add(run)
        return {metric: len(runs) for metric, runs in found.items()}

    def open_figure(self, run: str, file: str) -> None:
        """Open a figure of a run."""
        self.page.get_by_role("link", name=run, exact=True).first.click()
        self.page.get_by_role("tab", name="Artifacts").click()
        self.page.get_by_text("figures", exact=True).click()
        self.page.get_by_text(file, exact=True).first.click()


def _from_the_top(found: Any) -> list[Any]:
    """Sort elements as they are on the screen, which is not their order in the page."""
    return sorted(found.all(), key=lambda one: one.bounding_box()["y"])


def picture(results: Path, path: Path) -> None:
    """Draw the prepared view of curves at one d, as who follows its link sees it."""
    from playwright.sync_api import sync_playwright

    with (
        serve(results) as address,
        sync_playwright() as playwright,
        open_page(playwright) as page,
    ):
        Researcher(page, address).find("two-sample")
        with page.context.expect_page() as opened:
            page.get_by_role("link", name="curves at d").click()
        view = opened.value
        view.set_viewport_size({"width": 1500, "height": 950})
        view.locator(".js-plotly-plot").first.wait_for(timeout=90_000)
        view.wait_for_timeout(5000)
        view.screenshot(path=path)


if __name__ == "__main__":
    picture(Path(sys.argv[1]).resolve(), Path(sys.argv[2]))
