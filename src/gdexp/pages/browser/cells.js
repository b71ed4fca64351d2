// The grid as it stands in the page, and what of it is chosen.

async function unpack(text) {
  const bytes = Uint8Array.from(atob(text.trim()), (c) => c.charCodeAt(0));
  const packed = new Blob([bytes]).stream();
  return new Response(packed.pipeThrough(new DecompressionStream("gzip"))).json();
}

// Series stand beside each other at each d, as in the figures: see figures/scales.py.
function beside(count, dims) {
  const logs = dims.map(Math.log);
  const gaps = logs.slice(1).map((x, i) => x - logs[i]);
  const gap = gaps.length ? Math.min(...gaps) : Math.log(2);
  return [...Array(count).keys()].map((i) =>
    Math.exp(gap * (i - (count - 1) / 2) * Math.min(0.16, 0.7 / count)));
}

// One row for each cell of an experiment, once.
function cellsOf(experiment) {
  if (experiment.cells) return experiment.cells;
  const factors = beside(experiment.entries.length, experiment.dims);
  const cells = [];
  experiment.entries.forEach((entry, e) => {
    entry.points.forEach((point, p) => {
      point.iterations.forEach((T, seed) => {
        const outcome = point.outcomes[seed];
        const lost = outcome !== "separated";
        cells.push({
          id: cells.length, e, p, entry: entry.name, dim: point.dim, seed, T, outcome,
          lost, x: point.dim * factors[e], mark: lost ? "triangle-up" : "circle",
          certificate: point.certificates[seed], unclear: point.unclear[seed],
        });
      });
    });
  });
  experiment.factors = factors;
  return (experiment.cells = cells);
}

const nameOf = (cell) => `${cell.entry}  d ${cell.dim}  seed ${cell.seed}`;

// The record file of a cell: that of its job, which may have several seeds.
function recordOf(data, experiment, cell) {
  const first = cell.seed - (cell.seed % data.per_job);
  const last = Math.min(first + data.per_job, experiment.seeds) - 1;
  const seeds = first === last ? `s${first}` : `s${first}-${last}`;
  return `cells/${experiment.entries[cell.e].folder}/d${cell.dim}/${seeds}.jsonl`;
}

function commandOf(experiment, cell) {
  const entry = experiment.entries[cell.e];
  const dim = entry.asks_dim ? ` --dim ${cell.dim}` : "";
  return `${entry.command}${dim} --seed ${cell.seed}`;
}

function endOf(cell) {
  if (!cell.lost) return `T = ${cell.T.toLocaleString("en")}`;
  return `${cell.outcome} after ${cell.T.toLocaleString("en")} iterations: T is larger`;
}

// What is chosen: entries, dims and seeds; and of these what lies in the box.
function chosen(experiment, state) {
  return cellsOf(experiment).filter((cell) =>
    state.entries.has(cell.entry) && state.dims.has(cell.dim) &&
    cell.seed >= state.seeds[0] && cell.seed <= state.seeds[1]);
}

function inBox(cells, box) {
  if (!box) return cells;
  return cells.filter((cell) =>
    cell.dim >= box.d0 && cell.dim <= box.d1 && cell.T >= box.t0 && cell.T <= box.t1);
}

// The points of which a slope is made: neither beyond the cap nor 0.
const usable = (points, statistic) =>
  points.filter((point) => (point.statistics[statistic] || [])[0] > 0);

// Statistics of T with their intervals, and the ends of fitted lines.
function statisticsOf(experiment, state) {
  const points = [], lines = [];
  experiment.entries.forEach((entry, e) => {
    if (!state.entries.has(entry.name)) return;
    const shown = entry.points.filter((point) => state.dims.has(point.dim));
    for (const point of shown) {
      const [value, low, high] = point.statistics[state.statistic] || [];
      if (value == null) continue;
      points.push({
        entry: entry.name, x: point.dim * experiment.factors[e], T: value, low,
        high: low != null && high == null ? ended(point, value) : high,
      });
    }
    const [slope, , , intercept] = entry.fits[state.statistic] || [];
    const used = usable(shown, state.statistic);
    if (slope == null || intercept == null || used.length < 2) return;
    for (const point of [used[0], used[used.length - 1]]) {
      const T = Math.exp(intercept) * point.dim ** slope;
      lines.push({ entry: entry.name, x: point.dim * experiment.factors[e], T });
    }
  });
  return { points, lines };
}

// An interval that goes on beyond the cap is drawn as far as the runs were.
const ended = (point, value) => point.iterations.reduce((most, T, seed) =>
  point.outcomes[seed] === "separated" ? most : Math.max(most, T), value);

function slopeOf(entry, statistic) {
  const [slope, low, high] = entry.fits[statistic] || [];
  if (slope == null) return "no slope";
  const interval = low == null || high == null ? ", no interval" :
    ` [${low.toFixed(2)}, ${high.toFixed(2)}]`;
  const used = usable(entry.points, statistic).length, all = entry.points.length;
  return slope.toFixed(2) + interval + (used < all ? ` (${used} of ${all} d)` : "");
}

const FLOOR = 1e-4; // as in the figures: the last step may end at any loss

const drawn = (name, value) => name === "loss" && value != null ?
  Math.max(value, FLOOR) : value;

// The runs of these cells, as far as the page has their curves.
function runsOf(experiment, cells, name) {
  const rows = [], ends = [];
  for (const cell of cells) {
    const run = experiment.entries[cell.e].points[cell.p].runs[cell.seed];
    if (!run || !run[name]) continue;
    let last = null; // the last that is a number: a diverged run may end in none
    run.iteration.forEach((t, i) => {
      const row = { id: cell.id, entry: cell.entry, t, v: drawn(name, run[name][i]) };
      rows.push(row);
      if (row.v != null) last = row;
    });
    if (last) ends.push({ ...last, mark: cell.mark });
  }
  return { rows, ends };
}

function bandsOf(experiment, state, name) {
  const rows = [];
  for (const entry of experiment.entries) {
    const point = entry.points.find((each) => each.dim === state.at);
    if (!state.entries.has(entry.name) || !point.bands || !point.bands[name]) continue;
    const [low, middle, high] = point.bands[name];
    point.bands.iteration.forEach((t, i) => rows.push({
      entry: entry.name, t, low: drawn(name, low[i]), v: drawn(name, middle[i]),
      high: drawn(name, high[i]),
    }));
  }
  return rows;
}

function observablesOf(experiment) {
  const names = new Set();
  for (const entry of experiment.entries) {
    for (const point of entry.points) {
      Object.keys(point.runs[0] || {}).forEach((name) => names.add(name));
    }
  }
  names.delete("iteration");
  return [...names];
}
