"""The algorithms, by name: one update, told apart by the sample weight and its scale.

See `gdexp.algorithms.base`. A new one of the family is an `Algorithm` added here.
"""

from gdexp.algorithms.base import Algorithm, logistic_loss, sigmoid

ALGORITHMS = {
    algorithm.name: algorithm
    for algorithm in (
        Algorithm(
            "gd",
            "w += (step/n) sum_i sigmoid(-m_i) grad m_i",
            "paper's text; Eq. (10), the two-layer case, read off a re-implementation",
            indicator=False,
            normalized=False,
        ),
        Algorithm(
            "perceptron",
            "w += (step/n) sum_{m_i <= 0} grad m_i",
            "paper's Theorem 2.1, read off a re-implementation (wording reconstructed);"
            " batch perceptron if linear",
            indicator=True,
            normalized=False,
        ),
        Algorithm(
            "normalized_gd",
            "w += step sum_i sigmoid(-m_i) grad m_i / sum_i sigmoid(-m_i)",
            "arXiv 2412.08424, Theorem 6.1",
            indicator=False,
            normalized=True,
        ),
        Algorithm(
            "normalized_perceptron",
            "w += step sum_{m_i <= 0} grad m_i / |S|",
            "arXiv 2412.08424, Theorem 5.3",
            indicator=True,
            normalized=True,
        ),
    )
}

__all__ = ["ALGORITHMS", "Algorithm", "logistic_loss", "sigmoid"]
