// What Vega is told: two charts, whose data are put in afterwards.

const SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"; // a name: not asked

function theme() {
  const styles = getComputedStyle(document.documentElement);
  const of = (name) => styles.getPropertyValue(`--${name}`).trim();
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  return { page: of("page"), text: of("text"), faint: of("faint"), line: of("line"), dark };
}

function lines(text, letters) {
  const found = [""];
  for (const word of text.split(" ")) {
    const last = found.length - 1;
    if (found[last] && (found[last] + word).length >= letters) found.push(word);
    else found[last] += (found[last] ? " " : "") + word;
  }
  return found;
}

const UPPER = "⁰¹²³⁴⁵⁶⁷⁸⁹";

// Powers of 2 or of 10 if all of them are: what figures/scales.py writes.
function written(values) {
  for (const base of [10, 2]) {
    const powers = values.map((x) => Math.round(Math.log(x) / Math.log(base)));
    if (powers.every((k, i) => k >= 0 && base ** k === values[i])) {
      return powers.map((k) => base + [...String(k)].map((digit) => UPPER[digit]).join(""));
    }
  }
  return values.map(String);
}

function decades(low, high) {
  const found = [];
  const first = Math.floor(Math.log10(Math.max(low, 1)));
  const last = Math.ceil(Math.log10(Math.max(high, 10)));
  for (let k = first; k <= last; k += 1) found.push(10 ** k);
  return found;
}

// 10⁴ rather than 10000
function powers() {
  const exponent = [...UPPER].reduce((text, upper, digit) =>
    `replace(${text}, /${digit}/g, '${upper}')`,
  "replace(format(log(abs(datum.value)) / LN10, '.0f'), '−', '⁻')");
  return `datum.value == 0 ? '0' : (datum.value < 0 ? '−10' : '10') + ${exponent}`;
}

function looks(colours, experiment) {
  const names = experiment.entries.map((entry) => entry.name);
  const range = experiment.entries.map((entry) => colours.dark ? entry.dark : entry.colour);
  const axis = {
    gridColor: colours.line, gridWidth: 0.5, domainColor: colours.faint,
    tickColor: colours.faint, labelColor: colours.text, titleColor: colours.text,
    labelFontSize: 12, titleFontSize: 13, titleFontWeight: "normal", labelOverlap: true,
  };
  return { names, range, axis };
}

// What the legend says, which follows the statistic.
function legendOf(data, experiment, state, width) {
  if (experiment.dims.length === 1) return { title: "", words: {} };
  const some = statisticsOf(experiment, state).points.some((point) => point.low != null);
  return {
    title: lines(`${data.statistics[state.statistic]} of T over ${experiment.seeds} seeds` +
      `${some ? ", 95 % interval" : ""}; slope of log T on log d`, Math.floor(width / 6.5)),
    words: Object.fromEntries(experiment.entries.map((entry) =>
      [entry.name, `${entry.name}: ${slopeOf(entry, state.statistic)}`])),
  };
}

function frame(colours, width, height, note, axis) {
  return {
    $schema: SCHEMA, width, height, autosize: { type: "fit", contains: "padding" },
    background: colours.page,
    title: {
      text: lines(note, Math.floor(width / 5.8)), orient: "bottom", anchor: "start",
      color: colours.faint, fontSize: 10, fontWeight: "normal", offset: 8,
    },
    config: {
      view: { stroke: null }, axis,
      legend: { labelColor: colours.text, titleColor: colours.faint, labelLimit: 420,
        titleLimit: width - 20,
        titleFontWeight: "normal", labelFontSize: 12 },
      font: "DejaVu Sans, system-ui, sans-serif",
    },
  };
}

const IN_BOX = "!box || (datum.dim >= box.d0 && datum.dim <= box.d1 && " +
  "datum.T >= box.t0 && datum.T <= box.t1)";

