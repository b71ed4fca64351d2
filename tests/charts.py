"""The explorer's charts, from outside the page: JavaScript for a browser."""

# the charts by name, kept as they are drawn: to be there before the page is opened
CHARTS = """
  window.charts = {};
  let draw;
  Object.defineProperty(window, "vegaEmbed", { get: () => draw, set: (given) => {
    draw = async (element, ...more) => {
      const drawn = await given(element, ...more);
      charts[element.id] = drawn.view;
      return drawn;
    };
  } });
"""
# where on the screen the run of an entry and of the seed at its first d is drawn
PLACE = """([entry, seed]) => {
  const view = charts.scaling, x = view.scale("x"), padding = view.padding();
  const canvas = document.querySelector("#scaling canvas").getBoundingClientRect();
  const cell = view.data("cells").find((each) =>
    each.entry === entry && each.seed === seed);
  const across = x.bandwidth ? x(entry) + x.bandwidth() / 2 : x(cell.x);
  return [canvas.left + view.origin()[0] + (padding.left || 0) + across,
    canvas.top + view.origin()[1] + (padding.top || 0) + view.scale("y")(cell.T)];
}"""
