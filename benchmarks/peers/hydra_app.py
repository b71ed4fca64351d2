"""A hydra multirun with the joblib launcher; one run of this app is one cell."""

from dataclasses import dataclass
from pathlib import Path

import hydra
from hydra.core.config_store import ConfigStore
from toycell import log_cell


@dataclass
class Toy:
    """The configuration of a cell."""

    folder: str = "."
    model: str = "linear-gd"
    dim: int = 16
    seed: int = 0


ConfigStore.instance().store(name="toy", node=Toy)


@hydra.main(version_base=None, config_name="toy")
def main(cell: Toy) -> None:
    """Log one cell and keep its result beside hydra's own files."""
    result = log_cell(cell.folder, cell.model, cell.dim, cell.seed)
    output = hydra.core.hydra_config.HydraConfig.get().runtime.output_dir
    Path(output, "result.txt").write_text(f"{result}\n")


main()
