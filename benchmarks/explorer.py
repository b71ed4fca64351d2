"""The explorer in Chromium: how long each interaction keeps the page busy.

``python -m benchmarks.explorer results/explorer.html`` prints, for each, milliseconds
until the last change of the page, and what the main thread computed: the second number
counts where other programs run beside it. The target is 200 ms. It has no peer, so it
is no suite of results.csv.
"""

import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ACTS = (
    ("#statistic", "q90"),
    ("[name=entry]", None),
    ("[name=entry]", None),
    ("[name=dim]", None),
    ("[name=dim]", None),
    ("#seed-to", "4"),
    ("#observable", "norm"),
    ("#bands", None),
    ("#t-from", "10"),
    ("#clear", None),
    ("#order", "fast"),
    ("tbody button[aria-label^=show]", None),
)
ACT = """async ([which, value]) => {
  const frame = () => new Promise((done) =>
    requestAnimationFrame(() => setTimeout(done)));
  const element = document.querySelector(which);
  let last = performance.now();
  const start = last;
  const see = new MutationObserver(() => { last = performance.now(); });
  see.observe(document.body, { subtree: true, childList: true, characterData: true,
    attributes: true });
  if (value === null) element.click();
  else {
    element.value = value;
    element.dispatchEvent(new Event("change", { bubbles: true }));
  }
  await new Promise((done) => setTimeout(done, 700));
  await frame();
  see.disconnect();
  return last - start;
}"""
FRAMES = """() => new Promise((done) =>
  requestAnimationFrame(() => requestAnimationFrame(done)))"""


def main(path: Path) -> None:
    """Do each act once, then move the pointer over the points, and drag over them."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(path.resolve().as_uri())
        page.wait_for_selector("body[data-ready]")
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        for which, value in ACTS:
            before = _computed(session)
            took = page.evaluate(ACT, [which, value])
            busy = _computed(session) - before
            print(f"{which:<34} {took:6.0f} ms, computed {busy:6.0f} ms")
        page.evaluate("() => scrollTo(0, 0)")
        box = page.locator("#scaling canvas").bounding_box()
        for name, pressed in (("hover, a move", False), ("drag, a move", True)):
            page.mouse.move(box["x"] + 120, box["y"] + 60)
            if pressed:
                page.mouse.down()
            before = _computed(session)
            for i in range(1, 31):
                page.mouse.move(box["x"] + 120 + 20 * i, box["y"] + 60 + 6 * i)
                page.evaluate(FRAMES)
            busy = (_computed(session) - before) / 30
            page.mouse.up()
            print(f"{name:<34} {'':>9}  computed {busy:6.0f} ms")
        browser.close()


def _computed(session: Any) -> float:
    found = session.send("Performance.getMetrics")["metrics"]
    return 1000 * next(x["value"] for x in found if x["name"] == "TaskDuration")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
