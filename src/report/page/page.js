"use strict";
// The page computes nothing itself: every number comes from the model, which is the one of the command. What is here asks it,
// draws, sorts and writes.

const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const STEPS = 1000;
/** Milliseconds without a move before it is looked for where the cheapest changes. */
const PAUSE = 80;
const MOVED = "Moved values are read by the model as if the scenario had them.";

// ---- the model ----

let module = null;
/** Asks the model. */
let call = null;

async function loadModel() {
  const packed = Uint8Array.from(atob(byId("model").textContent), (letter) => letter.charCodeAt(0));
  const bytes = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
  module = await WebAssembly.compile(bytes);
  call = modelOf(module, data.load);
}

/** A model that was given a scenario. The worker is made from this text, so it uses nothing of the page. */
function modelOf(module, scenario) {
  let model = null;
  const start = () => {
    model = new WebAssembly.Instance(module).exports;
    ask("load", scenario);
  };
  const ask = (name, request) => {
    try {
      const bytes = new TextEncoder().encode(JSON.stringify(request));
      const place = model.reserve(bytes.length);
      new Uint8Array(model.memory.buffer, place, bytes.length).set(bytes);
      const length = model[name]();
      const answer = new TextDecoder().decode(new Uint8Array(model.memory.buffer, model.answer(), Math.abs(length)));
      if (length < 0) throw new Error(answer);
      return answer === "" ? null : JSON.parse(answer);
    } catch (problem) {
      // A model that stopped halfway answers no more.
      if (problem instanceof WebAssembly.RuntimeError && name !== "load") start();
      throw problem;
    }
  };
  start();
  return ask;
}

// ---- the worker ----

// Where the cheapest changes may take longer to find than a move may take: a second model looks for it beside the page.
let worker = null;
let busy = false;
/** The number of the last move: an answer to an earlier one comes too late. */
let moves = 0;

function workBeside() {
  let ask = null;
  onmessage = ({ data: { start, move, request } }) => {
    if (start) {
      ask = modelOf(start.module, start.scenario);
      return;
    }
    try {
      postMessage({ move, answer: ask("regions", request) });
    } catch (problem) {
      postMessage({ move, answer: { regions: [], problem: problem.message } });
    }
  };
}

function startWorker() {
  const address = URL.createObjectURL(new Blob([`${modelOf}\n(${workBeside})();`], { type: "text/javascript" }));
  worker = new Worker(address);
  worker.onmessage = ({ data: { move, answer } }) => {
    busy = false;
    if (move === moves) showRegions(answer);
  };
  worker.onerror = () => showRegions({ regions: [], problem: "the model cannot run beside the page in this browser" });
  worker.postMessage({ start: { module, scenario: data.load } });
}

function askRegions() {
  // Nobody waits for its answer any more.
  if (busy) {
    worker.terminate();
    worker = null;
  }
  if (worker === null) startWorker();
  busy = true;
  worker.postMessage({ move: moves, request: onAxis() });
}

// ---- what stands where ----

const parameters = data.parameters;
let comparison = data.comparison;
let curves = data.curves;
/** Where who is the cheapest; nothing while it is looked for, and at the start where that is too much to be carried along. */
let regions = data.regions;
/** The names of the options in the order of the scenario, which gives each its color. */
let order = curves.options;
/** The workload whose requests the chart goes along; nothing for those of all. */
let axis = null;
const values = parameters.map((parameter) => parameter.value);

function changes() {
  const moved = parameters.map((parameter, place) => ({ parameter, value: values[place] }));
  return moved
    .filter(({ parameter, value }) => value !== parameter.value)
    .map(({ parameter, value }) => ({ workload: parameter.workload, key: parameter.key, value: plain(value) + parameter.unit }));
}

const onAxis = () => ({ changes: changes(), workload: axis });

/** All digits without an exponent, as scenarios and price books have them. */
function plain(value) {
  return value.toLocaleString("en-US", { useGrouping: false, maximumSignificantDigits: 15 });
}

const grouped = (value, digits = 9) => value.toLocaleString("en-US", { maximumFractionDigits: digits });
const dollars = (value) => value.toLocaleString("en-US", { style: "currency", currency: "USD" });
const significant = (value, digits) => value.toLocaleString("en-US", { maximumSignificantDigits: digits });
const percent = (share) => `${grouped(share * 100, share < 0.1 ? 1 : 0)}%`;
/** Requests come whole; a rate below one a month has its decimals. */
const whole = (requests) => grouped(requests, requests < 1 ? 4 : 0);

