"""The studies, by name: what the paper says beyond the grid of cells."""

from gdexp.studies.base import Study, settings
from gdexp.studies.best_step import BestStep
from gdexp.studies.checks import Checks
from gdexp.studies.edge import Edge
from gdexp.studies.homogeneity import Homogeneity
from gdexp.studies.oscillation import Oscillation
from gdexp.studies.phases import Phases
from gdexp.studies.reduction import Reduction
from gdexp.studies.tail import Tail

STUDIES: dict[str, type[Study]] = {
    "reduction": Reduction,
    "oscillation": Oscillation,
    "phases": Phases,
    "edge": Edge,
    "tail": Tail,
    "homogeneity": Homogeneity,
    "best_step": BestStep,
    "checks": Checks,
}

__all__ = ["STUDIES", "Study", "settings"]
