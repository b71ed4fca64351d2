# Studies: experiments that are no grid of cells. And the verdicts on all claims.


rule study:
    # One table per study.
    input:
        lambda study: ancient(images_of_study(study)),
        unpack(inputs_of("study")),
    output:
        "<results>/tables/studies/{study}.csv",
    log:
        "<results>/logs/studies/{study}.log",
    priority: 2  # minutes long: they start first
    resources:  # for clusters; the longest takes 2.5 minutes
        runtime=lambda study, attempt: attempt * 30,
        mem_mb=2000,
    run:
        make("study", wildcards, log, name=wildcards.study, output=output[0])


rule claims_so_far:
    # Of what is quick, for who waits for runs on images.
    input:
        unpack(inputs_of("claims_so_far")),
    output:
        page=temp("<results>/partial/claims.md"),
        table=temp("<results>/partial/tables/claims.csv"),
    log:
        "<results>/logs/claims_so_far.log",
    priority: 1
    retries: 0
    run:
        judge_so_far(input, output, log[0])


rule claims:
    # What the paper claims, what was measured, and whether it holds.
    input:
        lambda wildcards: rules.claims_so_far.output if long_ones() else [],
        unpack(inputs_of("claims")),
    output:
        page=f"<results>/{CLAIMS[0]}",
        table=f"<results>/{CLAIMS[1]}",
    log:
        "<results>/logs/claims.log",
    retries: 0
    run:
        make("claims", wildcards, log, **judged(input, output))
