"""What a figure is: what it reads, where it stands, and how it is drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from gdexp.figures.style import Drawing


@dataclass(frozen=True)
class About:
    """What a figure is told besides its numbers.

    Attributes
    ----------
    note : str
        What the data are and where they come from, for the foot of the figure and the
        end of its caption.
    models : mapping of str to str
        The model entries that have cells, in the order of the configuration, and the
        family of each.
    experiments : sequence of str
        The experiments that it is about.
    statistic : str
        The name of the statistic that the configuration asks for.
    title : str
        What was run and how it ended, where it is one run.
    """

    note: str = ""
    models: Mapping[str, str] = field(default_factory=dict)
    experiments: Sequence[str] = ()
    statistic: str = "mean"
    title: str = ""


class Plot:
    """A figure: one class in one file of this folder, or in one of ``own/``.

    The attributes are read off the source, by `gdexp.figures.cards`, before anything is
    imported: each is a literal.

    Attributes
    ----------
    name : str
        How to call it.
    title : str
        What it shows, in a few words: its label in the report.
    where : str
        Its path below ``figures/``, without an ending. One with ``{experiment}`` is
        drawn for each experiment over dims, one with ``{images}`` for each set of
        images; an empty one is no part of the results.
    reads : tuple of str
        What `draw` is given, in order: the tables ``cells``, ``scaling``,
        ``exponents`` and ``local``, ``studies/NAME`` the table of a study,
        ``trajectories`` those of the middle dim, ``images`` the accuracies along runs,
        ``records`` a list of all records. Of its own experiments alone.
    of : str
        The experiments that it is about, as a pattern such as ``explicit-*``. Without
        any it is not drawn.
    span : float
        The least ratio of an experiment's largest d to its smallest.
    observes : str
        An observable that an entry of the experiment has to have, if any.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    where: ClassVar[str]
    reads: ClassVar[tuple[str, ...]]
    of: ClassVar[str] = "*"
    span: ClassVar[float] = 1
    observes: ClassVar[str] = ""

    def draw(self, *data: Any, **told: Any) -> "Drawing":
        """Draw it, as ``draw(*data, about=About(...))``."""
        raise NotImplementedError
