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


rule claims_so_far:
    # Of what is quick, for who waits for runs on images.
    input:
        cells=partial(tables_of, "cells", also_long=False),
        exponents=partial(tables_of, "exponents", also_long=False),
        local=partial(tables_of, "local", also_long=False),
        studies=expand("<results>/tables/studies/{study}.csv", study=grid.studies),
    output:
        page=temp("<results>/partial/claims.md"),
        table=temp("<results>/partial/tables/claims.csv"),
    log:
        "<results>/logs/claims_so_far.log",
    priority: 1
    retries: 0
    run:
        judge(
            input, output, log[0], mark=f"SO FAR, without {', '.join(long_ones())}"
        )
        progress.notice(f"verdicts so far: {output.page}")


rule claims:
    # What the paper claims, what was measured, and whether it holds.
    input:
        lambda wildcards: rules.claims_so_far.output if long_ones() else [],
        cells=partial(tables_of, "cells"),
        exponents=partial(tables_of, "exponents"),
        local=partial(tables_of, "local"),
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
        judge(input, output, log[0])
