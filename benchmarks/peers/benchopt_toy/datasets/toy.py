"""The dims and seeds of the benchopt peer, from the environment."""

import os

from benchopt import BaseDataset

DIMS = [2**i for i in range(4, 14)]


class Dataset(BaseDataset):
    """One dim and one seed."""

    name = "toy"
    parameters = {
        "dim": DIMS,
        "seed": list(range(int(os.environ.get("TOY_SEEDS", "1")))),
    }

    def get_data(self):
        """Return both."""
        return {"dim": self.dim, "seed": self.seed}
