"""`make docs`: one site, strictly built, whose links lead somewhere."""

import re
import subprocess
import sys
from collections import defaultdict
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from posixpath import dirname, join, normpath
from threading import Thread
from urllib.parse import unquote

import pytest
from support import ROOT

import gdexp
from gdexp.stats.statistics import STATISTICS
from gdexp.studies import STUDIES

pytestmark = pytest.mark.slow
OUTSIDE = ("http:", "https:", "//", "mailto:")
MEMBERS = (
    *(gdexp.DATASETS, gdexp.MODELS, gdexp.LOSSES, gdexp.METHODS, gdexp.OBSERVABLES),
    *(STATISTICS, STUDIES),
)


class Read(HTMLParser):
    """Anchors of a page, its links, and what it loads."""

    def __init__(self, text):
        super().__init__()
        self.anchors, self.links, self.loaded = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.anchors.add(found.get("id"))
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        elif tag in ("link", "script", "img", "iframe", "source"):
            self.loaded += [found[key] for key in ("href", "src") if found.get(key)]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    (line,) = re.findall(r"^\t\$\(BIN\)/sphinx-build (.*)$", MAKEFILE, re.MULTILINE)
    *options, source, output = line.split()
    assert (source, output) == ("docs", "docs/site")
    command = [sys.executable, "-m", "sphinx", *options, str(ROOT / source)]
    done = subprocess.run(
        [*command, str(folder)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


MAKEFILE = (ROOT / "Makefile").read_text()


@pytest.fixture(scope="module")
def pages(site):
    found = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    return {name: Read((site / name).read_text("utf-8")) for name in found}


def test_every_page_is_there_and_in_the_navigation(pages):
    names = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert {"index", "start", "members", "api", "reference"} <= names
    linked = {link.partition("#")[0] for link in pages["index.html"].links}
    for name in names - {"index"}:
        assert f"{name}.html" in pages
        assert f"{name}.html" in linked


def test_links_and_anchors(site, pages):
    broken, count = [], 0
    for name, page in pages.items():
        for link in (*page.links, *page.loaded):
            if link.startswith((*OUTSIDE, "data:")):
                continue
            path, _, anchor = link.partition("#")
            path = normpath(join(dirname(name), unquote(path.partition("?")[0])))
            path = name if link.startswith("#") else path
            count += 1
            anchors = pages[path].anchors if path in pages else set()
            there = (site / path).is_file()
            if not there or (
                path in pages and anchor and unquote(anchor) not in anchors
            ):
                broken.append((name, link))
    assert broken == []
    assert count > 500


def test_nothing_is_asked_of_other_servers(site, pages):
    for name, page in pages.items():
        outside = [link for link in page.loaded if link.startswith(OUTSIDE)]
        assert outside == [], name
    for style in site.rglob("*.css"):
        assert not re.findall(r"(?:url\(|@import)\s*['\"]?https?:", style.read_text())


def test_links_of_the_readme_lead_to_pages(pages):
    readme = (ROOT / "README.md").read_text("utf-8")
    links = re.findall(r"\]\(docs/(\w+)\.md(#[\w-]+)?\)", readme)
    assert links
    for page, anchor in links:
        assert f"{page}.html{anchor}" in pages["index.html"].links
    asked = re.findall(r"\]\((#[\w-]+)\)", readme)
    assert {*asked} <= {*pages["index.html"].links}


def test_the_whole_api_and_all_members(pages):
    for name in gdexp.__all__:
        assert f"gdexp.{name}" in pages["api.html"].anchors, name
    anchors = defaultdict(set)
    for anchor in filter(None, pages["reference.html"].anchors):
        anchors[anchor.rpartition(".")[2]].add(anchor)
    for known in MEMBERS:
        for member in known.values():
            assert anchors[member.__name__], member


@pytest.fixture
def served(site):
    """The site as `python -m http.server` serves it."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_GET(self):
            if self.path == "/favicon.ico":  # which a browser asks of any site
                self.send_response(204)
                self.end_headers()
            else:
                super().do_GET()

    handler = partial(Quiet, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_search_in_a_real_browser(browser_page, served):
    page = browser_page.page
    page.goto(f"{served}/index.html")
    box = page.locator("input[name=q]").first
    box.fill("nesterov")
    box.press("Enter")
    page.wait_for_url("**/search.html?q=nesterov**")
    found = page.locator("#search-results ul.search a").first
    found.wait_for()
    found.click()
    page.wait_for_load_state()
    assert "nesterov" in page.inner_text("body").lower()
    assert browser_page.errors == []
    assert all(url.startswith(served) for url in browser_page.requests)