/** 3,560,000 as 3.56M. */
function short(value) {
  const steps = [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "k"]];
  const [size, letter] = steps.find(([size]) => size <= Math.abs(value)) ?? [1, ""];
  return significant(value / size, 4) + letter;
}

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function drawn(name, attributes = {}, text = null) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== null) made.textContent = text;
  return made;
}

// Golden-angle hues: neighbors in the order of the scenario differ most.
const color = (place) => `hsl(${(210 + place * 137.5) % 360} var(--line-rich) var(--line-light))`;

// ---- sliders ----

function position(parameter, value) {
  const { from, to, scale } = parameter;
  const share = scale === "linear" ? (value - from) / (to - from) : Math.log(value / from) / Math.log(to / from);
  return Math.round(share * STEPS);
}

function valueAt(parameter, place) {
  const { from, to, scale } = parameter;
  if (place <= 0) return from;
  if (STEPS <= place) return to;
  if (place === position(parameter, parameter.value)) return parameter.value;
  const share = place / STEPS;
  const value = scale === "linear" ? from + (to - from) * share : from * (to / from) ** share;
  const rounded = Number(value.toPrecision(3));
  return parameter.unit === "MB" ? Math.round(rounded) : rounded;
}

function control(parameter, place) {
  const id = `${parameter.key}-${parameter.workload}`;
  const range = element("input", { type: "range", id: `${id}-range`, min: 0, max: STEPS, step: 1, "aria-label": `${parameter.label}, slider` });
  const field = element("input", { type: "number", id, min: parameter.from, max: parameter.to, step: "any", inputmode: "decimal" });
  const show = (fromField) => {
    range.value = position(parameter, values[place]);
    range.setAttribute("aria-valuetext", `${grouped(values[place])} ${parameter.unit}`);
    if (!fromField) field.value = plain(values[place]);
  };
  const move = (value, fromField) => {
    values[place] = value;
    show(fromField);
    schedule();
  };
  range.addEventListener("input", () => move(valueAt(parameter, Number(range.value)), false));
  field.addEventListener("input", () => {
    if (field.value !== "" && field.checkValidity()) move(Number(field.value), true);
  });
  field.addEventListener("change", () => show(false));
  parameter.show = () => show(false);
  show(false);
  const parts = [element("label", { for: id }, parameter.label), range, field, element("span", { class: "unit" }, parameter.unit)];
  if (parameter.note) parts.push(element("p", { class: "quiet" }, parameter.note));
  return element("div", { class: "control" }, ...parts);
}

function buildControls() {
  const form = byId("controls");
  form.addEventListener("submit", (event) => event.preventDefault());
  const workloads = [...new Set(parameters.map((parameter) => parameter.workload))];
  for (const workload of workloads) {
    const own = parameters.filter((parameter) => parameter.workload === workload);
    const controls = own.map((parameter) => control(parameter, parameters.indexOf(parameter)));
    form.append(element("fieldset", { disabled: "" }, element("legend", {}, own[0].workload_name), ...controls));
  }
  const reset = element("button", { type: "button", class: "reset" }, "Back to the scenario");
  reset.addEventListener("click", () => {
    parameters.forEach((parameter, place) => {
      values[place] = parameter.value;
      parameter.show();
    });
    schedule();
  });
  form.append(reset);
  if (1 < workloads.length) {
    const choices = parameters.filter(({ key }) => key === "requests").map((parameter) => element("option", { value: parameter.workload }, parameter.workload_name));
    const select = element("select", { id: "axis" }, element("option", { value: "" }, "all workloads"), ...choices);
    select.addEventListener("input", () => {
      axis = select.value === "" ? null : Number(select.value);
      schedule();
    });
    form.append(" ", element("label", { for: "axis" }, "The chart moves the requests of "), select);
  }
}

// ---- asking ----

let waiting = false;
let pause = 0;

/** Asks the model once for all moves between two frames: tables and curves at once, where the cheapest changes after a pause. */
function schedule() {
  document.documentElement.dataset.state = "busy";
  if (waiting || call === null) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    clearTimeout(pause);
    moves += 1;
    attempt(() => {
      [comparison, curves] = [call("compare", changes()), call("curves", onAxis())];
      [order, regions] = [curves.options, null];
      writeOptions();
      writeCurves();
      pause = setTimeout(() => attempt(askRegions), PAUSE);
    });
  });
}

