// What the linter found: each with its evidence, cause and remedy.

import { html } from "./dom.js";

export function findings() {
  const verdict = html("p", { class: "verdict" });
  const list = html("div", { class: "list" });
  const element = html(
    "section", { class: "findings", "aria-label": "Findings" }, html("h2", {}, "Findings"), verdict, list,
  );
  let before = "";
  const show = (words, found) => {
    verdict.textContent = found.length
      ? `${capital(words)}.`
      : "Nothing found: no rule of the linter sees a defect here.";
    const text = JSON.stringify(found);
    if (text === before) return;
    before = text;
    list.replaceChildren(...found.map(card));
  };
  return { element, show };
}

const SIGNS = { error: "✕", warning: "!", info: "i" };

function card(finding) {
  const rows = Object.entries(finding.rows).flatMap(([name, value]) => [html("dt", {}, name), html("dd", {}, value)]);
  return html(
    "article", { class: `finding ${finding.severity}` },
    html(
      "h3", {},
      html("span", { class: "sign", "aria-hidden": "true" }, SIGNS[finding.severity]),
      html("span", { class: "severity" }, finding.severity),
      ` ${finding.code} ${finding.rule} `,
      html("span", { class: "where" }, `at ${finding.where}`),
    ),
    html("p", {}, finding.message),
    html("dl", {}, ...rows),
  );
}

function capital(words) {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
