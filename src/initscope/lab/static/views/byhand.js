// By hand: the 2-2-1 network on paper, one line after the other, forward and backward.

import { again } from "../again.js";
import { depthChart, frame } from "../charts.js";
import { announce, html, svg } from "../dom.js";
import { figure } from "../figure.js";
import { number } from "../numbers.js";

const STEPS = 20;
const MOST_LINES = 33;
const LOSSES = { squared: "squared error", sigmoid: "cross-entropy of a sigmoid" };
const PARTS = { forward: "Forward", loss: "Loss", backward: "Backward", update: "Update" };

const groups = [
  {
    title: "Where",
    fields: [
      { name: "step", label: "Step of training", kind: "number", low: 1, high: STEPS, step: 1, whole: true, default: 1 },
      { name: "line", label: "Line", kind: "number", low: 1, high: MOST_LINES, step: 1, whole: true, default: 5 },
    ],
  },
  {
    title: "Network",
    fields: [
      { name: "activation", label: "Activation", kind: "choice", from: "activations", default: "relu" },
      { name: "init", label: "Weights", kind: "initializer", default: "he_normal" },
      { name: "seed", label: "Seed", kind: "number", low: 0, high: 99, step: 1, whole: true, default: 1 },
    ],
  },
  {
    title: "Training",
    fields: [
      { name: "x1", label: "Input x1", kind: "number", low: -3, high: 3, step: 0.1, default: 1 },
      { name: "x2", label: "Input x2", kind: "number", low: -3, high: 3, step: 0.1, default: 2 },
      { name: "target", label: "Target t", kind: "number", low: -3, high: 3, step: 0.1, default: 1 },
      { name: "loss", label: "Loss", kind: "choice", words: Object.keys(LOSSES), titles: LOSSES, default: "squared" },
      { name: "learning_rate", label: "Learning rate", kind: "number", low: 0.001, high: 10, log: true, default: 0.1 },
    ],
  },
];

export const byhand = {
  name: "byhand",
  title: "By hand",
  guidance:
    "Two inputs, two hidden units, one output: every number of training, one line at a time. Press Next and do the arithmetic yourself; then try zeros.",
  groups,
  open,
};

function open(page) {
  const network = figure({ name: "byhand", title: "The network", caption: "" });
  const losses = figure({ name: "byhand-loss", title: "The loss", caption: "At the beginning of each step." });
  const [back, next] = ["Back", "Next"].map((word) => html("button", { type: "button", class: "big" }, word));
  const current = html("p", { class: "current" });
  const pager = html("div", { class: "pager" }, back, next, current);
  const ledger = html("section", { class: "ledger", "aria-label": "Lines of this step" });
  const ending = html("p", { class: "verdict" });
  const redo = again();
  network.element.querySelector(".chart").before(pager);
  const element = html(
    "div", {},
    html("div", { class: "grid" }, network.element, ledger, losses.element),
    ending, redo.element,
  );
  let paper = null;
  let asked = "";

  const draw = () => {
    const { step, line, lines, at } = where(paper, page.values);
    network.draw({
      chart: networkChart(paper, step, line),
      label: `${at.name} = ${at.arithmetic} = ${number(at.value, 4)}`,
      rows: lines.map(({ part, name, formula, value }) => ({ part, name, formula, value })),
    });
    network.say(`Step ${page.values.step}, line ${line} of ${lines.length}: ${PARTS[at.part].toLowerCase()}.`);
    current.replaceChildren(html("code", {}, `${at.name} = ${at.formula}`), html("code", {}, ` = ${at.arithmetic}`), html("strong", {}, ` = ${number(at.value, 4)}`));
    back.disabled = page.values.step === 1 && line === 1;
    next.disabled = page.values.step === STEPS && line === lines.length;
    ledger.replaceChildren(...table(lines, line, (number_) => page.change({ line: number_ })));
    losses.draw(curve(paper));
    ending.textContent = sentence(paper);
    announce(`${at.name} is ${number(at.value, 4)}.`);
    document.documentElement.dataset.drawn = String(performance.now());
  };

  const go = (way) => {
    const { line, lines } = where(paper, page.values);
    const { step } = page.values;
    if (line + way < 1) page.change({ step: step - 1, line: lines.length });
    else if (line + way > lines.length) page.change({ step: step + 1, line: 1 });
    else page.change({ line: line + way });
  };
  back.addEventListener("click", () => go(-1));
  next.addEventListener("click", () => go(1));

  const update = ({ step, line, ...training }) => {
    const text = JSON.stringify(training);
    if (paper && text === asked) {
      draw();
      return;
    }
    page.ask("byhand", { ...training, steps: STEPS }, {
      paper: (data) => {
        [paper, asked] = [data, text];
        page.accepted();
        draw();
      },
      again: redo.show,
    });
  };
  return { element, update };
}

function where(paper, values) {
  const step = paper.steps[Math.min(Math.max(values.step, 1), paper.steps.length) - 1];
  const line = Math.min(Math.max(values.line, 1), step.lines.length);
  return { step, line, lines: step.lines, at: step.lines[line - 1] };
}

