# The peer: the same cells, each a job that starts Python and imports mlflow.

import os

grid = config["experiments"]["two-sample"]


rule all:
    input:
        expand(
            "results/cells/two-sample/{model}/d{dim}/s{seed}.jsonl",
            model=grid["models"],
            dim=grid["dims"],
            seed=range(grid["seeds"]),
        ),


rule cell:
    output:
        "results/cells/two-sample/{model}/d{dim}/s{seed}.jsonl",
    params:
        python=os.environ["GDEXP_PYTHON"],
    shell:
        "{params.python} -m gdexp cell --config config.yaml"
        " two-sample {wildcards.model} {wildcards.dim} {wildcards.seed}"
