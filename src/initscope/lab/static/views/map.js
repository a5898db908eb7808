// Map: the plane of scales, its phases, and the networks that stand there.

import { again } from "../again.js";
import { write } from "../address.js";
import { depthChart, frame, linear, xAxis } from "../charts.js";
import { announce, html, svg } from "../dom.js";
import { figure } from "../figure.js";
import { number, percent, ticks } from "../numbers.js";
import { PHASES } from "../phase.js";

const LIMITS = [0.25, 0.5, 0.8, 1, 1.25, 2, 4]; // of the colours; symmetric around one
const NAMES = ["below ¼", "¼ to ½", "½ to 0.8", "0.8 to 1", "1 to 1.25", "1.25 to 2", "2 to 4", "above 4", "no fixed point"];
const STEP = 0.02;
const [DEPTH, WIDTH] = [30, 128]; // of the network that follows the point

const groups = [{
  title: "Point",
  fields: [
    { name: "activation", label: "Activation", kind: "choice", from: "activations", default: "tanh" },
    { name: "sigma_w", label: "Scale of the weights σ_w", kind: "number", low: 0.02, high: 8, step: 0.01, default: 1.3 },
    { name: "sigma_b", label: "Std of the biases σ_b", kind: "number", low: 0, high: 2, step: 0.01, default: 0.2 },
  ],
}];

export const map = {
  name: "map",
  title: "Map",
  guidance:
    "Every point is a way to initialize: weights of std σ_w / √n with n inputs, biases of std σ_b. Click, or move with the arrow keys: on the line between the phases, deep networks train.",
  groups,
  open,
};

function open(page) {
  const plane = figure({
    name: "map", title: "Phases",
    caption: "Colour: χ₁, by what the gradient's second moment is multiplied a layer. Line: the edge of chaos, χ₁ = 1. Marks at the lower edge: networks of the store, deeper ones higher; a disc where half or more trained, else a cross.",
  });
  const facts = html("dl", { class: "facts" });
  const verdict = html("p", { class: "verdict" });
  const follow = html("a", { class: "button" }, "Open in Signal");
  const networks = html("details", { hidden: true });
  const point = html("section", { class: "point", "aria-label": "The point" }, html("h2", {}, "The point"), verdict, facts, follow, networks);
  const [size, gradient] = [
    figure({ name: "map-signal", title: "Its signal", caption: `Second moment of the preactivations, ${DEPTH} layers of ${WIDTH} units.` }),
    figure({ name: "map-gradient", title: "Its gradient", caption: "Squared norm of the gradient at each layer." }),
  ];
  const redo = again();
  const element = html(
    "div", {},
    html("div", { class: "grid" }, plane.element, point, size.element, gradient.element),
    redo.element,
  );
  let known = null;
  let place = null;
  let trained = [];

  const draw = () => {
    if (!known || !place) return;
    plane.draw({
      chart: planeChart(known, place, trained),
      label: `${known.activation}: the point at σw ${number(place.sigma_w)}, σb ${number(place.sigma_b)} is ${place.phase}.`,
      rows: rows(known),
    });
    document.documentElement.dataset.drawn = String(performance.now());
  };

  const update = (values) => {
    const { activation, sigma_w, sigma_b } = values;
    const asked = known?.activation !== activation;
    page.ask("map", { activation, sigma_w, sigma_b, plane: asked }, {
      point: (data) => {
        place = data;
        page.accepted();
        describe(data, { verdict, facts });
        follow.href = write("signal", signalOf(values));
        redo.show(data);
        draw();
        announce(`σw ${number(data.sigma_w)}, σb ${number(data.sigma_b)}: ${data.phase}, χ₁ ${number(data.chi_1)}.`);
      },
      plane: (data) => {
        [known, trained] = [data, []];
        draw();
      },
      trained: (data) => {
        trained = data;
        networks.hidden = !data.length;
        networks.replaceChildren(html("summary", {}, "Networks of the store on this map"), networkTable(data));
        draw();
      },
    }, {
      done: () => page.ask("signal", { ...signalOf(values), depth: DEPTH, width: WIDTH }, {
        picture: ({ layers }) => {
          size.draw(profile(layers, "signal"));
          gradient.draw(profile(layers, "gradient"));
        },
      }),
    });
  };
  const move = keyboard(page);
  plane.element.querySelector(".chart").addEventListener("keydown", move);
  pointer(plane.element.querySelector(".chart"), page);
  return { element, update };
}

function signalOf({ activation, sigma_w, sigma_b }) {
  return {
    activation, bias_std: sigma_b, correlation: 0.5,
    init: `variance_scaling(scale=${Number((sigma_w * sigma_w).toPrecision(6))})`,
  };
}