function showRegions(answer) {
  regions = answer;
  writeCurves();
  document.documentElement.dataset.state = "ready";
}

function attempt(work) {
  const status = byId("status");
  try {
    work();
    status.textContent = MOVED;
    status.className = "quiet";
  } catch (problem) {
    status.textContent = problem.message;
    status.className = "alarm";
    document.documentElement.dataset.state = "ready";
  }
}

/** How many requests come along the axis now. */
const here = () => total(values.filter((_, place) => parameters[place].key === "requests" && (axis === null || parameters[place].workload === axis)));
const requestsOf = (workload) => parameters.find((parameter) => parameter.workload === workload && parameter.key === "requests");

// ---- words and tables ----

const carries = (option) => option.verdict === "carries";
// A price that only this page lacks is no fault of the price book.
const reasons = (option) =>
  option.verdict === "not priced" && !data.unpriced.includes(option.name)
    ? ["its price is not among those that this page has (the command has all)"]
    : option.reasons;

function writeHeadline() {
  const carrying = comparison.options.filter(carries);
  const all = comparison.options.length;
  const [first, second] = carrying;
  let text = `None of the ${all} options can carry it.`;
  if (first) {
    const of = carrying.length === all ? `${all} options` : `the ${carrying.length} options out of ${all} that carry it`;
    text = `${first.name} is the cheapest of ${of}, at ${dollars(first.invoice_usd)} a month`;
    if (second) text += `; the next, ${second.name}, costs ${dollars(second.invoice_usd)}`;
    text += ".";
  }
  byId("headline").textContent = text;
  byId("why").textContent = comparison.why.join(" ");
}

/** The fleets of an option, as many as it has. */
const fleets = (option) => option.capacities ?? (option.capacity ? [option.capacity] : []);
const each = (cell) => (option) => fleets(option).map(cell).join(" + ");
const over = (sum, key) => (option) => (fleets(option).length ? sum(fleets(option).map((fleet) => fleet[key])) : null);
const total = (numbers) => numbers.reduce((sum, number) => sum + number, 0);

const COLUMNS = [
  { title: "option", of: (option) => option.name },
  { title: "a month", number: true, of: (option) => option.monthly_usd, show: (option) => dollars(option.invoice_usd) },
  { title: "× cheapest", number: true, of: (option) => option.relative, show: (option) => (option.relative < 10 ? option.relative.toFixed(2) : significant(option.relative, 3)) },
  { title: "USD/million", number: true, of: (option) => option.cost_per_million_usd, show: (option) => significant(option.cost_per_million_usd, 4) },
  { title: "instances", number: true, of: over(total, "instances"), show: each((fleet) => grouped(fleet.instances, 2)) },
  { title: "busy", number: true, of: over((shares) => Math.max(...shares), "mean_utilization"), show: each((fleet) => percent(fleet.mean_utilization)) },
  { title: "bound by", of: (option) => each((fleet) => fleet.binding)(option) || null },
  { title: "verdict", of: (option) => [option.verdict, ...reasons(option)].join(": "), show: (option) => (carries(option) ? "carries it" : `${option.verdict}: ${reasons(option).join("; ")}`) },
];
const sorted = { column: 1, descending: false, byUser: false };

function buildHeader() {
  const cells = COLUMNS.map((column, place) => {
    const button = element("button", { type: "button" }, column.title);
    button.addEventListener("click", () => {
      sorted.descending = sorted.byUser && sorted.column === place && !sorted.descending;
      Object.assign(sorted, { column: place, byUser: true });
      writeTable();
    });
    return element("th", { scope: "col", class: column.number ? "number" : "" }, button);
  });
  byId("options").tHead.replaceChildren(element("tr", {}, ...cells));
}

function rows() {
  // The order of the comparison is: what carries the load, by cost; then the rest.
  if (!sorted.byUser) return comparison.options;
  const value = COLUMNS[sorted.column].of;
  const order = (one, other) => {
    const [first, second] = [value(one) ?? null, value(other) ?? null];
    if (first === null || second === null) return (first === null) - (second === null);
    const rising = typeof first === "number" ? first - second : first.localeCompare(second, "en", { numeric: true });
    return sorted.descending ? -rising : rising;
  };
  return [...comparison.options].sort(order);
}

