// The page: what is chosen, and what follows from it.

const data = await unpack(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const byName = (name) => data.experiments.find((each) => each.name === name);
const ROWS = 25, MOST = 100; // of the table at a time; runs of a box
const state = { statistic: data.statistic, linear: false, runs: true, bands: false };
const views = {};
let experiment, cells = [], boxed = [], drawnRuns = { rows: [], ends: [] }, rows = ROWS;

function option(value, text = value, selected = false) {
  return new Option(text, value, selected, selected);
}

function check(name, value, checked, text, before = null) {
  const label = document.createElement("label");
  const input = document.createElement("input");
  Object.assign(input, { type: "checkbox", name, value, checked });
  label.append(input, ...(before ? [before] : []), text);
  return label;
}

// A line of the legend: the entry's colour and marker, as they are drawn.
function swatch(entry) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("width", 16);
  svg.setAttribute("height", 16);
  svg.setAttribute("viewBox", "-1.42 -1.42 2.84 2.84"); // of the widest, a diamond
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
  shape.setAttribute("d", entry.shape);
  shape.setAttribute("fill", theme().dark ? entry.dark : entry.colour);
  svg.append(shape);
  return svg;
}

function open(found) {
  experiment = found;
  const { dims, entries, seeds } = experiment;
  Object.assign(state, {
    experiment: experiment.name, entries: new Set(entries.map((each) => each.name)),
    dims: new Set(dims), seeds: [0, seeds - 1], box: null, cell: null,
    at: dims[Math.floor(dims.length / 2)],
  });
  const known = observablesOf(experiment);
  if (!known.includes(state.observable)) {
    state.observable = known.includes("loss") ? "loss" : known[0];
  }
  $("experiment").value = experiment.name;
  $("entries").querySelector(".list").replaceChildren(...entries.map((entry) =>
    check("entry", entry.name, true, entry.name, swatch(entry))));
  $("dims").querySelector(".pills").replaceChildren(...dims.map((dim) =>
    check("dim", dim, true, String(dim))));
  $("at").replaceChildren(...dims.map((dim) => option(dim, dim, dim === state.at)));
  $("observable").replaceChildren(...known.map((each) =>
    option(each, each.replaceAll("_", " "), each === state.observable)));
  $("seed-from").value = 0;
  $("seed-to").value = seeds - 1;
  $("seed-from").max = $("seed-to").max = seeds - 1;
  $("note").textContent = experiment.note;
  fill();
  tell(null);
  return draw();
}

// The box stands in its fields too, where a keyboard reaches it.
function fill() {
  const { d0, d1, t0, t1 } = state.box || {};
  [["d-from", d0], ["d-to", d1], ["t-from", t0], ["t-to", t1]].forEach(([id, x]) => {
    $(id).value = x == null || !Number.isFinite(x) ? "" : Math.round(x);
  });
}

function choose() {
  cells = chosen(experiment, state);
  boxed = inBox(cells, state.box);
}

// What the first chart shows, by the names of its data.
function shown() {
  const { points, lines } = statisticsOf(experiment, state);
  const box = state.box ? drawable(state.box) : [];
  return { cells, points, lines, box, here: state.cell ? [state.cell] : [] };
}

async function draw() {
  choose();
  const spec = scalingSpec(data, experiment, state, shown(), widthOf("scaling"));
  await embed("scaling", spec);
  say();
  await curves();
}

const widthOf = (name) => Math.floor($(name).clientWidth);

// One after the other: of several that are asked for meanwhile, the last.
const turns = {}, asked = {};
function embed(name, spec) {
  asked[name] = spec;
  turns[name] = (turns[name] || Promise.resolve()).then(async () => {
    if (asked[name] !== spec) return;
    views[name]?.finalize();
    const options = { actions: false, renderer: "canvas", logLevel: 1 };
    views[name] = (await vegaEmbed($(name), spec, options)).view;
  });
  return turns[name];
}

// New data in the chart that stands; its axes and legend stay what they are.
async function update() {
  await turns.scaling;
  choose();
  const view = views.scaling;
  const drawn = experiment.dims.length > 1 ? ["cells", "points", "lines"] : ["cells"];
  const rows = shown();
  view.signal("legend", legendOf(data, experiment, state, widthOf("scaling")));
  drawn.forEach((name) => view.data(name, rows[name]));
  await select();
}

// What lies in the box.
async function select() {
  await turns.scaling;
  boxed = inBox(cells, state.box);
  const view = views.scaling;
  view.signal("box", state.box);
  const rows = shown();
  view.data("box", rows.box).data("here", rows.here);
  await view.runAsync();
  say();
  await curves();
}

