"""Parsing the workflow: what each job of a cluster waits for."""

import re
import subprocess
import sys

from support import ROOT

HEAVY = ("seaborn", "matplotlib", "pandas", "mlflow")
IMPORT = re.compile(r"^(?:from gdexp\S* import .+|import gdexp\S*)$", re.MULTILINE)


def test_no_heavy_library_is_imported():
    files = [ROOT / "Snakefile", *(ROOT / "workflow" / "rules").glob("*.smk")]
    lines = [line for file in files for line in IMPORT.findall(file.read_text("utf-8"))]
    assert len(lines) > 10
    grid = "Grid.of({'experiments': {'e': {'dataset': 'c1', 'dims': [8, 9], 'seeds': 1,"
    grid += " 'max_iterations': 9, 'models': {'m': {'model': 'linear',"
    grid += " 'algorithm': 'gd', 'step': 1}}}}, 'studies': {'tail': {}}})"
    program = [
        *lines,
        f"figures = places({grid})",
        "assert len(figures) == 4, figures",
        "print([place.card.code for place in figures.values()])",
        f"import sys; found = [x for x in {HEAVY} if x in sys.modules]",
        "assert not found, found",
    ]
    subprocess.run([sys.executable, "-c", "\n".join(program)], check=True)