function writeTable() {
  const cheapest = comparison.options.find(carries);
  const made = rows().map((option) => {
    const cells = COLUMNS.map((column, place) => {
      const value = column.of(option);
      const text = value === null || value === undefined ? "–" : (column.show ?? column.of)(option);
      const cell = element("td", { class: column.number ? "number" : "" }, text);
      if (place === 0) cell.prepend(element("span", { class: "swatch", style: `background: ${color(order.indexOf(option.name))}` }));
      return cell;
    });
    return element("tr", { class: option === cheapest ? "best" : carries(option) ? "" : "out" }, ...cells);
  });
  byId("options").tBodies[0].replaceChildren(...made);
  [...byId("options").tHead.rows[0].cells].forEach((cell, place) => {
    if (sorted.byUser && place === sorted.column) cell.setAttribute("aria-sort", sorted.descending ? "descending" : "ascending");
    else cell.removeAttribute("aria-sort");
  });
}

function writeBills() {
  const open = new Set([...document.querySelectorAll("#bills details[open]")].map((details) => details.dataset.name));
  const bills = comparison.options.filter((option) => option.monthly_usd !== null).map((option) => {
    const header = ["item", "region", "quantity", "unit", "USD per unit", "USD", "source", "as of"].map((title, place) => element("th", { scope: "col", class: [2, 4, 5].includes(place) ? "number" : "" }, title));
    const lines = option.lines.map((line) => {
      const tier = line.tier === "all" ? "" : ` (${line.tier})`;
      const cells = [line.item + tier, line.region, significant(line.quantity, 9), line.unit, plain(line.price_usd), significant(line.cost_usd, 9), line.source, line.as_of ?? ""];
      return element("tr", {}, ...cells.map((cell, place) => element("td", { class: [2, 4, 5].includes(place) ? "number" : "" }, cell)));
    });
    const table = element("table", {}, element("thead", {}, element("tr", {}, ...header)), element("tbody", {}, ...lines));
    const details = element("details", { "data-name": option.name }, element("summary", {}, `${option.name}: ${dollars(option.invoice_usd)} a month`), element("div", { class: "wide" }, table));
    details.open = open.has(option.name);
    return details;
  });
  byId("bills").replaceChildren(...bills);
}

function writeNotes() {
  const about = new Map();
  for (const option of comparison.options) for (const note of option.notes) about.set(note, [...(about.get(note) ?? []), option.name]);
  const noted = comparison.options.filter((option) => option.notes.length).length;
  const items = [...about].map(([note, names]) => element("li", {}, names.length === noted ? note : `${note} [${names.join("; ")}]`));
  byId("notes").replaceChildren(...items);
}

function writeRegions() {
  const list = byId("regions");
  list.setAttribute("aria-busy", regions === null);
  if (regions === null) return;
  const who = ({ winner, carried }) => (winner !== null ? curves.options[winner] : carried ? "several cost the same" : "nothing carries the load");
  const items = regions.regions.map((region) => element("li", {}, `${whole(region.from)} to ${whole(region.to)} requests a month${axisName()}: ${who(region)}`));
  if (regions.problem) items.push(element("li", {}, `Where the cheapest changes is not known: ${regions.problem}.`));
  list.replaceChildren(...items);
}

// ---- the chart ----

const FRAME = { width: 960, height: 460, left: 70, right: 280, top: 12, bottom: 42 };
let reading = null;

function scales() {
  const costs = curves.monthly_usd.flat().filter((cost) => 0 < cost);
  const low = 10 ** Math.floor(Math.log10(Math.max(0.01, Math.min(...costs))));
  const high = 10 ** Math.ceil(Math.log10(Math.max(0.1, ...costs)));
  const [from, to] = [curves.requests[0], curves.requests.at(-1)];
  const along = (value, start, end) => Math.log(value / start) / Math.log(end / start);
  return {
    low, high, from, to,
    x: (value) => FRAME.left + along(value, from, to) * (FRAME.width - FRAME.left - FRAME.right),
    y: (value) => FRAME.height - FRAME.bottom - along(Math.max(value, low), low, high) * (FRAME.height - FRAME.top - FRAME.bottom),
  };
}