// Open ends of a box reach as far as there are cells.
function drawable(box) {
  const of = (key) => cells.map((cell) => cell[key]);
  const least = (key) => of(key).reduce((a, b) => Math.min(a, b), Infinity);
  const most = (key) => of(key).reduce((a, b) => Math.max(a, b), 0);
  if (!cells.length) return [];
  return [{
    x0: Math.max(box.d0, least("dim")) * 0.92, x1: Math.min(box.d1, most("dim")) * 1.08,
    t0: Math.max(box.t0, least("T")), t1: Math.min(box.t1, most("T")),
  }];
}

async function curves() {
  const all = state.box ? boxed : cells.filter((cell) => cell.dim === state.at);
  const known = all.filter((cell) => cell.seed < data.curves);
  const some = state.runs ? known.slice(0, MOST) : [];
  if (state.runs && state.cell && !some.includes(state.cell)) some.push(state.cell);
  drawnRuns = runsOf(experiment, some, state.observable);
  const bands = state.bands ? bandsOf(experiment, state, state.observable) : [];
  const { rows, ends } = drawnRuns;
  const datasets = { runs: rows, ends, bands, here: bold(state.cell) };
  await embed("curves", curvesSpec(experiment, state, datasets, widthOf("curves")));
  const runs = new Set(drawnRuns.rows.map((row) => row.id)).size;
  const where = state.box ? "of the cells in the box" : `at d = ${state.at}`;
  const floor = state.observable === "loss" ? " Losses below 10⁻⁴ are drawn there." : "";
  const told = [];
  if (state.runs) told.push(`${runs} runs of ${all.length} ${where}: the page has the ` +
    `curves of ${data.curves === 1 ? "the first seed" : `the first ${data.curves} seeds`}` +
    `${known.length > MOST ? `, and shows ${MOST} at a time` : ""}.`);
  if (state.bands) told.push(bands.length ?
    `Bands at d = ${state.at}: median, and 10 % to 90 % of all ${experiment.seeds} seeds;` +
    " a run that ended keeps its last value." : "No bands: there is one seed.");
  $("curves-words").textContent = told.join(" ") + floor;
}

const bold = (cell) => cell ? drawnRuns.rows.filter((row) => row.id === cell.id) : [];

function say() {
  const lost = boxed.filter((cell) => cell.lost);
  const unclear = boxed.filter((cell) => cell.unclear).length;
  const counts = ["capped", "diverged"].map((end) =>
    `${lost.filter((cell) => cell.outcome === end).length} ${end}`);
  $("summary").textContent = `${boxed.length.toLocaleString("en")} cells` +
    `${state.box ? ` of ${cells.length.toLocaleString("en")}` : ""}: ` +
    `${boxed.length - lost.length} separated, ${counts.join(", ")}.` +
    `${unclear ? ` Unclear signs in ${unclear}.` : ""}`;
  const shown = experiment.entries.filter((entry) => state.entries.has(entry.name));
  const slopes = shown.map((entry) => `${entry.name} ${slopeOf(entry, state.statistic)}`);
  const whole = shown.every(({ points }) =>
    usable(points, state.statistic).length === points.length);
  $("scaling-words").textContent = experiment.dims.length > 1 ?
    `Slopes of log T on log d, ${data.statistics[state.statistic]} over all seeds:` +
    ` ${slopes.join("; ")}.${whole ? "" : " Where it lies beyond the cap there is no" +
      " large marker; such a d, and one where it is 0, is not in the slope."}` :
    "One d: there is no slope.";
  table();
}

const ORDERS = {
  slow: (a, b) => b.lost - a.lost || b.T - a.T || a.id - b.id,
  fast: (a, b) => a.lost - b.lost || a.T - b.T || a.id - b.id,
  grid: (a, b) => a.id - b.id,
};

function table() {
  const order = [...boxed].sort(ORDERS[$("order").value]);
  $("cells").querySelector("tbody").replaceChildren(...order.slice(0, rows).map(line));
  $("more").hidden = order.length <= rows;
  $("more").textContent = `Show more of ${order.length.toLocaleString("en")}`;
}

function line(cell) {
  const row = document.createElement("tr");
  const add = (content, kind = "") => {
    const place = row.insertCell();
    place.className = kind;
    place.append(content);
  };
  const link = document.createElement("a");
  link.href = recordOf(data, experiment, cell);
  link.textContent = "record";
  link.setAttribute("aria-label", `record of ${nameOf(cell)}`);
  add(cell.entry);
  add(cell.dim.toLocaleString("en"), "n");
  add(cell.seed, "n");
  add((cell.lost ? "> " : "") + cell.T.toLocaleString("en"), "n");
  add(cell.outcome, cell.lost ? "lost" : "");
  add(link);
  add(button("copy", cell, "copy the command of"));
  add(button("show", cell, "show"));
  return row;
}

