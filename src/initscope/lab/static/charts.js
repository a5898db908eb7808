// Charts as SVG, drawn by hand: a slider moves faster than a general chart library draws.

import { svg } from "./dom.js";
import { number, percent, power, ticks } from "./numbers.js";

const LEAST_DECADES = 2; // so that a healthy profile looks flat
const MARKED = 40; // layers up to which each has a mark of its own

// Curves along depth. Series: {key, title, style: "measured" | "theory" | 1 ... 8, band: [low, high]}.
export function depthChart(rows, { series, log = false, share = false, height = 240, title = "layer" }) {
  return (width) => {
    const box = { left: share ? 44 : 50, right: width - 12, top: 30, bottom: height - 34 };
    const x = linear(rows.length > 1 ? [1, rows.length] : [0, 2], [box.left + 6, box.right - 6]);
    const y = vertical(rows, series, { log, share }, [box.bottom, box.top]);
    const picture = frame(width, height);
    yAxis(picture, y, box, share ? percent : null);
    xAxis(picture, x, box, layerTicks(rows.length, width), title);
    for (const each of series) if (each.band) band(picture, rows, each, x, y);
    for (const each of series) curve(picture, rows, each, x, y);
    legend(picture, series, box);
    return picture;
  };
}

// One ridge a layer, the first on top. Counts: rows of equally wide bins between low and high.
export function ridgeChart(counts, { low, high, zeros, title, height = null }) {
  return (width) => {
    const layers = counts.length;
    const tall = height ?? Math.max(420, Math.min(620, 14 * layers + 90));
    const box = { left: 40, right: width - 10, top: 40, bottom: tall - 34 };
    const gap = (box.bottom - box.top) / Math.max(layers, 1);
    const size = Math.min(Math.max(2.4 * gap, 18), 64);
    const x = linear([low, high], [box.left, box.right]);
    const picture = frame(width, tall);
    const top = box.top + size - gap;
    const baseline = (layer) => top + ((box.bottom - top) * (layer + 1)) / layers;
    xAxis(picture, x, box, ticks(low, high, Math.max(3, Math.floor(width / 90))), title);
    const every = Math.ceil(14 / ((box.bottom - top) / layers));
    counts.forEach((row, layer) => {
      const y = baseline(layer);
      picture.append(ridge(row, x, y, size, [low, high]));
      if (zeros[layer]) picture.append(column(x(0), y, size * zeros[layer]));
      const labelled = layer === 0 || layer === layers - 1 || ((layer + 1) % niceStep(every) === 0 && layers - 1 - layer >= every);
      if (labelled) picture.append(svg("text", { class: "tick end", x: box.left - 8, y: y + 1 }, String(layer + 1)));
    });
    picture.append(svg("text", { class: "tick", x: 0, y: 14 }, "layer"));
    return picture;
  };
}

export function frame(width, height) {
  return svg("svg", { viewBox: `0 0 ${Math.round(width)} ${height}`, class: "picture" });
}

export function linear([a, b], [from, to]) {
  const factor = (to - from) / (b - a);
  const scale = (value) => from + (value - a) * factor;
  scale.back = (place) => a + (place - from) / factor;
  return scale;
}

export function xAxis(picture, x, box, values, title) {
  for (const value of values) {
    picture.append(svg("line", { class: "grid faint", x1: x(value), x2: x(value), y1: box.top, y2: box.bottom }));
    picture.append(svg("text", { class: "tick middle", x: x(value), y: box.bottom + 16 }, number(value)));
  }
  picture.append(svg("line", { class: "grid", x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom }));
  picture.append(svg("text", { class: "tick end", x: box.right, y: box.bottom + 31 }, title));
}

export function yAxis(picture, y, box, write = null) {
  for (const { at, text } of y.ticks(write)) {
    picture.append(svg("line", { class: "grid", x1: box.left, x2: box.right, y1: at, y2: at }));
    picture.append(svg("text", { class: "tick end", x: box.left - 7, y: at + 4 }, text));
  }
}

function ridge(row, x, y, size, [low, high]) {
  const most = Math.max(...row, 1);
  const step = (high - low) / row.length;
  const points = row.map((count, index) => `${round(x(low + (index + 0.5) * step))},${round(y - (size * count) / most)}`);
  const path = `M${round(x(low))},${round(y)}L${points.join("L")}L${round(x(high))},${round(y)}`;
  return svg("path", { class: "ridge", d: path });
}