// T against d: cells, a statistic with its band, fitted lines, and what is pointed at.
function scalingSpec(data, experiment, state, rows, width) {
  const colours = theme();
  const { names, range, axis } = looks(colours, experiment);
  const single = experiment.dims.length === 1;
  const cells = cellsOf(experiment); // all: others may be chosen while the axes stand
  const zero = cells.some((cell) => cell.T === 0);
  const largest = cells.reduce((most, cell) => Math.max(most, cell.T), 1);
  const dims = experiment.dims, labels = written(dims);
  const columns = Math.max(1, Math.floor(width / 320));
  const colour = {
    field: "entry", type: "nominal", scale: { domain: names, range },
    legend: {
      orient: "bottom", columns, symbolOpacity: 1, symbolSize: 70,
      title: { signal: "legend.title" },
      labelExpr: "legend.words[datum.label] || datum.label",
    },
  };
  const x = single ?
    { field: "entry", type: "nominal", scale: { domain: names }, title: null,
      axis: { labelAngle: width < 520 ? -90 : -30, labelLimit: 140,
        labelOverlap: false } } :
    { field: "x", type: "quantitative", title: "dimension d",
      scale: { type: "log", nice: false, padding: 12 },
      axis: { values: dims, grid: false,
        labelExpr: `(${JSON.stringify(Object.fromEntries(dims.map((d, i) =>
          [d, labels[i]])))})[datum.value]` } };
  const y = {
    field: "T", type: "quantitative", title: "iterations T to a separator",
    scale: zero ? { type: "symlog", constant: 1 } : { type: "log" },
    axis: { values: zero ? [0, ...decades(1, largest)] : decades(1, largest * 10),
      labelExpr: powers() },
  };
  const shape = { field: "entry", type: "nominal", legend: colour.legend,
    scale: { domain: names, range: experiment.entries.map((entry) => entry.shape) } };
  const layers = [
    {
      data: { name: "cells" }, mark: { type: "point", filled: true, stroke: null },
      encoding: {
        x, y, color: colour, shape: { field: "mark", type: "nominal", scale: null },
        size: { condition: { test: "datum.lost", value: 60 }, value: single ? 70 : 14 },
        opacity: {
          condition: [
            { test: `datum.lost && (${IN_BOX})`, value: 0.9 },
            { test: IN_BOX, value: single ? 0.9 : 0.4 },
          ], value: 0.05,
        },
      },
    },
    ...(single ? [] : [
      {
        data: { name: "points" }, mark: { type: "area", opacity: 0.25 },
        encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" }, color: colour },
      },
      { data: { name: "lines" }, mark: { type: "line", strokeWidth: 1.6 },
        encoding: { x, y, color: colour } },
      {
        data: { name: "points" },
        mark: { type: "point", filled: true, size: 75, opacity: 1,
          stroke: colours.page, strokeWidth: 0.8 },
        encoding: { x, y, color: colour, shape },
      },
    ]),
    {
      data: { name: "box" },
      mark: { type: "rect", fill: colours.text, fillOpacity: 0.08, stroke: colours.faint },
      encoding: single ? { y: { ...y, field: "t0" }, y2: { field: "t1" } } :
        { x: { ...x, field: "x0" }, x2: { field: "x1" },
          y: { ...y, field: "t0" }, y2: { field: "t1" } },
    },
    {
      data: { name: "here" },
      mark: { type: "point", size: 160, stroke: colours.text, strokeWidth: 1.8 },
      encoding: { x, y },
    },
  ];
  return {
    ...frame(colours, width, width < 520 ? 420 : 400, experiment.note, axis),
    params: [{ name: "box", value: state.box },
      { name: "legend", value: legendOf(data, experiment, state, width) }],
    datasets: rows,
    layer: layers,
  };
}

// How an observable is drawn: what has no 0 or sign on a logarithm, else with a place
// for both.
function scaleOf(name, state, values) {
  if (state.linear || name === "accuracy" || name === "misclassified") return "linear";
  return values.every((v) => v == null || v > 0) ? "log" : "symlog";
}