function button(what, cell, words) {
  const found = document.createElement("button");
  Object.assign(found, { type: "button", textContent: what });
  found.setAttribute("aria-label", `${words} ${nameOf(cell)}`);
  found.addEventListener("click", () =>
    what === "copy" ? copy(commandOf(experiment, cell), found) : point(cell, true));
  return found;
}

async function copy(text, said) {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // a page that is a file may not, in some browsers
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  const before = said.textContent;
  said.textContent = "copied";
  setTimeout(() => { said.textContent = before; }, 1200);
}

function tell(cell) {
  const told = $("one-told");
  if (!cell) {
    told.innerHTML = '<p class="words">Click a point, a curve, or <em>show</em> in the' +
      " table.</p>";
    return;
  }
  const what = document.createElement("p");
  const sure = cell.certificate ? `; certificate: ${cell.certificate}` : "";
  const unclear = cell.unclear ? `; unclear signs: ${cell.unclear}` : "";
  what.textContent = `${experiment.name}: ${nameOf(cell)}. ${endOf(cell)}${sure}${unclear}.`;
  const command = document.createElement("code");
  command.textContent = commandOf(experiment, cell);
  const link = document.createElement("a");
  link.href = recordOf(data, experiment, cell);
  link.textContent = "Its record";
  const acts = document.createElement("p");
  const copying = document.createElement("button");
  Object.assign(copying, { type: "button", textContent: "Copy the command" });
  copying.addEventListener("click", () => copy(command.textContent, copying));
  acts.append(copying, " ", link);
  const run = document.createElement("p");
  run.append(command);
  told.replaceChildren(what, acts, run);
}

// A cell that was chosen: it is ringed, its curve is bold, and the page says what it is.
async function point(cell, move = false) {
  state.cell = cell;
  tell(cell);
  views.scaling.data("here", cell ? [cell] : []);
  await views.scaling.runAsync();
  if (cell && !state.box && cell.dim !== state.at) {
    state.at = cell.dim;
    $("at").value = cell.dim;
  }
  await curves();
  if (move) $("one").scrollIntoView({ block: "nearest" });
}

function tip(event, text) {
  const box = $("tip");
  box.hidden = !text;
  if (!text) return;
  box.textContent = text;
  const left = Math.min(event.clientX + 14, innerWidth - box.offsetWidth - 8);
  const above = event.clientY + box.offsetHeight + 24 > innerHeight;
  box.style.left = `${Math.max(4, left)}px`;
  box.style.top = `${event.clientY + (above ? -box.offsetHeight - 12 : 16)}px`;
}

const under = {
  scaling: (event) => nearest(views.scaling, within(views.scaling, event), cells,
    experiment.dims.length > 1 ? "x" : "entry", "T"),
  curves(event) {
    const rows = drawnRuns.rows.filter((row) => row.v != null);
    const row = nearest(views.curves, within(views.curves, event), rows, "t", "v", 24);
    return row && cellsOf(experiment)[row.id];
  },
};

let hovered = null;
async function hover(name, event) {
  await turns[name];
  const cell = under[name](event);
  tip(event, cell && `${nameOf(cell)}\n${endOf(cell)}`);
  if (cell === hovered) return;
  hovered = cell;
  const shown = cell || state.cell;
  if (name === "scaling") views.scaling.data("here", shown ? [shown] : []);
  else views.curves.data("here", bold(shown));
  await views[name].runAsync();
}

// A drag with a mouse or a pen draws a box; a finger scrolls the page. `start` is where
// the button is held from; the click that follows a box is none.
let start = null, swept = false;
function isFar(event) {
  const [x, y] = within(views.scaling, event);
  return Math.hypot(x - start[0], y - start[1]) >= 5;
}

function dragged(event) {
  const view = views.scaling, one = start, other = within(view, event);
  const single = experiment.dims.length === 1;
  const ends = (scale, i, most) => [one[i], other[i]]
    .map((at) => scale.invert(Math.min(Math.max(at, 0), most))).sort((a, b) => a - b);
  const [t0, t1] = ends(view.scale("y"), 1, view.height());
  if (single) return { d0: 0, d1: Infinity, t0, t1 };
  const [x0, x1] = ends(view.scale("x"), 0, view.width());
  // a d is in the box if its middle is
  return { d0: x0, d1: x1, t0, t1 };
}

