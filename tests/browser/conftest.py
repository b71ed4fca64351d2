import pytest
from researcher import chromium, open_page
from support import Workflow, make_config


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
    if chromium() is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    with api.sync_playwright() as playwright, open_page(playwright) as page:
        yield Page(page)


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A finished tiny grid with two studies, tracked in sqlite."""
    flow = Workflow(tmp_path_factory.mktemp("finished"))
    studies = {"phases": {"dim": 16}, "oscillation": {"dim": 16, "iterations": 50}}
    flow.configure(make_config(studies=studies))
    flow.run()
    return flow
