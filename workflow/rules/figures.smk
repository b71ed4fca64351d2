# All figures: what each reads, and where it stands, it says itself; see gdexp.figures.


rule figure:
    # It is drawn again when its numbers, its settings or its module change.
    input:
        lambda figure: sum(inputs_of_figure(figure).values(), []),
    output:
        png=report(
            "<results>/figures/{figure}.png",
            caption="../report/figure.rst",
            category=lambda wildcards: drawn()[wildcards.figure].label[0],
            labels=lambda wildcards: {"figure": drawn()[wildcards.figure].label[1]},
        ),
        pdf="<results>/figures/{figure}.pdf",
        csv="<results>/figures/{figure}.csv",
        txt="<results>/figures/{figure}.txt",
    log:
        "<results>/logs/figures/{figure}.log",
    priority: 1  # shown as soon as it can be
    retries: 0
    params:
        about=lambda figure: repr(drawn()[figure.figure].about(images.grid)),
        caption=lambda figure, output: Quoted(output.txt),
        code=lambda figure: drawn()[figure.figure].card.code,
    run:
        files = {"inputs": inputs_of_figure(wildcards), "outputs": list(output)}
        workers.do("figure", log=log[0], path=wildcards.figure, **files)
