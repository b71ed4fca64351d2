"""Tables in LaTeX: what is in them is text, and they compile if there is a LaTeX."""

import re
import shutil
import subprocess
import sys

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import STRANGE_NAMES

from gdexp.claims.latex import claims_latex, exponents_latex
from gdexp.claims.letters import SET, escaped
from gdexp.claims.page import VERDICTS
from gdexp.stats.exponents import Scaling
from gdexp.util.tables import table_of

NASTY = (
    r"a_b & 50 % of #1 {x} \input{y} $z$ ~^ <|> --at ``q'' " + "√d Ω(d) θ₀ é 猫 \u2013"
)
DOCUMENT = r"""\documentclass{article}
\usepackage{booktabs,longtable,array}
\begin{document}
\input{exponents}
\input{claims}
\end{document}
"""
# what TeX takes for more than a letter, but as `escaped` writes it
COMMANDS = r"\\(?:[&%$#_{}]|(?:textbackslash|textasciitilde|textasciicircum|textless"
COMMANDS += (
    r"|textgreater|textbar|textasciigrave)\{\}|ensuremath\{[^&%#~]*?\}(?=[^}]|$))"
)


def plain(text):
    return re.sub(COMMANDS, "", text).replace("-{}-", "").replace("-{}", "")


@given(st.text())
def test_any_text_is_text(text):
    left = plain(escaped(text))
    assert not set(left) & set('&%$#_{}\\~^<>|"`\n'), left


@pytest.mark.parametrize(
    ("char", "written"),
    [
        *(("é", "é"), ("e\N{COMBINING ACUTE ACCENT}", "é"), ("\u2013", "\u2013")),
        *(("ą", "a"), ("ạ", "a"), ("ﬁ", "fi"), ("Ａ", "A"), ("Ⅳ", "IV")),  # noqa: RUF001
        *(("≠", "[U+2260]"), ("≮", "[U+226E]"), ("⅓", "[U+2153]"), ("˘", "[U+02D8]")),
        *(("ⁿ", "[U+207F]"), ("ₙ", "[U+2099]"), ("①", "[U+2460]"), ("ℝ", "[U+211D]")),  # noqa: RUF001
        *(("ð", "[U+00F0]"), ("þ", "[U+00FE]"), ("«", "[U+00AB]"), ("ǝ", "[U+01DD]")),
    ],
)
def test_a_character_is_what_it_says_or_its_number(char, written):
    assert escaped(char) == written


def test_no_character_is_written_that_latex_does_not_set():
    written = set("".join(escaped(chr(x)) for x in range(sys.maxunicode + 1)))
    assert {x for x in written if not x.isascii()} == {*SET}


@pytest.fixture
def tables():
    rows = [
        {"experiment": "e", "model": name, "dim": dim, "seed": seed}
        | {"outcome": "separated", "iterations": dim + seed}
        for name in (*STRANGE_NAMES, NASTY)
        for dim in (8, 16, 32)
        for seed in range(20)
    ]
    rows[0]["outcome"] = "capped"
    exponents = Scaling(repetitions=20)(pd.DataFrame(rows))[1]
    claims = [
        dict.fromkeys(VERDICTS, NASTY) | {"source": "ours", "verdict": verdict}
        for verdict in ("holds", "fails", "undecided")
    ]
    claims[0]["text"] = " ".join(SET)
    return exponents, table_of(claims, VERDICTS)


def test_each_number_has_its_interval(tables):
    exponents, _ = tables
    text = exponents_latex(
        exponents, {"e": "Data c1. Source: ours."}, {("e", "NA"): "1"}
    )
    (line,) = (each for each in text.splitlines() if each.startswith("{} NA &"))
    cells = [each.strip() for each in line.removesuffix(r"\\").split("&")]
    assert cells[1] == "1"
    assert cells[-3:] == ["60", "1", "0"]  # the capped cell is of the first name
    rows = exponents[exponents["model"] == "NA"].set_index("statistic")
    for cell, statistic in zip(cells[2:-3], rows.index, strict=True):
        row = rows.loc[statistic]
        numbers = re.findall(r"\d\.\d\d", cell)
        wanted = [row["exponent"], row["ci_low"], row["ci_high"]]
        known = [f"{x:.2f}" for x in wanted if x == x]
        assert numbers == known, statistic
        assert ("no interval" in cell) == (len(known) == 1)
    assert "Source: ours." in text
    assert "beyond the cap" in text


def test_claims_have_their_source_and_verdict(tables):
    text = claims_latex(tables[1])
    assert text.count(r"& ours &") == 3
    assert text.count(r"\textbf{undecided}") == 1
    assert "1 holds, 1 fails, 1 undecided" in text


def test_they_compile(tables, tmp_path):
    exponents, claims = tables
    notes = {"e": NASTY}
    (tmp_path / "exponents.tex").write_text(exponents_latex(exponents, notes, {}))
    (tmp_path / "claims.tex").write_text(claims_latex(claims))
    (tmp_path / "all.tex").write_text(DOCUMENT)
    for line in (tmp_path / "exponents.tex").read_text().splitlines():
        if line.startswith("{} ") and "entry" not in line:
            assert plain(line).count("&") == 8, line
    engine = shutil.which("pdflatex") or shutil.which("tectonic")
    if engine is None:
        pytest.skip("no LaTeX; the escapes were checked")
    options = ["-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape"]
    options = options if "pdflatex" in engine else []
    done = subprocess.run(
        [engine, *options, "all.tex"], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
    assert "Missing character" not in (tmp_path / "all.log").read_text("latin-1")
    assert (tmp_path / "all.pdf").stat().st_size > 10_000