function column(x, y, size) {
  return svg("line", { class: "zeros", x1: x, x2: x, y1: y, y2: y - size });
}

function vertical(rows, series, kind, range) {
  const keys = series.flatMap((each) => [each.key, ...(each.band ?? [])]);
  const values = rows.flatMap((row) => keys.map((key) => row[key])).filter((value) => value != null);
  return scaled(values, kind, range);
}

// A vertical scale that holds all values, with its ticks: logarithmic, of shares, or plain.
export function scaled(values, { log, share }, range) {
  return log ? decades(values, range) : plain(values, share, range);
}

function decades(values, range) {
  const logs = values.filter((value) => value > 0).map(Math.log10);
  let [low, high] = logs.length ? [Math.min(...logs), Math.max(...logs)] : [-1, 1];
  const missing = (LEAST_DECADES - (high - low)) / 2;
  if (missing > 0) [low, high] = [low - missing, high + missing];
  const scale = linear([low, high], range);
  const found = (value) => (value > 0 ? scale(Math.log10(value)) : null);
  const step = niceStep(Math.ceil((Math.floor(high) - Math.ceil(low) + 1) / 6));
  found.ticks = () => {
    const places = [];
    for (let k = Math.ceil(low / step) * step; k <= high; k += step) places.push({ at: scale(k), text: power(k) });
    return places;
  };
  return found;
}

function plain(values, share, range) {
  const ends = share ? [0, 1] : [Math.min(0, ...values), Math.max(1, ...values)];
  const scale = linear(ends, range);
  scale.ticks = (write) => ticks(...ends, 4).map((value) => ({ at: scale(value), text: (write ?? number)(value) }));
  return scale;
}

function band(picture, rows, { band: [low, high] }, x, y) {
  for (const run of runs(rows, (row) => y(row[low]) != null && row[high] != null)) {
    const up = run.map((index) => `${round(x(index + 1))},${round(y(rows[index][high]))}`);
    const down = run.map((index) => `${round(x(index + 1))},${round(y(rows[index][low]))}`).reverse();
    picture.append(svg("path", { class: "band", d: `M${[...up, ...down].join("L")}Z` }));
  }
}

function curve(picture, rows, { key, style }, x, y) {
  for (const run of runs(rows, (row) => row[key] != null && y(row[key]) != null)) {
    const points = run.map((index) => `${round(x(index + 1))},${round(y(rows[index][key]))}`);
    if (run.length > 1) picture.append(svg("path", { class: `curve ${style}`, d: `M${points.join("L")}` }));
    if (style === "theory" && run.length > 1) continue;
    if (rows.length > MARKED && run.length > 1) continue;
    const marks = points.map((point) => point.split(","));
    for (const [cx, cy] of marks) picture.append(svg("circle", { class: `mark ${style}`, cx, cy, r: 2.6 }));
  }
}

function legend(picture, series, { left, right }) {
  let at = left;
  for (const { title, style, band: area } of series) {
    if (area) picture.append(svg("rect", { class: "band", x: at, y: 5, width: 22, height: 12 }));
    picture.append(svg("line", { class: `curve ${style}`, x1: at, x2: at + 22, y1: 11, y2: 11 }));
    if (style !== "theory") picture.append(svg("circle", { class: `mark ${style}`, cx: at + 11, cy: 11, r: 2.6 }));
    const words = right - left < 300 && area ? title.split(",")[0] : title;
    picture.append(svg("text", { class: "tick", x: at + 28, y: 15 }, words));
    at += 44 + 6.6 * words.length;
  }
}

function* runs(rows, has) {
  let run = [];
  for (const [index, row] of rows.entries()) {
    if (has(row)) run.push(index);
    else if (run.length) {
      yield run;
      run = [];
    }
  }
  if (run.length) yield run;
}

function layerTicks(layers, width) {
  const step = niceStep(Math.ceil(layers / Math.max(3, Math.floor(width / 60))));
  const found = [1];
  for (let layer = step === 1 ? 2 : step; layer <= layers; layer += step) found.push(layer);
  return found.filter((layer) => layer >= 1);
}

function niceStep(least) {
  const unit = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
  return [1, 2, 5, 10].map((factor) => factor * unit).find((step) => step >= least) ?? 1;
}

function round(value) {
  return Math.round(value * 10) / 10;
}
