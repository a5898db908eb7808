// Race: initializers trained against each other, with curves while they train.

import { again } from "../again.js";
import { curvesChart } from "../curves.js";
import { announce, html } from "../dom.js";
import { figure } from "../figure.js";
import { number } from "../numbers.js";

const CURVES = [["training loss", "race-train"], ["test loss", "race-test"], ["test accuracy", "race-score"]];
const OPTIMIZERS = ["adam", "adamw", "sgd", "momentum", "nesterov", "rmsprop", "adagrad"];
const HEADS = { usual: "the task's usual", same: "as the hidden layers", glorot_uniform: "glorot_uniform", zeros: "zeros" };
const NORMS = { none: "none", batch: "batch", layer: "layer", rms: "root mean square" };
const SCHEDULES = { constant: "constant", cosine: "cosine to zero" };
const SCALES = { none: "as they are", standard: "standardized" };

const groups = [
  {
    title: "Who runs",
    fields: [
      { name: "inits", label: "Initializers or schemes, between commas", kind: "text", default: "zeros, random_uniform, glorot_uniform, he_uniform" },
      { name: "head", label: "Output layer", kind: "choice", words: Object.keys(HEADS), titles: HEADS, default: "usual" },
      { name: "gain", label: "Gain on all but the output layer", kind: "number", low: 0.01, high: 100, log: true, default: 1 },
      { name: "seeds", label: "Seeds", kind: "number", low: 1, high: 200, step: 1, whole: true, default: 40 },
    ],
  },
  {
    title: "Where",
    fields: [
      { name: "task", label: "Task", kind: "choice", from: "tasks", default: "iris" },
      { name: "scale", label: "Features", kind: "choice", words: Object.keys(SCALES), titles: SCALES, default: "none" },
    ],
  },
  {
    title: "Network",
    fields: [
      { name: "depth", label: "Depth", kind: "number", low: 1, high: 30, step: 1, whole: true, default: 2, unless: "network" },
      { name: "width", label: "Width", kind: "number", low: 2, high: 256, steps: [2, 4, 8, 16, 32, 64, 128, 256], whole: true, default: 64, unless: "network" },
      { name: "activation", label: "Activation", kind: "choice", from: "trained_activations", default: "relu", unless: "network" },
      { name: "norm", label: "Normalization", kind: "choice", words: Object.keys(NORMS), titles: NORMS, default: "none", unless: "network" },
      { name: "residual", label: "Residual branches", kind: "switch", default: false, unless: "network" },
      { name: "branch_scale", label: "Branch scale: a number, depth or zero", kind: "line", default: "1", needs: "residual", unless: "network" },
      { name: "dropout", label: "Dropout", kind: "number", low: 0, high: 0.95, step: 0.05, default: 0, unless: "network" },
      { name: "network", label: "Or another network", kind: "line", example: "convnet:depth=2,channels=4", default: "" },
    ],
  },
  {
    title: "How they train",
    more: "More training settings",
    fields: [
      { name: "optimizer", label: "Optimizer", kind: "choice", words: OPTIMIZERS, default: "adam" },
      { name: "learning_rate", label: "Learning rate", kind: "number", low: 0.00001, high: 10, log: true, default: 0.001 },
      { name: "epochs", label: "Epochs", kind: "number", low: 1, high: 100, step: 1, whole: true, default: 10 },
      { name: "batch_size", label: "Batch size", kind: "number", low: 1, high: 512, steps: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512], whole: true, default: 32 },
      { name: "schedule", label: "Learning rate over time", kind: "choice", words: Object.keys(SCHEDULES), titles: SCHEDULES, default: "constant", seldom: true },
      { name: "warmup", label: "Epochs of warm-up", kind: "number", low: 0, high: 20, step: 1, whole: true, default: 0, seldom: true },
      { name: "clip_norm", label: "Gradient clipped to norm", kind: "maybe", low: 0.000001, high: 1000000, empty: "never", default: null, seldom: true },
      { name: "clip_value", label: "Its entries clipped to size", kind: "maybe", low: 0.000001, high: 1000000, empty: "never", default: null, seldom: true },
      { name: "weight_decay", label: "Weight decay", kind: "maybe", low: 0, high: 100, empty: "usual", default: null, seldom: true },
      { name: "label_smoothing", label: "Label smoothing", kind: "number", low: 0, high: 0.5, step: 0.05, default: 0, seldom: true },
    ],
  },
];

export const race = {
  name: "race",
  title: "Race",
  guidance:
    "Many networks train from each initializer, on the same seeds and batches. Lines are medians, bands hold the middle four of five; who failed is in the table.",
  groups,
  open,
};

