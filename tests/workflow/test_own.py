"""The example of members of one's own in docs/members.md."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from support import ROOT, make_config, stamps


def example():
    blocks = (ROOT / "docs" / "members.md").read_text("utf-8").split("```")
    (found,) = [block for block in blocks if "class Cubic" in block]
    return found.removeprefix("python\n")


def by_hand(z, w, step):
    """The iterations of the example, written down once more."""
    for iteration in range(10_000):
        margins = z @ w**3
        if (margins > 0).all():
            return "separated", iteration
        w = w + step / len(z) * 3 * w**2 * (np.exp(-margins) @ z)
    return "capped", 10_000


@pytest.mark.slow
def test_own_parts_in_a_grid(copied_workflow):
    own = copied_workflow.snakefile.parent / "own"
    text = example()
    assert len(text.splitlines()) < 50
    own.mkdir()
    (own / "cubic.py").write_text(text)
    entry = {"model": "cubic", "algorithm": "gd", "loss": "steep", "step": 0.01}
    experiment = {
        "dataset": "corners",
        "samples": 6,
        "dims": [8, 16, 32],
        "seeds": 3,
        "max_iterations": 10_000,
        "models": {"cubic": entry | {"start": "gaussian:0.5", "sharpness": 1}},
    }
    config = make_config(tracking={"mode": "none"})
    copied_workflow.configure(config | {"experiments": {"own": experiment}})
    copied_workflow.run()
    records = copied_workflow.records()
    assert len(records) == 9
    outcomes = {}
    for line in records.values():
        record = json.loads(line)
        cell, end = record["cell"], record["outcome"]
        outcomes[cell["dim"], cell["seed"]] = end["outcome"], end["iterations"]
    assert len(set(outcomes.values())) > 3
    for (dim, seed), outcome in outcomes.items():
        assert outcome == outcome_by_hand(dim, seed)
    # the example is part of what makes a record: a change of it runs its cells again
    changed = text.replace("return 3 * w**2", "return 6 * w**2")
    assert changed != text
    (own / "cubic.py").write_text(changed)
    copied_workflow.run()
    assert copied_workflow.records() != records


def outcome_by_hand(dim, seed):
    from gdexp.core.seeds import streams
    from gdexp.core.starts import draw_start

    rng = streams(7, dim, seed)
    samples = rng.data.choice([-1.0, 1.0], size=(6, dim))
    z = samples * np.sign(samples[:, :1])
    return by_hand(z, draw_start("gaussian:0.5", dim, 0, rng.start), 0.01)


@pytest.mark.slow
def test_a_figure_of_ones_own(copied_workflow):
    """It is drawn, drawn anew when it changes, and in part, beside those of gdexp."""
    workflow = copied_workflow
    own = workflow.snakefile.parent / "own"
    own.mkdir()
    shutil.copy(ROOT / "docs" / "examples" / "figure.py", own)
    workflow.configure(make_config(tracking={"mode": "none"}))
    workflow.run()
    folder = workflow.results / "figures" / "tiny"
    cells = pd.read_csv(workflow.results / "tables" / "cells.csv")
    slowest = cells.groupby(["model", "dim"], as_index=False)["iterations"].max()
    drawn = pd.read_csv(folder / "slowest.csv")
    pd.testing.assert_frame_equal(drawn, slowest)
    assert (folder / "slowest.png").read_bytes().startswith(b"\x89PNG")
    assert "Data c1" in (folder / "slowest.txt").read_text()
    before = stamps(workflow, "figures", "cells")
    with (own / "figure.py").open("a") as file:
        file.write("\n\nMORE = 1\n")
    workflow.run()
    after = stamps(workflow, "figures", "cells")
    changed = {path for path in after if after[path] != before[path]}
    assert changed == {
        f"figures/tiny/slowest.{end}" for end in ("png", "pdf", "csv", "txt")
    }
