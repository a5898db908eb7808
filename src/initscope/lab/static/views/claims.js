// Claims: what textbooks say of initialization, each with its verdict and what was measured.

import { again } from "../again.js";
import { write } from "../address.js";
import { frame, linear } from "../charts.js";
import { announce, html, svg } from "../dom.js";
import { figure } from "../figure.js";
import { number, power, ticks } from "../numbers.js";

const EFFORTS = { quick: "quick: fewer seeds", full: "full" };
const SIGNS = { holds: "✓", fails: "✕", depends: "±", undecided: "?" };

const groups = [{
  title: "Claim",
  fields: [
    { name: "claim", label: "Number", kind: "number", low: 1, high: 30, step: 1, whole: true, default: 1 },
    { name: "effort", label: "How much to measure", kind: "choice", words: Object.keys(EFFORTS), titles: EFFORTS, default: "quick" },
  ],
}];

export const claims = {
  name: "claims",
  title: "Claims",
  guidance:
    "What textbooks say of initialization, as experiments: the criterion was fixed before anything was measured. Choose a claim, read what would refute it, and test it.",
  groups,
  open,
};

function open(page) {
  const list = html("ol", { class: "claims-list", "aria-label": "All claims" });
  const statement = html("h2", { class: "statement" });
  const verdict = html("p", { class: "verdict", role: "status" });
  const [test, cancel] = ["Test it", "Cancel"].map((word) => html("button", { type: "button", class: "big" }, word));
  const cases = figure({ name: "claim-cases", title: "What was measured", caption: "" });
  const words = html("dl", { class: "words" });
  const redo = again();
  const detail = html("section", { class: "detail", "aria-label": "The claim" }, statement, html("div", { class: "pager" }, test, cancel, verdict), cases.element, words, redo.element);
  const element = html("div", { class: "ledger-view" }, detail, html("section", { "aria-label": "Ledger" }, html("h2", {}, "All claims"), list));
  let running = null;

  const buttons = () => {
    test.disabled = Boolean(running);
    cancel.disabled = !running;
  };
  const parts = {
    ledger: (rows) => {
      page.accepted();
      const chosen = page.values.claim;
      list.replaceChildren(...rows.map((row) => html(
        "li", {},
        html("a", { href: write("claims", { ...page.values, claim: row.id }), "aria-current": row.id === chosen ? "true" : null },
          html("span", { class: `word ${row.verdict ?? "none"}` }, row.verdict ? `${SIGNS[row.verdict]} ${row.verdict}` : "not tested"),
          html("span", {}, `${row.id}. ${row.statement}`)),
      )));
    },
    words: (claim) => {
      statement.textContent = claim.statement;
      words.replaceChildren(...claim.sections.flatMap(([name, text]) => [html("dt", {}, name), html("dd", {}, text)]));
      cases.element.hidden = true;
      verdict.textContent = running ? "Measuring …" : "Not tested yet: no verdict is in the store.";
      document.documentElement.dataset.drawn = String(performance.now());
    },
    verdict: (found) => {
      const took = found.seconds == null ? "" : ` Measured in ${number(found.seconds, 2)} s.`;
      verdict.textContent = `${SIGNS[found.word]} ${found.word}${found.condition ? `: ${found.condition}` : ""} (${found.effort}).${took}`;
      cases.element.hidden = false;
      cases.say(`${found.statistic}. Points with 95% intervals; shaded: where the claim holds.`);
      cases.draw({
        chart: forest(found),
        label: found.cases.map((each) => `${each.case}: ${number(each.estimate)}, ${each.outcome}`).join("; "),
        rows: found.cases.map(({ case: name, estimate, low, high, criterion, outcome, n }) => ({ case: name, estimate, low, high, criterion, outcome, n })),
      });
      announce(`Verdict: ${found.word}.`);
      document.documentElement.dataset.drawn = String(performance.now());
    },
    again: redo.show,
  };
  const ended = (said) => {
    running = null;
    buttons();
    if (said) verdict.textContent = said;
  };
  const ask = (testing) => {
    const id = page.ask("claims", { ...page.values, test: testing }, parts, {
      done: () => ended(),
      dropped: () => running === id && ended("Cancelled: nothing was stored."),
      refused: () => ended(),
    });
    running = testing ? id : null;
    buttons();
  };
  test.addEventListener("click", () => ask(true));
  cancel.addEventListener("click", () => page.control(running, "cancel"));
  buttons();
  return { element, update: () => ask(false) };
}

const ROW = 40;

// Every case on a line of its own: its name above, its interval on the band where the claim holds.
function forest({ cases, logarithmic }) {
  const rows = cases.filter((each) => each.low != null && each.high != null);
  return (width) => {
    const box = { left: 8, right: width - 12, top: 8, bottom: 8 + ROW * rows.length };
    const picture = frame(width, box.bottom + 30);
    const place = axis(rows, logarithmic, [box.left + 6, box.right - 6]);
    for (const { at, text } of place.ticks) {
      picture.append(svg("line", { class: "grid", x1: at, x2: at, y1: box.top, y2: box.bottom }));
      picture.append(svg("text", { class: "tick middle", x: at, y: box.bottom + 18 }, text));
    }
    rows.forEach((row, index) => {
      const y = box.top + ROW * index + 27;
      const [from, to] = [row.from == null ? box.left : place(row.from), row.to == null ? box.right : place(row.to)];
      const [start, end] = [Math.max(from, box.left), Math.min(to, box.right)];
      picture.append(svg("rect", { class: "criterion", x: start - (end - start < 3 ? 1.5 : 0), y: y - 8, width: Math.max(end - start, 3), height: 16 }));
      picture.append(svg("text", { class: "name small", x: box.left, y: y - 12 }, `${row.case} · ${row.outcome}`));
      picture.append(svg("line", { class: `whisker ${row.outcome}`, x1: place(row.low), x2: place(row.high), y1: y, y2: y }));
      picture.append(mark(row.outcome, place(row.estimate), y));
    });
    return picture;
  };
}

function mark(outcome, x, y) {
  const shapes = {
    holds: `M${x - 5},${y}a5,5 0 1,0 10,0a5,5 0 1,0 -10,0Z`,
    fails: `M${x - 5},${y - 5}l10,10m0,-10l-10,10`,
    undecided: `M${x},${y - 6}l6,6l-6,6l-6,-6Z`,
  };
  return svg("path", { class: `outcome ${outcome}`, d: shapes[outcome] });
}

function axis(rows, logarithmic, range) {
  const read = logarithmic ? Math.log10 : (value) => value;
  const ends = rows.flatMap((row) => [row.low, row.high, row.from, row.to])
    .filter((value) => value != null && (!logarithmic || value > 0)).map(read);
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const play = 0.06 * (high - low) || 0.5;
  const scale = linear([low - play, high + play], range);
  const place = (value) => scale(read(value));
  const values = ticks(low - play, high + play, 5);
  place.ticks = values
    .filter((value) => !logarithmic || Number.isInteger(value) || values.every((each) => !Number.isInteger(each)))
    .map((value) => ({ at: scale(value), text: logarithmic ? (Number.isInteger(value) ? power(value) : number(10 ** value, 2)) : number(value) }));
  return place;
}