function describe({ phase, chi_1, q_star, c_star, xi_c }, { verdict, facts }) {
  const far = xi_c == null ? "any distance" : `${number(xi_c)} layers`;
  verdict.textContent = `${PHASES[phase].charAt(0).toUpperCase()}${PHASES[phase].slice(1)}.`;
  const found = [
    ["χ₁, growth of the gradient a layer", number(chi_1, 4)],
    ["q*, where the signal's second moment settles", q_star == null ? "it grows on" : number(q_star, 4)],
    ["c*, where the correlation of two inputs settles", number(c_star, 4)],
    ["ξ, how far correlations reach", far],
  ];
  facts.replaceChildren(...found.flatMap(([name, value]) => [html("dt", {}, name), html("dd", {}, value)]));
}

function planeChart(known, place, trained) {
  return (width) => {
    const height = Math.max(300, Math.min(0.62 * width, 620));
    const box = { left: 38, right: width - 12, top: 34, bottom: height - 74 };
    const x = linear([0, known.width], [box.left, box.right]);
    const y = linear([0, known.height], [box.bottom, box.top]);
    const picture = frame(width, height);
    heat(picture, known, x, y);
    xAxis(picture, x, box, ticks(0, known.width, 8), "σw");
    for (const value of ticks(0, known.height, 4)) {
      picture.append(svg("text", { class: "tick end", x: box.left - 7, y: y(value) + 4 }, number(value)));
    }
    picture.append(svg("text", { class: "tick", x: 0, y: 16 }, "σb"));
    edge(picture, known, x, y, box);
    overlay(picture, trained, x, box);
    mark(picture, place, x, y, box);
    key(picture, width, height);
    picture.scales = { x, y, width: known.width };
    return picture;
  };
}

function band(chi) {
  if (chi == null) return LIMITS.length + 1;
  const index = LIMITS.findIndex((limit) => chi <= limit);
  return index < 0 ? LIMITS.length : index;
}

// Cells of a line that look alike are one rectangle, and all rectangles of a colour one path.
function heat(picture, { chi_1, width, height }, x, y) {
  const paths = NAMES.map(() => []);
  const [dx, dy] = [width / chi_1[0].length, height / chi_1.length];
  chi_1.forEach((line, row) => {
    const [top, bottom] = [y((row + 1) * dy), y(row * dy)].map((place) => place.toFixed(1));
    let start = 0;
    for (let column = 1; column <= line.length; column += 1) {
      if (column < line.length && band(line[column]) === band(line[start])) continue;
      const [left, right] = [x(start * dx), x(column * dx)].map((place) => place.toFixed(1));
      paths[band(line[start])].push(`M${left},${bottom}V${top}H${right}V${bottom}Z`);
      start = column;
    }
  });
  paths.forEach((path, index) => {
    if (path.length) picture.append(svg("path", { class: `heat chi-${index}`, d: path.join("") }));
  });
}

function edge(picture, { edge: points, critical, width, height }, x, y, box) {
  if (points.length > 1) {
    const foot = critical && critical.sigma_b === 0 ? [[critical.sigma_w, 0]] : [];
    const path = [...foot, ...points].map(([w, b]) => `${x(w).toFixed(1)},${y(b).toFixed(1)}`);
    picture.append(svg("path", { class: "edge", d: `M${path.join("L")}` }));
  }
  if (critical && critical.sigma_w <= width && critical.sigma_b <= height) {
    const [cx, cy] = [x(critical.sigma_w), y(critical.sigma_b)];
    picture.append(svg("path", { class: "critical", d: `M${cx},${cy - 7}l7,7l-7,7l-7,-7z` }));
    const low = cy > box.bottom - 12;
    picture.append(svg("text", { class: "name end", x: cx - 11, y: low ? cy - 8 : cy + 4 }, "critical"));
  }
}

// Networks of the store: their biases start at zero, so that they stand on the lower edge, deeper
// ones higher. A disc where at least half of them trained, else a cross.
function overlay(picture, trained, x, box) {
  const depths = [...new Set(trained.map((each) => each.depth))].sort((a, b) => a - b);
  for (const each of trained) {
    const [cx, cy] = [x(each.sigma_w), box.bottom - 9 - 13 * Math.min(depths.indexOf(each.depth), 8)];
    if (cx > box.right) continue;
    const good = each.trained >= 0.5;
    const d = good ? `M${cx - 4},${cy}a4,4 0 1,0 8,0a4,4 0 1,0 -8,0Z` : `M${cx - 4},${cy - 4}l8,8m0,-8l-8,8`;
    const words = `${each.initializer}, depth ${each.depth}, ${each.task}: ${percent(each.trained)} of ${each.networks} trained`;
    picture.append(svg("path", { class: good ? "network good" : "network bad", d }, svg("title", {}, words)));
  }
}