function drawAxes(svg, { low, high, from, to, x, y }) {
  const bottom = FRAME.height - FRAME.bottom;
  for (let power = Math.ceil(Math.log10(from)); 10 ** power <= to * 1.0001; power += 1) {
    svg.append(drawn("line", { class: "grid", x1: x(10 ** power), x2: x(10 ** power), y1: FRAME.top, y2: bottom }));
    svg.append(drawn("text", { class: "tick", x: x(10 ** power), y: bottom + 16, "text-anchor": "middle" }, short(10 ** power)));
  }
  for (let power = Math.log10(low); power <= Math.log10(high) + 0.01; power += 1) {
    const cost = 10 ** Math.round(power);
    svg.append(drawn("line", { class: "grid", x1: FRAME.left, x2: FRAME.width - FRAME.right, y1: y(cost), y2: y(cost) }));
    svg.append(drawn("text", { class: "tick", x: FRAME.left - 6, y: y(cost) + 4, "text-anchor": "end" }, `$${short(cost)}`));
  }
  svg.append(drawn("text", { x: (FRAME.left + FRAME.width - FRAME.right) / 2, y: FRAME.height - 8, "text-anchor": "middle" }, `requests a month${axisName()}`));
  svg.append(drawn("text", { x: 14, y: FRAME.height / 2, transform: `rotate(-90 14 ${FRAME.height / 2})`, "text-anchor": "middle" }, "USD a month"));
}

function axisName() {
  const several = 1 < new Set(parameters.map((parameter) => parameter.workload)).size;
  return several ? ` of ${axis === null ? "all workloads" : requestsOf(axis).workload_name}` : "";
}

/** Pieces of a line that are alike: solid where the load is carried, dashed where not. */
function drawCurve(svg, place, { x, y }) {
  let piece = [];
  let solid = true;
  const finish = () => {
    if (1 < piece.length) {
      svg.append(drawn("polyline", { class: solid ? "curve" : "curve short", points: piece.join(" "), style: `stroke: ${color(place)}` }));
    }
  };
  curves.requests.forEach((requests, point) => {
    const cost = curves.monthly_usd[place][point];
    const here = curves.feasible[place][point];
    if (cost === null) {
      finish();
      piece = [];
      return;
    }
    const spot = `${x(requests).toFixed(1)},${y(cost).toFixed(1)}`;
    if (piece.length && here !== solid) {
      finish();
      piece = [piece.at(-1)];
    }
    solid = here;
    piece.push(spot);
  });
  finish();
}

/** Names at the right end of their lines, pushed apart where they would overlap. */
function drawLabels(svg, { x, y }) {
  const ends = curves.options.map((name, place) => {
    const point = curves.monthly_usd[place].findLastIndex((cost) => cost !== null);
    return point < 0 ? null : { name, place, x: x(curves.requests[point]), y: y(curves.monthly_usd[place][point]) };
  });
  const labels = ends.filter((end) => end !== null).sort((one, other) => one.y - other.y);
  let lowest = -Infinity;
  for (const label of labels) {
    label.at = Math.max(label.y, lowest + 14);
    lowest = label.at;
  }
  let highest = FRAME.height - FRAME.bottom;
  for (const label of labels.toReversed()) {
    label.at = Math.min(label.at, highest);
    highest = label.at - 14;
  }
  const edge = FRAME.width - FRAME.right;
  for (const { name, place, x: end, y: height, at } of labels) {
    const text = drawn("text", { x: edge + 18, y: at + 4, style: `fill: ${color(place)}` }, 37 < name.length ? `${name.slice(0, 36)}…` : name);
    text.append(drawn("title", {}, name));
    svg.append(drawn("polyline", { class: "leader", points: `${end},${height} ${edge + 14},${at}`, style: `stroke: ${color(place)}` }), text);
  }
}

function drawChart() {
  const svg = drawn("svg", { viewBox: `0 0 ${FRAME.width} ${FRAME.height}`, "aria-hidden": "true" });
  const scale = scales();
  drawAxes(svg, scale);
  curves.options.forEach((_, place) => drawCurve(svg, place, scale));
  drawLabels(svg, scale);
  const upright = scale.x(here());
  svg.append(drawn("line", { class: "here", x1: upright, x2: upright, y1: FRAME.top, y2: FRAME.height - FRAME.bottom }));
  const rings = regions?.regions.slice(1).filter((region) => region.monthly_usd !== null) ?? [];
  for (const region of rings) {
    const ring = drawn("circle", { class: "ring", cx: scale.x(region.from), cy: scale.y(region.monthly_usd), r: rings.length < 40 ? 5 : 2 });
    ring.append(drawn("title", {}, `From ${whole(region.from)} requests a month ${curves.options[region.winner]} is the cheapest.`));
    svg.append(ring);
  }
  const guide = drawn("line", { class: "guide", y1: FRAME.top, y2: FRAME.height - FRAME.bottom, visibility: "hidden" });
  svg.append(guide);
  byId("chart").replaceChildren(svg);
  if (reading !== null) read(reading);
}

