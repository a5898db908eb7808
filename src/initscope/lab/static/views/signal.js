// Signal: what a random network does to its inputs and its gradients.

import { again } from "../again.js";
import { depthChart, ridgeChart } from "../charts.js";
import { announce, html } from "../dom.js";
import { figure } from "../figure.js";
import { findings } from "../findings.js";
import { number } from "../numbers.js";
import { phaseLine } from "../phase.js";

const WIDTHS = [8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024];
const NORMS = { none: "none", batch: "batch", layer: "layer", rms: "root mean square" };
const SCALES = { shared: "the same for all layers", own: "of each layer's own size" };

const groups = [
  {
    title: "Network",
    fields: [
      { name: "depth", label: "Depth", kind: "number", low: 1, high: 100, step: 1, whole: true, default: 30 },
      { name: "width", label: "Width", kind: "number", low: 8, high: 1024, steps: WIDTHS, whole: true, default: 256 },
      { name: "activation", label: "Activation", kind: "choice", from: "activations", default: "tanh" },
      { name: "norm", label: "Normalization", kind: "choice", words: Object.keys(NORMS), titles: NORMS, default: "none" },
      { name: "residual", label: "Residual branches", kind: "switch", default: false },
      { name: "branch_scale", label: "Branch scale", kind: "number", low: 0, high: 2, step: 0.01, default: 1, needs: "residual" },
    ],
  },
  {
    title: "Initialization",
    fields: [
      { name: "init", label: "Weights", kind: "initializer", default: "glorot_normal" },
      { name: "bias_std", label: "Bias std", kind: "number", low: 0, high: 2, step: 0.01, default: 0 },
      { name: "seed", label: "Seed", kind: "number", low: 0, high: 99, step: 1, whole: true, default: 0 },
    ],
  },
  {
    title: "Inputs",
    fields: [
      { name: "second_moment", label: "Second moment", kind: "number", low: 0.001, high: 1000, log: true, default: 1 },
      { name: "correlation", label: "Correlation of two", kind: "number", low: 0, high: 1, step: 0.01, default: 0.5 },
    ],
  },
  {
    title: "Picture",
    fields: [{ name: "axis", label: "Axis of the distributions", kind: "choice", words: Object.keys(SCALES), titles: SCALES, default: "shared" }],
  },
];

export const signal = {
  name: "signal",
  title: "Signal",
  guidance:
    "Move a slider and watch 32 inputs travel through a freshly initialized network. A healthy start keeps the size of signal and gradient from the first layer to the last.",
  groups,
  open,
};

function open(page) {
  const ridges = figure({ name: "distributions", title: "Activations", caption: "" });
  const size = figure({ name: "signal-size", title: "Size of the signal", caption: "" });
  const gradient = figure({
    name: "gradient-size", title: "Size of the gradient",
    caption: "Squared norm of the gradient that reaches each layer, for one input.",
  });
  const correlation = figure({
    name: "correlation", title: "Correlation of two inputs",
    caption: "At one, the network cannot tell its inputs apart.",
  });
  const shares = figure({
    name: "shares", title: "Dead and saturated",
    caption: "Units that are off for every input; values within 2% of a flat end.",
  });
  const found = findings();
  const redo = again();
  const theory = html("p", { class: "phase" });
  const element = html(
    "div", {}, theory,
    html("div", { class: "grid" }, ...[ridges, size, gradient, correlation, shares].map((each) => each.element)),
    found.element, redo.element,
  );
  let picture = null;
  const draw = () => {
    distributions(ridges, picture, page.values);
    curves({ size, gradient, correlation, shares }, picture);
    found.show(picture.verdict, picture.findings);
    announce(summary(picture));
    document.documentElement.dataset.drawn = String(performance.now());
  };
  const update = ({ axis, ...asked }) => {
    if (picture?.asked === JSON.stringify(asked)) {
      distributions(ridges, picture, page.values);
      return;
    }
    page.ask("signal", asked, {
      picture: (data) => {
        picture = { ...data, asked: JSON.stringify(asked) };
        page.accepted();
        draw();
      },
      again: redo.show,
      phase: (point) => theory.replaceChildren(...phaseLine(point, asked)),
    });
  };
  return { element, update };
}

function distributions(ridges, { spread, layers }, { axis }) {
  const own = axis === "own";
  const [low, high] = own ? [-spread.own_end, spread.own_end] : [spread.low, spread.high];
  const title = own ? "activation / its root mean square" : "activation";
  const zeros = spread.zeros.some(Boolean) ? " Posts mark exact zeros, as tall as their share." : "";
  ridges.say(`What comes out of each layer, the first on top; every ridge has the same height.${zeros}`);
  ridges.draw({
    chart: ridgeChart(own ? spread.own : spread.shared, { low, high, zeros: spread.zeros, title }),
    label: `${layers.length} distributions between ${number(low)} and ${number(high)}.`,
    rows: spread.quantiles.map(([q05, q25, q50, q75, q95], index) => ({
      layer: index + 1, "5%": q05, "25%": q25, median: q50, "75%": q75, "95%": q95, zeros: spread.zeros[index],
    })),
  });
}

function curves({ size, gradient, correlation, shares }, { layers, spread, stream }) {
  size.say(`Second moment of the ${stream ? "residual stream" : "preactivations"}, layer by layer.`);
  size.draw(profile(layers, "signal"));
  gradient.draw(profile(layers, "gradient"));
  correlation.draw({
    chart: depthChart(layers, {
      series: [
        { key: "correlation_theory", title: "theory", style: "theory" },
        { key: "correlation", title: "measured, mean of all pairs", style: "measured" },
      ],
    }),
    label: fromTo(layers, "correlation"),
    rows: layers.map((row) => ({ layer: row.layer, measured: row.correlation, theory: row.correlation_theory })),
  });
  const rows = layers.map((row, index) => ({ ...row, saturated: spread.saturated?.[index] ?? null }));
  shares.draw({
    chart: depthChart(rows, {
      share: true,
      series: [
        { key: "dead", title: "dead units", style: "second" },
        { key: "saturated", title: "saturated values", style: "third" },
      ].filter(({ key }) => rows.some((row) => row[key] != null)),
    }),
    label: rows.every((row) => row.dead == null && row.saturated == null)
      ? "This activation has no flat side." : `Dead ${fromTo(rows, "dead")} Saturated ${fromTo(rows, "saturated")}`,
    rows: rows.map(({ layer, dead, saturated }) => ({ layer, dead, saturated })),
  });
}

function profile(layers, name) {
  const [theory, low, high] = ["theory", "low", "high"].map((part) => `${name}_${part}`);
  return {
    chart: depthChart(layers, {
      log: true,
      series: [
        { key: theory, title: "theory, 95% of networks", style: "theory", band: [low, high] },
        { key: name, title: "measured", style: "measured" },
      ],
    }),
    label: fromTo(layers, name),
    rows: layers.map((row) => ({
      layer: row.layer, measured: row[name], theory: row[theory], low: row[low], high: row[high],
    })),
  };
}

function fromTo(rows, key) {
  const [first, last] = [rows[0][key], rows.at(-1)[key]];
  return `From ${number(first)} at layer 1 to ${number(last)} at layer ${rows.length}.`;
}

function summary({ layers, verdict }) {
  return `Signal ${fromTo(layers, "signal")} Gradient ${fromTo(layers, "gradient")} Findings: ${verdict}.`;
}
