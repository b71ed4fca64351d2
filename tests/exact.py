"""Independent programs in exact and in 60-digit arithmetic, to test against.

They share no line with gdexp: rationals for the perceptrons, decimals with 60 digits
for gradient descent, plain lists, the linear model.
"""

from decimal import Decimal, localcontext
from fractions import Fraction

HALF = Fraction(1, 2)


def dot(x, y):
    """The sum of products."""
    return sum(a * b for a, b in zip(x, y, strict=True))


def signed(samples, labels):
    """The z_i as rationals."""
    return [
        [Fraction(y) * Fraction(x) for x in row]
        for row, y in zip(samples, labels, strict=True)
    ]


def perceptron(z, step, cap, *, normalized=False):
    """T of the batch perceptron from zero; None if it takes more than `cap`."""
    n, step = len(z), Fraction(step)
    gram = [[dot(x, y) for y in z] for x in z]
    margins = [Fraction(0)] * n
    for t in range(cap + 1):
        if all(m > 0 for m in margins):
            return t
        weights = [HALF if t == 0 else Fraction(m <= 0) for m in margins]
        scale = step / (sum(weights) if normalized else n)
        margins = [
            m + scale * dot(weights, row) for m, row in zip(margins, gram, strict=True)
        ]
    return None


def descent(z, step, cap, digits=60):
    """T of gradient descent from zero on the logistic loss, with so many digits."""
    n = len(z)
    with localcontext() as context:
        context.prec = digits
        rows = [[Decimal(x.numerator) / x.denominator for x in row] for row in z]
        gram = [[dot(x, y) for y in rows] for x in rows]
        scale, margins = Decimal(step) / n, [Decimal(0)] * n
        tie = Decimal(10) ** (20 - digits)
        for t in range(cap + 1):
            if all(m > tie for m in margins):
                return t
            weights = [1 / (1 + m.exp()) for m in margins]
            margins = [
                m + scale * dot(weights, row)
                for m, row in zip(margins, gram, strict=True)
            ]
    return None


def separates(z, w):
    """Whether linear parameters are on the right side of every sample."""
    w = [Fraction(x) for x in w]
    return all(dot(row, w) > 0 for row in z)