// Powers of ten, as many as can be read; where there is none, as Vega has it.
function ticks(type, values) {
  if (type === "linear" || !values.length) return {};
  const sizes = values.map(Math.abs).filter((v) => v > 0);
  const low = type === "log" ? Math.min(...sizes) : 1, high = Math.max(...sizes, low);
  const first = Math.ceil(Math.log10(low)), last = Math.floor(Math.log10(high));
  if (last - first < 1) return { tickCount: 5, format: "~g" };
  const apart = Math.ceil((last - first + 1) / 6);
  const found = [];
  for (let k = first; k <= last; k += apart) found.push(10 ** k);
  if (type === "log") return { values: found, labelExpr: powers() };
  const most = Math.max(...values), least = Math.min(...values);
  return { values: [...found.map((x) => -x).filter((x) => x >= least), 0,
    ...found.filter((x) => x <= most)], labelExpr: powers() };
}

function curvesSpec(experiment, state, datasets, width) {
  const colours = theme();
  const { names, range, axis } = looks(colours, experiment);
  const name = state.observable;
  const rows = [...datasets.runs, ...datasets.bands];
  const values = rows.flatMap((row) => [row.v, row.low, row.high])
    .filter((v) => v != null);
  const type = scaleOf(name, state, values);
  const last = rows.reduce((most, row) => Math.max(most, row.t), 1);
  const color = { field: "entry", type: "nominal", legend: null,
    scale: { domain: names, range } };
  const x = {
    field: "t", type: "quantitative", title: "iteration",
    scale: { type: "symlog", constant: 1, nice: false, domainMin: 0 },
    axis: { values: [0, ...decades(1, last)], labelExpr: powers(), grid: false },
  };
  const y = {
    field: "v", type: "quantitative", title: name.replaceAll("_", " "),
    scale: { type, ...(type === "log" ? {} : { zero: false }), ...(name === "accuracy" ? { domain: [0, 1] } : {}) },
    axis: ticks(type, values),
  };
  return {
    ...frame(colours, width, width < 520 ? 360 : 340, experiment.note, axis),
    datasets,
    layer: [
      { data: { name: "bands" }, mark: { type: "area", opacity: 0.22,
        interpolate: "step-after" },
      encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" }, color } },
      { data: { name: "bands" }, mark: { type: "line", strokeWidth: 2.2,
        interpolate: "step-after" }, encoding: { x, y, color } },
      { data: { name: "runs" }, mark: { type: "line", strokeWidth: 1, opacity: 0.6,
        interpolate: "step-after" },
      encoding: { x, y, color, detail: { field: "id", type: "nominal" } } },
      { data: { name: "ends" }, mark: { type: "point", filled: true, opacity: 1 },
        encoding: { x, y, color,
          shape: { field: "mark", type: "nominal", scale: null },
          size: { condition: { test: "datum.mark == 'triangle-up'", value: 80 },
            value: 28 } } },
      { data: { name: "here" }, mark: { type: "line", strokeWidth: 3,
        interpolate: "step-after" }, encoding: { x, y, color } },
    ],
  };
}

// Where the pointer is in the coordinates of a view's marks.
function within(view, event) {
  const canvas = view.container().querySelector("canvas");
  const rect = canvas.getBoundingClientRect();
  const [left, top] = view.origin(), padding = view.padding();
  return [event.clientX - rect.left - left - (padding.left || 0),
    event.clientY - rect.top - top - (padding.top || 0)];
}

// The row that is drawn nearest to a place, if any is near.
function nearest(view, place, rows, x, y, near = 18) {
  const onX = view.scale("x"), onY = view.scale("y");
  const half = onX.bandwidth ? onX.bandwidth() / 2 : 0;
  let found = null, least = near * near;
  for (const row of rows) {
    const dx = onX(row[x]) + half - place[0], dy = onY(row[y]) - place[1];
    const far = dx * dx + dy * dy;
    if (far < least) [found, least] = [row, far];
  }
  return found;
}
