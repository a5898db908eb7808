// Models: reports of checks of one's own models, as the store keeps them.

import { again } from "../again.js";
import { write } from "../address.js";
import { depthChart } from "../charts.js";
import { announce, html } from "../dom.js";
import { figure } from "../figure.js";
import { findings } from "../findings.js";
import { number } from "../numbers.js";

const groups = [{
  title: "Report",
  fields: [{ name: "check", label: "Number, 0 for the newest", kind: "number", low: 0, high: 500, step: 1, whole: true, default: 0 }],
}];

export const models = {
  name: "models",
  title: "Models",
  guidance:
    "Reports of your own models: initscope check package.module:factory --name NAME keeps one here, each time beside those before. Nothing is uploaded, for models are code.",
  groups,
  open,
};

function open(page) {
  const list = html("section", { class: "kept", "aria-label": "Kept reports" });
  const heading = html("h2");
  const kind = html("p", { class: "model" });
  const size = figure({ name: "model-signal", title: "Size of the signal", caption: "Second moment along the main path, from the input to the output." });
  const gradient = figure({ name: "model-gradient", title: "Size of the gradient", caption: "Squared norm of the gradient of one input." });
  const found = findings();
  const notes = html("ul", { class: "notes" });
  const redo = again();
  const make = html("button", { type: "button" }, "Make the HTML report");
  const paper = html("p", { class: "paper" }, make);
  let chosen = 0;
  const ready = () => { make.disabled = false; };
  make.addEventListener("click", () => {
    make.disabled = true;
    page.ask("models", { check: chosen, document: true }, {
      report: ({ url }) => {
        const link = html("a", { class: "button", href: url, target: "_blank", rel: "noopener" }, "Open the report");
        paper.replaceChildren(link);
        link.focus();
      },
    }, { dropped: ready, refused: ready });
  });
  const report = html(
    "div", { hidden: true }, heading, kind, paper,
    html("div", { class: "grid" }, size.element, gradient.element), found.element, notes, redo.element,
  );
  const element = html("div", {}, list, report);

  const update = (values) => page.ask("models", values, {
    checks: (rows) => {
      page.accepted();
      report.hidden = !rows.length;
      list.replaceChildren(...(rows.length ? table(rows, values.check || rows[0].id) : empty()));
      document.documentElement.dataset.drawn = String(performance.now());
    },
    check: (data) => {
      chosen = data.id;
      ready();
      paper.replaceChildren(make);
      heading.textContent = `${data.name}, ${when(data.created)}`;
      kind.textContent = data.model;
      size.draw(profile(data.layers, "signal"));
      gradient.draw(profile(data.layers, "gradient"));
      found.show(data.verdict, data.findings);
      notes.replaceChildren(...data.notes.map((words) => html("li", {}, words)));
      announce(`${data.name}: ${data.verdict}.`);
    },
    again: redo.show,
  });
  return { element, update };
}

function empty() {
  return [html("p", {}, "The store keeps no report yet. Check a model and give it a name:"), html("pre", { tabindex: "0", role: "region", "aria-label": "Example" }, html("code", {}, "initscope check mlp:depth=30,activation=tanh --name first"))];
}

function table(rows, chosen) {
  const head = html("tr", {}, ...["number", "name", "verdict", "when", "model"].map((name) => html("th", { scope: "col" }, name)));
  const body = rows.map((row) => html(
    "tr", { class: row.id === chosen ? "best" : null },
    html("td", {}, String(row.id)),
    html("th", { scope: "row" }, html("a", { href: write("models", { check: row.id }), "aria-current": row.id === chosen ? "true" : null }, row.name)),
    html("td", {}, row.verdict), html("td", {}, when(row.created)), html("td", {}, row.model),
  ));
  return [html("div", { class: "wide", role: "region", tabindex: "0", "aria-label": "Table of kept reports" }, html("table", { class: "summary" }, html("thead", {}, head), html("tbody", {}, ...body)))];
}

function when(iso) {
  return new Date(iso).toISOString().slice(0, 16).replace("T", " ") + " UTC";
}

function profile(layers, name) {
  const rows = layers.map((layer) => {
    const band = layer[`predicted_${name}`];
    return { ...layer, theory: band?.second_moment ?? null, low: band?.low ?? null, high: band?.high ?? null };
  });
  return {
    chart: depthChart(rows, {
      log: true,
      series: [
        { key: "theory", title: "theory, 95% of networks", style: "theory", band: ["low", "high"] },
        { key: name, title: "measured", style: "measured" },
      ],
    }),
    label: rows.length ? `From ${number(rows[0][name])} to ${number(rows.at(-1)[name])}.` : "No layers.",
    rows: rows.map((row) => ({ layer: row.layer, name: row.name, kind: row.kind, measured: row[name], theory: row.theory, low: row.low, high: row.high })),
  };
}
