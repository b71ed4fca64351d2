"""A dataset of one's own: two clouds that touch more the closer their centres are."""

from dataclasses import dataclass

import numpy as np

from gdexp import Dataset, DatasetFamily


@dataclass(frozen=True)
class Clouds(DatasetFamily):
    """b = distance y e_1 + Gaussian noise, half of the samples for each label."""

    name = "clouds"
    formula = "b = distance y e_1 + N(0, I), half of them for each label"
    source = "the textbooks"
    default_samples = None  # n is the user's choice
    balanced = True  # and even

    distance: float = 2.0  # a setting: `distance: 3` of an experiment

    def build(self, dim, n, rng):
        labels = np.repeat([-1.0, 1.0], n // 2)
        samples = rng.standard_normal((n, dim))
        samples[:, 0] += self.distance * labels
        return Dataset(samples, labels)
