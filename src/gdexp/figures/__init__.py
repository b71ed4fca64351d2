"""The figures, one module each. The only importers of seaborn and matplotlib."""

from gdexp.figures.iterations import draw_iterations
from gdexp.figures.scaling import draw_scaling
from gdexp.figures.style import save
from gdexp.figures.trajectories import draw_trajectories

__all__ = ["draw_iterations", "draw_scaling", "draw_trajectories", "save"]
