# All figures: what each reads, and where it stands, it says itself; see gdexp.figures.


rule figure:
    # It is drawn again when its numbers, its settings or its module change.
    input:
        unpack(inputs_of("figure")),
    output:
        png=report(
            "<results>/figures/{figure}.png",
            caption="../report/figure.rst",
            category=lambda wildcards: places(grid)[wildcards.figure].label[0],
            labels=lambda wildcards: {
                "figure": places(grid)[wildcards.figure].label[1]
            },
        ),
        pdf="<results>/figures/{figure}.pdf",
        csv="<results>/figures/{figure}.csv",
        txt="<results>/figures/{figure}.txt",
    log:
        "<results>/logs/figures/{figure}.log",
    priority: 1  # shown as soon as it can be
    retries: 0
    params:
        caption=lambda figure, output: Quoted(output.txt),
    run:
        about = {"path": wildcards.figure, "inputs": files_of("figure", wildcards)}
        make("figure", wildcards, log, **about, outputs=list(output))
