// The control for an initializer: its name, and an input for each of its parameters. Its value is
// the text that commands take too, such as normal(std=0.02).

import { choose } from "./controls.js";
import { html, unique } from "./dom.js";

export function initializer(field, onChange, catalogue) {
  const id = unique(field.name);
  const input = html("select", { id });
  for (const row of catalogue.initializers) input.append(html("option", { value: row.name }, row.name));
  const parameters = html("div", { class: "parameters" });
  const formula = html("p", { class: "formula" });
  const element = html(
    "div", { class: "control" }, html("label", { for: id }, field.label), input, parameters, formula,
  );
  let shown = "";
  const show = (name, given) => {
    const row = catalogue.initializers.find((each) => each.name === name);
    formula.textContent = row ? `${row.formula} · ${row.citation}` : "";
    parameters.replaceChildren(...(row?.parameters ?? []).map(
      (parameter) => one(parameter, given[parameter.name], () => changed(row)),
    ));
  };
  const changed = (row) => {
    shown = text(row, parameters);
    onChange(shown);
  };
  input.addEventListener("change", () => {
    show(input.value, {});
    changed(catalogue.initializers.find((each) => each.name === input.value));
  });
  const set = (value) => {
    if (value === shown) return;
    shown = value;
    const { name, given } = parsed(value, catalogue);
    choose(input, name);
    show(name, given);
  };
  return { element, input, set };
}

function one(parameter, given, onChange) {
  const id = unique(parameter.name);
  const value = given ?? parameter.default;
  const words = parameter.choices ?? (typeof parameter.default === "boolean" ? ["false", "true"] : null);
  let input;
  if (words) {
    input = html("select", { id });
    for (const word of words) input.append(html("option", { value: word }, word));
    choose(input, String(value));
  } else input = html("input", { id, type: "number", step: "any", value });
  input.name = parameter.name;
  input.addEventListener(words ? "change" : "input", () => input.value !== "" && onChange());
  return html("div", { class: "parameter" }, html("label", { for: id }, parameter.name), input);
}

function text(row, parameters) {
  const given = row.parameters
    .map((each) => ({ ...each, value: parameters.querySelector(`[name=${each.name}]`).value }))
    .filter((each) => each.required || each.value !== String(each.default))
    .map((each) => `${each.name}=${each.value}`);
  return given.length ? `${row.name}(${given.join(", ")})` : row.name;
}

function parsed(value, catalogue) {
  const [, name, inside] = value.match(/^([^(]*)(?:\((.*)\))?$/) ?? [null, value, ""];
  const row = catalogue.initializers.find((each) => each.name === name);
  const given = {};
  for (const [index, part] of (inside ? inside.split(",") : []).entries()) {
    const [left, right] = part.split("=").map((each) => each.trim());
    if (right === undefined && row?.parameters[index]) given[row.parameters[index].name] = left;
    else given[left] = right;
  }
  return { name, given };
}
