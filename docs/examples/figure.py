"""A figure of one's own: the slowest cell of each d. Put it into ``own/``."""

from gdexp.figures import Plot


class SlowestPlot(Plot):
    """The slowest cell of each d.

    For each experiment over dims, below ``results/figures/EXPERIMENT/slowest``.
    """

    # literals: they are read before anything is imported
    name = "slowest"
    title = "the slowest cell of each d"
    where = "{experiment}/slowest"
    reads = ("cells",)

    def draw(self, cells, *, about):
        """Draw the largest T of each model and d.

        Parameters
        ----------
        cells : DataFrame
            The rows of ``results/tables/cells.csv`` of the experiment.
        about : gdexp.figures.About
            Its models, what to say below it, and more.
        """
        # here and not above: they take a second, which only drawing needs
        from matplotlib.figure import Figure

        from gdexp.figures.style import Drawing, colours, footnote, plain, styled

        done = cells[cells["outcome"] == "separated"]
        table = done.groupby(["model", "dim"], as_index=False)["iterations"].max()
        with styled():
            figure = Figure(figsize=(5, 3.5), layout="constrained")
            axes = figure.add_subplot(xscale="log", yscale="log")
            palette = colours(about.models)
            for model, rows in table.groupby("model"):
                style = {"color": palette[model], "label": plain(model)}
                axes.plot(rows["dim"], rows["iterations"], "o-", **style)
            axes.set_xlabel("dimension $d$")
            axes.set_ylabel("largest $T$")
            axes.legend()
            footnote(figure, about.note)
        caption = f"The largest T over the seeds of each d, no interval. {about.note}"
        return Drawing(figure, table, caption)
