"""The peer in PyTorch: a straightforward loop, in the optional environment.

Reads ``KEY=VALUE ...`` lines, answers each with seconds per iteration. Samples come
from an .npz file with z = y_i b_i, as in the papers' own experiments.
"""

import sys
import time

import numpy as np
import torch


def seconds(path, dtype, model, algorithm, step, iterations):
    """Run full-batch steps, model 'linear' or 'conv' (k = 2)."""
    data = np.load(path)
    z = torch.tensor(data["z"], dtype=getattr(torch, dtype))
    w = torch.tensor(data[f"w_{model}"], dtype=z.dtype)
    n = len(z)

    def weights(margins):
        if algorithm == "perceptron":
            return (margins <= 0).to(z.dtype)
        return torch.sigmoid(-margins)

    start = time.perf_counter()
    if model == "linear":
        for _ in range(iterations):
            w = w + step / n * (weights(z @ w) @ z)
    else:
        c, v = w[:2], w[2:]
        for _ in range(iterations):
            margins = z @ (c[0] * v + c[1] * torch.roll(v, -1))
            pull = step / n * (weights(margins) @ z)
            shifted = torch.roll(pull, 1)
            c, v = (
                c + torch.stack([pull @ v, shifted @ v]),
                v + c[0] * pull + c[1] * shifted,
            )
    return (time.perf_counter() - start) / iterations


for line in sys.stdin:
    words = dict(word.split("=", 1) for word in line.split())
    words["step"], words["iterations"] = float(words["step"]), int(words["iterations"])
    seconds(**words | {"iterations": 3})
    print(seconds(**words), flush=True)
