# Studies: experiments that are no grid of cells. And the verdicts on all claims.


rule study:
    # One table per study.
    input:
        lambda study: images.present(grid.studies[study.study].files),
    output:
        "<results>/tables/studies/{study}.csv",
    log:
        "<results>/logs/studies/{study}.log",
    priority: 2  # minutes long: they start first
    resources:  # for clusters; the longest takes 2.5 minutes
        runtime=lambda study, attempt: attempt * 30,
        mem_mb=2000,
    params:
        settings=lambda study: repr(grid.studies[study.study]),
        code=lambda study: grid.studies[study.study].code,
    run:
        workers.do("study", log=log[0], name=wildcards.study, output=output[0])


rule claims:
    # What the paper claims, what was measured, and whether it holds.
    input:
        cells="<results>/tables/cells.csv",
        exponents="<results>/tables/exponents.csv",
        studies=expand("<results>/tables/studies/{study}.csv", study=grid.studies),
    output:
        page="<results>/claims.md",
        table="<results>/tables/claims.csv",
    log:
        "<results>/logs/claims.log",
    retries: 0
    params:
        code=code_of("claims/catalogue.py", "claims/page.py"),
    run:
        tables = {"cells": input.cells, "exponents": input.exponents}
        tables["studies"] = list(input.studies)
        workers.do("claims", log=log[0], **tables, **dict(output.items()))