function open(page) {
  const [start, pause, cancel] = ["Start", "Pause", "Cancel"].map((word) => html("button", { type: "button", class: "big" }, word));
  const bar = html("progress", { max: 1, value: 0, "aria-label": "Networks finished" });
  const status = html("p", { class: "status", role: "status" });
  const charts = CURVES.map(([title, name]) => figure({ name, title: title.charAt(0).toUpperCase() + title.slice(1), caption: "" }));
  const result = html("section", { class: "result", "aria-label": "Result", hidden: true });
  const redo = again();
  redo.element.hidden = true;
  const element = html(
    "div", {},
    html("div", { class: "pager" }, start, pause, cancel, bar, status),
    html("div", { class: "grid" }, ...charts.map((each) => each.element)),
    result, redo.element,
  );
  let running = null;
  let paused = false;

  const buttons = () => {
    start.disabled = Boolean(running);
    pause.disabled = cancel.disabled = !running;
    pause.textContent = paused ? "Resume" : "Pause";
  };
  const say = (words) => {
    status.textContent = words;
    announce(words);
  };
  const parts = {
    curves: ({ networks, total, labels, rows }) => {
      page.accepted();
      [bar.max, bar.value] = [total, networks];
      if (running) status.textContent = `${networks} of ${total} networks${paused ? ", paused" : ""}`;
      charts.forEach((chart, index) => draw(chart, CURVES[index][0], labels, rows));
      document.documentElement.dataset.drawn = String(performance.now());
    },
    missing: ({ networks, total }) => {
      page.accepted();
      [bar.max, bar.value] = [total, total - networks];
      say(`${networks} of ${total} networks are to be trained.`);
      document.documentElement.dataset.drawn = String(performance.now());
    },
    table: (table) => {
      result.replaceChildren(html("h2", {}, "Result"), ...summary(table));
      result.hidden = false;
      say(table.trained ? `Trained ${table.trained} networks in ${number(table.seconds, 2)} s.` : "All networks are in the store.");
    },
    report: ({ url }) => result.append(
      html("a", { class: "button", href: url, target: "_blank", rel: "noopener" }, "Open the report"),
    ),
    again: (found) => {
      redo.show(found);
      redo.element.hidden = false;
    },
  };
  const ended = (words) => {
    [running, paused] = [null, false];
    buttons();
    if (words) say(words);
  };
  const ask = (train) => {
    [result.hidden, redo.element.hidden] = [true, true];
    const id = page.ask("race", { ...page.values, train }, parts, {
      done: () => ended(),
      dropped: () => running === id && ended(`Cancelled: ${bar.value} of ${bar.max} networks are kept.`),
      refused: () => ended(""),
    });
    running = train ? id : null;
    paused = false;
    buttons();
  };
  start.addEventListener("click", () => {
    say("Training …");
    ask(true);
  });
  pause.addEventListener("click", () => {
    paused = !paused;
    page.control(running, paused ? "pause" : "resume");
    say(paused ? "Paused." : "Going on.");
    buttons();
  });
  cancel.addEventListener("click", () => page.control(running, "cancel"));
  buttons();
  // A change of the settings ends a race; what is stored of the new one is shown at once.
  return { element, update: () => ask(false) };
}

function draw(chart, title, labels, all) {
  const rows = all.filter((row) => row.curve === title || (title === "test accuracy" && row.curve === "test R²"));
  if (!rows.length) return;
  chart.say(`By epoch; ${rows[0].curve}.`);
  chart.draw({
    chart: curvesChart(rows, labels, { log: title !== "test accuracy" }),
    label: labels.map((label) => `${label}: ${number(rows.findLast((row) => row.initializer === label)?.median)}`).join("; "),
    rows: rows.map(({ initializer, epoch, low, median, high, networks }) => ({ initializer, epoch, "10%": low, median, "90%": high, networks })),
  });
}

function summary({ columns, rows, notes }) {
  const head = html("tr", {}, ...columns.map((lines) => html("th", { scope: "col" }, lines.join(" "))));
  const body = rows.map(({ entries, best }) => html(
    "tr", { class: best ? "best" : null },
    ...entries.map(([first, ...details], index) => html(
      index ? "td" : "th", index ? {} : { scope: "row" }, first, ...details.map((each) => html("small", {}, each)),
    )),
  ));
  const table = html("table", { class: "summary" }, html("thead", {}, head), html("tbody", {}, ...body));
  return [
    html("div", { class: "wide", role: "region", tabindex: "0", "aria-label": "Table of results" }, table),
    html("ul", { class: "notes" }, ...notes.map((note) => html("li", {}, note))),
  ];
}
