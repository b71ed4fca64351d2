import shutil

import pytest
from support import Workflow, make_config


def chromium_program():
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


class Page:
    """A page of a real Chromium, with what went wrong in it."""

    def __init__(self, page):
        self.page = page
        self.errors = []
        self.requests = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._said)
        page.on("request", lambda request: self.requests.append(request.url))

    def _said(self, message):
        if message.type == "error":
            self.errors.append(message.text)


@pytest.fixture
def browser_page():
    api = pytest.importorskip("playwright.sync_api")
    program = chromium_program()
    if program is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    with api.sync_playwright() as playwright:
        # root may not use Chromium's sandbox, nor may many containers
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1500, "height": 950})
        page.set_default_timeout(30_000)
        yield Page(page)
        browser.close()


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished tiny grid with two studies, tracked in sqlite."""
    flow = Workflow(tmp_path_factory.mktemp("finished"))
    studies = {"phases": {"dim": 16}, "oscillation": {"dim": 16, "iterations": 50}}
    flow.configure(make_config(studies=studies))
    flow.run()
    return flow
