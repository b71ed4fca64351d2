"""The figures, one file each. Only what draws them imports seaborn and matplotlib."""

from gdexp.figures.base import About, Plot
from gdexp.figures.cards import TABLES, Card, cards
from gdexp.figures.places import (
    Place,
    Quoted,
    experiment_table,
    headlines,
    places,
    summary_files,
)

__all__ = [
    "TABLES",
    "About",
    "Card",
    "Place",
    "Plot",
    "Quoted",
    "cards",
    "experiment_table",
    "headlines",
    "places",
    "summary_files",
]