/** Shows what every option costs at a point, best first. */
function read(point) {
  reading = Math.max(0, Math.min(curves.requests.length - 1, point));
  const requests = curves.requests[reading];
  const costs = curves.options.map((name, place) => ({ name, place, cost: curves.monthly_usd[place][reading], carries: curves.feasible[place][reading] }));
  const priced = costs.filter(({ cost }) => cost !== null).sort((one, other) => other.carries - one.carries || one.cost - other.cost);
  const chart = byId("chart");
  const x = scales().x(requests);
  const guide = chart.querySelector(".guide");
  for (const [key, value] of Object.entries({ x1: x, x2: x, visibility: "visible" })) guide.setAttribute(key, value);
  chart.querySelector(".tip")?.remove();
  const lines = priced.map(({ name, place, cost, carries }) =>
    element("div", carries ? {} : { class: "out" }, element("span", {}, element("span", { class: "swatch", style: `background: ${color(place)}` }), carries ? name : `${name} (does not carry it)`), element("span", {}, dollars(cost))));
  const side = x < (FRAME.width - FRAME.right) / 2 ? `left: ${(x / FRAME.width) * 100 + 1}%` : `right: ${(1 - x / FRAME.width) * 100 + 1}%`;
  chart.append(element("div", { class: "tip", style: side }, element("strong", {}, `${grouped(requests)} requests a month`), ...lines));
  const best = priced.find((cost) => cost.carries);
  byId("reading").textContent = `At ${grouped(requests)} requests a month: ${best ? `${best.name}, ${dollars(best.cost)}` : "nothing carries the load"}.`;
}

function stopReading() {
  reading = null;
  byId("chart").querySelector(".tip")?.remove();
  byId("chart").querySelector(".guide")?.setAttribute("visibility", "hidden");
  byId("reading").textContent = "";
}

function listenToChart() {
  const chart = byId("chart");
  chart.addEventListener("pointermove", (event) => {
    const box = chart.querySelector("svg").getBoundingClientRect();
    const place = ((event.clientX - box.left) / box.width) * FRAME.width;
    const share = (place - FRAME.left) / (FRAME.width - FRAME.left - FRAME.right);
    if (share < -0.02 || 1.02 < share) stopReading();
    else read(Math.round(share * (curves.requests.length - 1)));
  });
  chart.addEventListener("pointerleave", stopReading);
  chart.addEventListener("blur", stopReading);
  chart.addEventListener("keydown", (event) => {
    const last = curves.requests.length - 1;
    const middle = curves.requests.findIndex((requests) => here() <= requests);
    const moves = { ArrowLeft: (at) => at - 1, ArrowRight: (at) => at + 1, Home: () => 0, End: () => last };
    if (event.key === "Escape") stopReading();
    if (!(event.key in moves)) return;
    event.preventDefault();
    read(reading === null ? middle : moves[event.key](reading));
  });
}

// ---- the start ----

function writeOptions() {
  writeHeadline();
  writeTable();
  writeBills();
  writeNotes();
}

function writeCurves() {
  // Without requests there is nothing to go along.
  document.querySelector("[aria-labelledby=chart-title]").hidden = curves.requests.length === 0;
  if (curves.requests.length === 0) return;
  writeRegions();
  drawChart();
}

function writeConstants() {
  byId("scenario").textContent = data.load.scenario;
  const items = data.sources.map(({ source, description, date }) => element("li", {}, element("strong", {}, source), `: ${description}${date ? ` (${date})` : ""}`));
  byId("sources").replaceChildren(...items);
}

buildControls();
buildHeader();
listenToChart();
writeConstants();
writeOptions();
writeCurves();

let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open])")];
  for (const details of opened) details.open = true;
});
addEventListener("afterprint", () => opened.forEach((details) => { details.open = false; }));

loadModel().then(
  () => {
    for (const fieldset of document.querySelectorAll("fieldset")) fieldset.disabled = false;
    byId("status").textContent = MOVED;
    if (regions === null) attempt(askRegions);
    else document.documentElement.dataset.state = "ready";
  },
  (problem) => {
    byId("status").textContent = `The model cannot run in this browser, so nothing can be moved (${problem.message}). The numbers below are those of the scenario.`;
    byId("status").className = "alarm";
    document.documentElement.dataset.state = "still";
  },
);
