"""The figures, one module each. The only importers of seaborn and matplotlib."""

import gdexp.figures._matplotlib  # noqa: F401  # the first of all
from gdexp.figures.accuracy import draw_accuracy
from gdexp.figures.best_step import draw_best_step
from gdexp.figures.edge import draw_edge
from gdexp.figures.homogeneity import draw_homogeneity
from gdexp.figures.iterations import draw_iterations
from gdexp.figures.oscillation import draw_oscillation
from gdexp.figures.phases import draw_phases
from gdexp.figures.reduction import draw_reduction
from gdexp.figures.run import draw_run
from gdexp.figures.scaling import draw_scaling
from gdexp.figures.style import Drawing
from gdexp.figures.tail import draw_tail
from gdexp.figures.trajectories import draw_trajectories

# how each study is drawn, by its name
STUDY_FIGURES = {
    "reduction": draw_reduction,
    "oscillation": draw_oscillation,
    "phases": draw_phases,
    "edge": draw_edge,
    "tail": draw_tail,
    "homogeneity": draw_homogeneity,
    "best_step": draw_best_step,
}

__all__ = [
    "STUDY_FIGURES",
    "Drawing",
    "draw_accuracy",
    "draw_iterations",
    "draw_run",
    "draw_scaling",
    "draw_trajectories",
]