// Lines up to the current one are done; those after it are not known yet.
function table(lines, current, choose) {
  return Object.entries(PARTS).map(([part, title]) => html(
    "div", {}, html("h3", {}, title),
    html("ol", {}, ...lines.flatMap((line, index) => (line.part !== part ? [] : [html(
      "li", {},
      html("button", {
        type: "button", class: index + 1 > current ? "later" : "done", "aria-current": index + 1 === current ? "step" : null,
        onclick: () => choose(index + 1),
      }, html("span", { class: "quantity" }, line.name), index + 1 > current ? ` = ${line.formula}` : ` = ${line.arithmetic} = ${number(line.value, 4)}`),
    )]))),
  ));
}

const PLACES = { x1: [0.08, 0.22], x2: [0.08, 0.78], a1: [0.47, 0.22], a2: [0.47, 0.78], o: [0.76, 0.5], L: [0.93, 0.5] };
const EDGES = [
  ["w11", "x1", "a1", 0.5], ["w12", "x2", "a1", 0.28], ["w21", "x1", "a2", 0.28], ["w22", "x2", "a2", 0.5],
  ["v1", "a1", "o", 0.6], ["v2", "a2", "o", 0.6],
];

function networkChart(paper, step, line) {
  return (width) => {
    const height = Math.max(360, Math.min(0.72 * width, 520));
    const picture = frame(width, height);
    const done = step.lines.slice(0, line);
    const at = done.at(-1);
    const known = { ...step.before, x1: paper.x[0], x2: paper.x[1] };
    const gradients = {};
    for (const each of done) {
      if (each.name.startsWith("dL/d")) gradients[each.name.slice(4)] = each.value;
      else known[each.name] = each.value;
    }
    const spot = (name) => [PLACES[name][0] * width, PLACES[name][1] * height];
    const active = new Set([at.name, at.name.replace("dL/d", ""), ...at.formula.match(/[A-Za-z][\w/']*/g) ?? []].map((name) => name.replace("dL/d", "")));
    for (const [name, from, to, along] of EDGES) edge(picture, { name, along, from: spot(from), to: spot(to), known, gradients, active });
    picture.append(svg("line", { class: "edge-line", x1: spot("o")[0], y1: spot("o")[1], x2: spot("L")[0], y2: spot("L")[1] }));
    const small = width < 480;
    for (const name of Object.keys(PLACES)) node(picture, name, spot(name), { known, gradients, active, small });
    return picture;
  };
}

function edge(picture, { name, along, from, to, known, gradients, active }) {
  const lit = active.has(name);
  picture.append(svg("line", { class: `edge-line${lit ? " lit-edge" : ""}`, x1: from[0], y1: from[1], x2: to[0], y2: to[1] }));
  const [x, y] = [0, 1].map((axis) => from[axis] + (to[axis] - from[axis]) * along);
  label(picture, x, y - 4, `${name} ${number(known[name])}`, lit ? "weight strong" : "weight");
  if (gradients[name] != null) label(picture, x, y + 11, `∂ ${number(gradients[name])}`, "gradient");
}

function node(picture, name, [x, y], { known, gradients, active, small }) {
  const unit = name === "a1" || name === "a2" ? name[1] : "";
  const lit = active.has(name) || (unit && (active.has(`z${unit}`) || active.has(`f'${unit}`)));
  const radius = small ? 21 : 27;
  picture.append(svg("circle", { class: `node${lit ? " lit-node" : ""}${known[name] == null ? " unknown" : ""}`, cx: x, cy: y, r: radius }));
  picture.append(svg("text", { class: "node-name", x, y: y - 4 }, name));
  picture.append(svg("text", { class: "node-value", x, y: y + 12 }, known[name] == null ? "?" : number(known[name])));
  if (unit) {
    const z = known[`z${unit}`];
    label(picture, x, y - radius - 7, `b${unit} ${number(known[`b${unit}`])}${z == null ? "" : ` · z${unit} ${number(z)}`}`, "weight");
  }
  if (name === "o") label(picture, x, y - radius - 6, `c ${number(known.c)}`, "weight");
  const slopes = [[`∂${name}`, gradients[name]], [`∂z${unit}`, gradients[`z${unit}`]], ["∂c", name === "o" ? gradients.c : null]];
  slopes.filter(([, value]) => value != null).forEach(([title, value], index) => {
    label(picture, x, y + radius + 15 * (index + 1), `${title} ${number(value)}`, "gradient");
  });
}

function label(picture, x, y, text, kind) {
  picture.append(svg("text", { class: `on-edge ${kind}`, x, y }, text));
}

function curve({ losses }) {
  const rows = losses.map((loss, index) => ({ layer: index + 1, loss }));
  return {
    chart: depthChart(rows, { series: [{ key: "loss", title: "loss", style: "measured" }], height: 190, title: "step" }),
    label: `From ${number(losses[0])} to ${number(losses.at(-1))}.`,
    rows: rows.map(({ layer, loss }) => ({ step: layer, loss })),
  };
}

function sentence({ one_unit, unmoved, losses }) {
  const units = one_unit
    ? "Both hidden units have the same weights before and after every step: they are one unit."
    : "The hidden units have different weights.";
  const still = unmoved.length ? `Never moved in ${losses.length} steps: ${unmoved.join(", ")}.` : "Every parameter moved.";
  return `${units} ${still}`;
}
