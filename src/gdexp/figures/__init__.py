"""The figures, one file each. Only what draws them imports seaborn and matplotlib."""

from gdexp.figures.base import About, Plot
from gdexp.figures.cards import Card, cards
from gdexp.figures.places import Place, Quoted, places, summary_files

__all__ = [
    "About",
    "Card",
    "Place",
    "Plot",
    "Quoted",
    "cards",
    "places",
    "summary_files",
]
