// The frame of a chart: heading, caption, downloads, and the same numbers as a table.

import { html } from "./dom.js";
import { saveCsv, savePng, saveSvg } from "./download.js";
import { number } from "./numbers.js";

// Returns the element and draw({chart, rows, label}): chart(width) makes an SVG of that width, which
// is drawn again when the frame changes its size.
export function figure({ name, title, caption, height = null }) {
  const frame = html("div", { class: "chart" });
  const table = html("div", { class: "wide", role: "region", tabindex: "0", "aria-label": `Data: ${title}` });
  const details = html("details", {}, html("summary", {}, "Data"), table);
  const buttons = [["CSV", saveCsv], ["SVG", saveSvg], ["PNG", savePng]].map(([kind, save]) =>
    html("button", {
      type: "button", "aria-label": `Download ${kind}: ${title}`,
      onclick: () => shown && save(`initscope-${name}`, shown),
    }, kind));
  const note = html("p", { class: "caption" }, caption);
  const element = html(
    "figure", { class: `figure ${name}`, "aria-label": title },
    html("div", { class: "head" }, html("h2", {}, title), html("div", { class: "buttons" }, ...buttons)),
    note, frame, details,
  );
  if (height) frame.style.minHeight = `${height}px`;
  let shown = null;
  const paint = () => {
    if (!shown || !frame.clientWidth) return;
    const picture = shown.chart(frame.clientWidth);
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", `${title}. ${shown.label}`);
    frame.replaceChildren(picture);
    shown.picture = picture;
  };
  const tabulate = () => shown && details.open && table.replaceChildren(tabulated(shown.rows));
  details.addEventListener("toggle", tabulate);
  let width = 0;
  new ResizeObserver(([entry]) => {
    if (Math.abs(entry.contentRect.width - width) < 1) return;
    width = entry.contentRect.width;
    paint();
  }).observe(frame);
  const draw = (given) => {
    shown = given;
    paint();
    tabulate();
  };
  return { element, draw, say: (words) => { note.textContent = words; } };
}

function tabulated(rows) {
  const names = Object.keys(rows[0] ?? {});
  const head = html("tr", {}, ...names.map((name) => html("th", { scope: "col" }, name)));
  const body = rows.map((row) => html("tr", {}, ...names.map((name) => html("td", {}, written(row[name])))));
  return html("table", {}, html("thead", {}, head), html("tbody", {}, ...body));
}

function written(value) {
  return typeof value === "number" || value == null ? number(value, 4) : String(value);
}
