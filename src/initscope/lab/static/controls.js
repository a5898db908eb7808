// Controls of a view: each a label, an input, and a place for the sentence that refuses its value.

import { html, unique, words } from "./dom.js";
import { initializer } from "./initializer.js";

// Returns the form, set(values), unfold(values) and refuse(field, message); onChange(name, value)
// hears of changes. What is seldom set stands folded at the end of its group.
export function controls(groups, catalogue, onChange) {
  const made = new Map();
  const form = html("form", { class: "controls", "aria-label": "Settings" });
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const group of groups) {
    const set = html("fieldset", {}, html("legend", {}, group.title));
    const folded = group.more && html("details", { class: "more" }, html("summary", {}, group.more));
    for (const field of group.fields) {
      const control = KINDS[field.kind](field, (value) => onChange(field.name, value), catalogue);
      control.error = html("p", { class: "error", id: unique("error"), hidden: true });
      control.element.append(control.error);
      made.set(field.name, control);
      (field.seldom ? folded : set).append(control.element);
    }
    if (folded) set.append(folded);
    form.append(set);
  }
  return {
    element: form,
    set: (values) => made.forEach((control, name) => control.set(values[name], values)),
    unfold: (values) => groups.flatMap((group) => group.fields)
      .filter((field) => field.seldom && values[field.name] !== field.default)
      .forEach((field) => show(made.get(field.name))),
    refuse: (field, message) => refuse(made, field, message),
  };
}

// Unfolds what a control stands in.
function show({ element }) {
  const folded = element.closest("details");
  if (folded) folded.open = true;
}

function refuse(made, field, message) {
  for (const [name, control] of made) {
    const { error, input } = control;
    const wrong = Boolean(message) && name === field;
    error.hidden = !wrong;
    error.textContent = wrong ? message : "";
    input.toggleAttribute("aria-invalid", wrong);
    if (wrong) {
      show(control);
      input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", error.id);
    } else input.removeAttribute("aria-describedby");
  }
}

// A slider, and beside it the exact number.
function number(field, onChange) {
  const id = unique(field.name);
  const scale = field.log ? LOG : field.steps ? stepped(field.steps) : LINEAR;
  const slider = html("input", {
    type: "range", id, min: scale.to(field.low), max: scale.to(field.high),
    step: scale.step ?? field.step ?? "any",
  });
  const exact = html("input", {
    type: "number", class: "exact", min: field.low, max: field.high, step: field.whole ? 1 : "any",
    "aria-label": `${field.label.replace("_", "")}, exact`, inputmode: field.whole ? "numeric" : "decimal",
  });
  const show = (value) => {
    slider.value = value == null ? slider.value : scale.to(value);
    slider.setAttribute("aria-valuetext", String(value));
  };
  slider.addEventListener("input", () => {
    const value = rounded(scale.from(Number(slider.value)), field);
    exact.value = value;
    slider.setAttribute("aria-valuetext", String(value));
    onChange(value);
  });
  exact.addEventListener("input", () => {
    const value = exact.value === "" ? null : Number(exact.value);
    show(value);
    onChange(value);
  });
  const element = html(
    "div", { class: "control" }, html("label", { for: id }, ...words(field.label)), exact, slider,
  );
  const set = (value, values) => {
    if (document.activeElement !== exact) exact.value = value ?? "";
    show(value);
    slider.disabled = exact.disabled = off(field, values);
  };
  return { element, input: exact, set };
}

function choice(field, onChange, catalogue) {
  const id = unique(field.name);
  const input = html("select", { id });
  for (const word of field.words ?? catalogue[field.from]) {
    input.append(html("option", { value: word }, field.titles?.[word] ?? word));
  }
  input.addEventListener("change", () => onChange(input.value));
  const element = html("div", { class: "control" }, html("label", { for: id }, ...words(field.label)), input);
  const set = (value, values) => {
    choose(input, value);
    input.disabled = off(field, values);
  };
  return { element, input, set };
}

function text(field, onChange) {
  const id = unique(field.name);
  const input = html("textarea", { id, rows: 3, spellcheck: "false" });
  input.addEventListener("change", () => onChange(input.value));
  const element = html("div", { class: "control" }, html("label", { for: id }, field.label), input);
  return { element, input, set: (value) => { input.value = value; } };
}

// A text of one line.
function line(field, onChange) {
  const id = unique(field.name);
  const input = html("input", { type: "text", id, spellcheck: "false", autocomplete: "off", placeholder: field.example });
  input.addEventListener("change", () => onChange(input.value));
  const element = html("div", { class: "control" }, html("label", { for: id }, ...words(field.label)), input);
  const set = (value, values) => {
    input.value = value;
    input.disabled = off(field, values);
  };
  return { element, input, set };
}

// A number that may be left out.
function maybe(field, onChange) {
  const id = unique(field.name);
  const input = html("input", { type: "number", class: "exact", id, min: field.low, max: field.high, step: "any", placeholder: field.empty });
  input.addEventListener("input", () => onChange(input.value === "" ? null : Number(input.value)));
  const element = html("div", { class: "control" }, html("label", { for: id }, ...words(field.label)), input);
  const set = (value) => {
    if (document.activeElement !== input) input.value = value ?? "";
  };
  return { element, input, set };
}

function toggle(field, onChange) {
  const id = unique(field.name);
  const input = html("input", { type: "checkbox", id });
  input.addEventListener("change", () => onChange(input.checked));
  const label = html("label", { for: id }, ...words(field.label));
  const element = html("div", { class: "control switch" }, input, label);
  const set = (value, values) => {
    input.checked = value;
    input.disabled = off(field, values);
  };
  return { element, input, set };
}

// Whether other values leave a control without a meaning.
function off({ needs, unless }, values) {
  return Boolean((needs && !values[needs]) || (unless && values[unless]));
}

// A value that the list does not have stays visible: the server says what is wrong with it.
export function choose(select, value) {
  if (![...select.options].some((option) => option.value === value)) {
    select.append(html("option", { value }, value));
  }
  select.value = value;
}

const LINEAR = { to: (x) => x, from: (x) => x };
const LOG = { to: Math.log10, from: (x) => 10 ** x, step: 0.01 };

function stepped(steps) {
  const nearest = (x) => steps.reduce((a, b) => (Math.abs(b - x) < Math.abs(a - x) ? b : a));
  return { to: (x) => steps.indexOf(nearest(x)), from: (index) => steps[index], step: 1 };
}

function rounded(value, field) {
  return field.whole ? Math.round(value) : Number(value.toPrecision(4));
}

const KINDS = { number, choice, text, line, maybe, switch: toggle, initializer };
