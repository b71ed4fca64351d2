r"""Any text as LaTeX sets it: special characters escaped, others if it has them."""

import unicodedata
from typing import Literal

ESCAPED = {
    **{char: f"\\{char}" for char in "&%$#_{}"},
    **{"\\": r"\textbackslash{}", "~": r"\textasciitilde{}"},
    **{"^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}"},
    **{"|": r"\textbar{}", '"': "''", "`": r"\textasciigrave{}"},
}
MATH = {
    **{"√": r"\sqrt{}", "Ω": r"\Omega", "Θ": r"\Theta", "θ": r"\theta", "π": r"\pi"},
    **{"μ": r"\mu", "κ": r"\kappa", "α": r"\alpha", "β": r"\beta", "γ": r"\gamma"},  # noqa: RUF001
    **{"≤": r"\le", "≥": r"\ge", "·": r"\cdot", "×": r"\times", "±": r"\pm"},  # noqa: RUF001
    **{"−": "-", "∞": r"\infty", "≈": r"\approx", "→": r"\to"},  # noqa: RUF001
    **{digit: f"_{i}" for i, digit in enumerate("₀₁₂₃₄₅₆₇₈₉")},
    **{digit: f"^{i}" for i, digit in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
}
# what pdflatex sets as it is, in the fonts that it has if nobody chooses others
SET = (
    "¡¿§¶©®ªº°¢£¤¥¦¬¯¨´¸µ¼½¾÷–—‘’“”†‡•…‰€™№"  # noqa: RUF001
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿ"
    "ĀāĂăĆćĈĉĊċČčĎďĒēĔĕĖėĚěĜĝĞğĠġĢģĤĥĨĩĪīĬĭİıĴĵĶķĹĺĻļĽľŁłŃńŅņŇňŌōŎŏŐőŒœ"
    "ŔŕŖŗŘřŚśŜŝŞşŠšŢţŤťŨũŪūŬŭŮůŰűŴŵŶŷŸŹźŻżŽžȘșȚț"
)
FORMS = ("<wide>", "<narrow>", "<compat>")  # other forms of the same text


def escaped(text: object) -> str:
    r"""Return a text as LaTeX sets it, whatever is in it.

    Examples
    --------
    >>> print(escaped("step=0.5/sqrt(d)_1 & 50 %, O~(√d)"))
    step=0.5/sqrt(d)\_1 \& 50 \%, O\textasciitilde{}(\ensuremath{\sqrt{}}d)
    >>> print(escaped("--at"))
    -{}-at

    What LaTeX does not set loses its accents, or is written as its number:

    >>> print(escaped("ạ ≠ ⅓"))
    a [U+2260] [U+2153]
    """
    said = unicodedata.normalize("NFC", " ".join(str(text).split()))
    found = "".join(map(_char, said))
    return found.replace("--", "-{}-").replace("--", "-{}-")


def _char(char: str) -> str:
    if char in MATH:
        return f"\\ensuremath{{{MATH[char]}}}"
    if char in ESCAPED:
        return ESCAPED[char]
    if char in SET or (char.isascii() and char.isprintable()):
        return char
    if not char.isprintable():
        return "?"
    return "".join(map(_char, _plain(char))) or f"[U+{ord(char):04X}]"


def _plain(char: str) -> str:
    """Return a character in ASCII, or "" if more than an accent would be lost.

    A stroke through a sign is no accent, and ⁿ is no n.
    """
    tag = unicodedata.decomposition(char).partition(" ")[0]
    form: Literal["NFKD", "NFD"] = "NFKD" if tag in FORMS else "NFD"
    parts = unicodedata.normalize(form, char)
    found = "".join(part for part in parts if not unicodedata.combining(part))
    whole = found == parts or found.isalpha()
    return found if whole and found.isascii() else ""
