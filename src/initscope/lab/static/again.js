// How to do the same without the lab: a command and a few lines of Python, to copy.

import { html } from "./dom.js";

export function again() {
  const [command, python] = ["Command", "Python"].map(block);
  const element = html(
    "section", { class: "again", "aria-label": "Do it again" },
    html("h2", {}, "Do it again"), command.element, python.element,
  );
  const show = (found) => {
    command.code.textContent = found.command;
    python.code.textContent = found.python;
  };
  return { element, show };
}

function block(title) {
  const code = html("code");
  const pre = html("pre", { tabindex: "0", role: "region", "aria-label": title }, code);
  const button = html("button", { type: "button", "aria-label": `Copy ${title}` }, "Copy");
  button.addEventListener("click", () => copy(code.textContent, button));
  const head = html("div", { class: "head" }, html("h3", {}, title), button);
  return { code, element: html("div", { class: "block" }, head, pre) };
}

// Copies a text, and says so on the button.
export async function copy(text, button) {
  await navigator.clipboard.writeText(text);
  const label = button.dataset.label ?? button.textContent;
  button.dataset.label = label;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = label; }, 1500);
}