function networkTable(rows) {
  const names = ["sigma_w", "depth", "width", "task", "initializer", "networks", "trained"];
  const cells = (row) => names.map((name) => html("td", {}, name === "trained" ? percent(row[name]) : typeof row[name] === "number" ? number(row[name]) : row[name]));
  return html("div", { class: "wide", role: "region", tabindex: "0", "aria-label": "Networks of the store" }, html(
    "table", {}, html("thead", {}, html("tr", {}, ...names.map((name) => html("th", { scope: "col" }, name)))),
    html("tbody", {}, ...rows.map((row) => html("tr", {}, ...cells(row)))),
  ));
}

function mark(picture, { sigma_w, sigma_b }, x, y, box) {
  const [cx, cy] = [Math.min(x(sigma_w), box.right), Math.max(y(sigma_b), box.top)];
  picture.append(svg("line", { class: "cross", x1: cx, x2: cx, y1: box.top, y2: box.bottom }));
  picture.append(svg("line", { class: "cross", x1: box.left, x2: box.right, y1: cy, y2: cy }));
  picture.append(svg("circle", { class: "here", cx, cy, r: 7 }));
}

function key(picture, width, height) {
  const columns = width > 620 ? 9 : width > 420 ? 5 : 3;
  const step = (width - 38) / columns;
  NAMES.forEach((name, index) => {
    const [left, top] = [38 + (index % columns) * step, height - 34 + 16 * Math.floor(index / columns)];
    if (top > height - 2) return;
    picture.append(svg("rect", { class: `heat chi-${index}`, x: left, y: top, width: 11, height: 11 }));
    picture.append(svg("text", { class: "tick small", x: left + 15, y: top + 10 }, name));
  });
}

function rows({ chi_1, width, height }) {
  const found = [];
  for (let row = 0; row < chi_1.length; row += 16) {
    for (let column = 0; column < chi_1[row].length; column += 16) {
      found.push({
        sigma_b: Number((((row + 0.5) / chi_1.length) * height).toFixed(4)),
        sigma_w: Number((((column + 0.5) / chi_1[row].length) * width).toFixed(4)),
        chi_1: chi_1[row][column],
      });
    }
  }
  return found;
}

function profile(layers, name) {
  return {
    chart: depthChart(layers, {
      log: true, height: 200,
      series: [
        { key: `${name}_theory`, title: "theory, 95%", style: "theory", band: [`${name}_low`, `${name}_high`] },
        { key: name, title: "measured", style: "measured" },
      ],
    }),
    label: `From ${number(layers[0][name])} to ${number(layers.at(-1)[name])}.`,
    rows: layers.map((row) => ({ layer: row.layer, measured: row[name], theory: row[`${name}_theory`] })),
  };
}

function moved(page, sigma_w, sigma_b) {
  const within = (value, low, high) => Number(Math.min(Math.max(value, low), high).toFixed(4));
  page.change({ sigma_w: within(sigma_w, 0.02, 8), sigma_b: within(sigma_b, 0, 2) });
}

function keyboard(page) {
  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  return (event) => {
    const way = ways[event.key];
    if (!way) return;
    event.preventDefault();
    const step = event.shiftKey ? 10 * STEP : STEP;
    moved(page, page.values.sigma_w + way[0] * step, page.values.sigma_b + way[1] * step);
  };
}

function pointer(chart, page) {
  chart.tabIndex = 0;
  chart.setAttribute("role", "application");
  chart.setAttribute("aria-roledescription", "plane");
  chart.setAttribute("aria-label", "Plane of scales: arrow keys move the point, with Shift ten times as far");
  chart.classList.add("plane");
  const take = (event) => {
    const picture = chart.querySelector("svg");
    if (!picture) return;
    const area = picture.getBoundingClientRect();
    const factor = picture.viewBox.baseVal.width / area.width;
    const { x, y, width } = picture.scales;
    const sigma_w = Math.min(x.back((event.clientX - area.left) * factor), width);
    moved(page, sigma_w, y.back((event.clientY - area.top) * factor));
  };
  chart.addEventListener("pointerdown", (event) => {
    chart.setPointerCapture(event.pointerId);
    take(event);
  });
  chart.addEventListener("pointermove", (event) => {
    if (event.buttons && chart.hasPointerCapture(event.pointerId)) take(event);
  });
}
