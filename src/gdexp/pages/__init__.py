"""What a browser shows of a finished grid: one file each, which asks for no other."""

from pathlib import Path

BROWSER = Path(__file__).parent / "browser"  # style and scripts of the explorer
BESIDE = {  # what is made only when it is asked for: what it is, and by what
    "explorer.html": ("every cell, in a browser, offline", "make explore"),
    "report.html": ("all figures and pages in one file", "make report"),
}
