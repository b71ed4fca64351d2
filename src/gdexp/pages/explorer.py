"""The explorer: a finished grid in one file that any browser opens, offline.

Vega draws (BSD licence). Of what PyPI has, vl-convert-python alone carries a plotting
library that is whole and small: 0.9 MB of JavaScript, kept up by who keeps Altair. It
draws ten thousand marks fast enough, on a canvas, and writes the same picture as SVG
in the browser. plotly's file is 4.6 MB, Bokeh's 1.3 MB and without such an SVG; uPlot
and Observable Plot are on npm only, which `make` does not ask.
"""

import base64
import gzip
import html
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gdexp.pages import BROWSER
from gdexp.util.errors import ConfigError
from gdexp.util.files import whole
from gdexp.util.provenance import made_by

SCRIPTS = ("cells.js", "charts.js", "explorer.js")
VEGA_LITE = "6.1"  # of those that vl-convert has
SAID = "window.vegaEmbed = vegaEmbed;"
# the page may ask for nothing, and the browser sees to it
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:;"
    " script-src 'unsafe-inline' 'unsafe-eval'"
)


def write_explorer(told: Mapping[str, Any], path: str | Path) -> None:
    """Write the page.

    Parameters
    ----------
    told : mapping
        As from `gdexp.pages.contents.contents`.
    path : str or Path

    Raises
    ------
    ConfigError
        If vl-convert-python is not installed.
    """
    about = made_by()
    made = f"gdexp {about['gdexp']}, commit {str(about['commit'])[:12]}"
    parts = {
        "policy": POLICY,
        "style": read("explorer.css"),
        "data": packed(told),
        "library": inline(_library()),
        "script": "\n".join(inline(read(name)) for name in SCRIPTS),
        "made": html.escape(made),
    }
    text = re.sub(
        r"\{\{(\w+)\}\}", lambda found: parts[found[1]], read("explorer.html")
    )
    with whole(path) as temporary:
        temporary.write_text(text, "utf-8")


def packed(told: Mapping[str, Any]) -> str:
    """Return data as text that the page unpacks: JSON, gzip, base64.

    >>> unpacked(packed({"dims": [16, 64]}))
    {'dims': [16, 64]}
    """
    text = json.dumps(told, separators=(",", ":"), allow_nan=False)
    # no time: the same data give the same bytes
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def unpacked(text: str) -> dict[str, Any]:
    """Return what was packed."""
    told: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(text)))
    return told


def read(name: str) -> str:
    """Return one of the parts of the page that are files."""
    return (BROWSER / name).read_text("utf-8")


def inline(script: str) -> str:
    """Return a script as it may stand in a page: its end is no word in it."""
    return script.replace("</script", "<\\/script")


def _library() -> str:
    try:
        import vl_convert
    except ImportError:
        raise ConfigError(
            "the explorer is drawn by Vega, which is not installed;"
            " pip install 'gdexp[explore]'"
        ) from None
    return str(vl_convert.javascript_bundle(SAID, vl_version=VEGA_LITE))