function once(act) { // at most one a frame
  let waiting = false, last;
  return (...given) => {
    last = given;
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; act(...last); });
  };
}

const moved = once(async (name, event) => {
  if (start && name === "scaling") {
    if (!isFar(event)) return;
    tip(event, "");
    state.box = dragged(event);
    fill();
    views.scaling.signal("box", state.box);
    views.scaling.data("box", drawable(state.box));
    await views.scaling.runAsync();
  } else await hover(name, event);
});

for (const name of ["scaling", "curves"]) {
  $(name).addEventListener("pointermove", (event) => {
    if (event.pointerType !== "touch") moved(name, event);
  });
  $(name).addEventListener("pointerleave", () => { tip(null, ""); });
  $(name).addEventListener("click", (event) => {
    const cell = under[name](event);
    if (cell && !(name === "scaling" && swept)) point(cell);
  });
}
$("scaling").addEventListener("pointerdown", (event) => {
  swept = false;
  if (event.pointerType === "touch" || event.button) return;
  start = within(views.scaling, event);
});
addEventListener("pointerup", (event) => {
  if (!start) return;
  swept = isFar(event);
  if (swept) {
    state.box = dragged(event);
    fill();
    rows = ROWS;
    select();
  }
  start = null;
});
addEventListener("pointercancel", () => {
  if (!start) return;
  start = null;
  select();
});

const ticked = (name) => new Set([...document.querySelectorAll(`[name=${name}]:checked`)]
  .map((each) => name === "dim" ? Number(each.value) : each.value));
const number = (id, other) => $(id).value === "" ? other : Number($(id).value);

$("experiment").addEventListener("change", (event) => {
  history.replaceState(null, "", `#${encodeURIComponent(event.target.value)}`);
  open(byName(event.target.value));
});
$("entries").addEventListener("change", () => {
  state.entries = ticked("entry");
  update();
});
$("dims").addEventListener("change", () => {
  state.dims = ticked("dim");
  if (!state.dims.has(state.at) && state.dims.size) {
    state.at = [...state.dims][Math.floor(state.dims.size / 2)];
    $("at").value = state.at;
  }
  update();
});
$("seeds").addEventListener("change", () => {
  state.seeds = [number("seed-from", 0), number("seed-to", experiment.seeds - 1)];
  update();
});
$("box").addEventListener("change", () => {
  const found = { d0: number("d-from", 0), d1: number("d-to", Infinity),
    t0: number("t-from", 0), t1: number("t-to", Infinity) };
  const open = !found.d0 && !found.t0 && found.d1 === Infinity && found.t1 === Infinity;
  state.box = open ? null : found;
  select();
});
$("clear").addEventListener("click", () => {
  state.box = null;
  fill();
  select();
});
$("statistic").addEventListener("change", (event) => {
  state.statistic = event.target.value;
  update();
});
for (const key of ["observable", "at"]) {
  $(key).addEventListener("change", (event) => {
    state[key] = key === "at" ? Number(event.target.value) : event.target.value;
    curves();
  });
}
for (const key of ["runs", "bands", "linear"]) {
  $(key).addEventListener("change", (event) => {
    state[key] = event.target.checked;
    curves();
  });
}
$("order").addEventListener("change", table);
$("more").addEventListener("click", () => { rows += 4 * ROWS; table(); });
document.querySelectorAll("[data-save]").forEach((each) =>
  each.addEventListener("click", async () => {
    const name = each.dataset.save;
    const blob = new Blob([await views[name].toSVG()], { type: "image/svg+xml" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${experiment.name}-${name}.svg`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }));

let wide = innerWidth, resized;
addEventListener("resize", () => {
  if (innerWidth === wide) return; // on a phone the height changes with each scroll
  wide = innerWidth;
  clearTimeout(resized);
  resized = setTimeout(draw, 120);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  document.querySelectorAll("#entries svg").forEach((each, i) =>
    each.replaceWith(swatch(experiment.entries[i])));
  draw();
});
const named = () => {
  try {
    return byName(decodeURIComponent(location.hash.slice(1)));
  } catch { // no address of anything
    return undefined;
  }
};
addEventListener("hashchange", () => {
  const found = named();
  if (found && found !== experiment) open(found);
});
// without a change of the address, which names an experiment
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  $("cells").focus();
});

$("fewer").open = matchMedia("(min-width: 52rem)").matches;
$("experiment").replaceChildren(...data.experiments.map((each) => option(each.name)));
$("statistic").replaceChildren(...Object.entries(data.statistics).map(([name, words]) =>
  option(name, words, name === state.statistic)));
await open(named() || data.experiments[0]);
document.body.dataset.ready = "yes";
