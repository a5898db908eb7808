// A tour of five steps, which can be closed at any of them and opened again.

import { html } from "./dom.js";

const SEEN = "initscope-tour-seen";

const STEPS = [
  ["A network before training", "signal", ".distributions",
    "Each ridge is one layer: the values that its units give for 32 inputs. If the ridges collapse to a spike or run off, learning has nothing to work with."],
  ["Move one thing", "signal", ".controls",
    "Every control redraws the whole picture. Try the initializer he_normal, then zeros, or a bias std of 0.5."],
  ["Theory beside measurement", "signal", ".signal-size",
    "The dashed line is what mean-field theory predicts, the band where 95% of all networks of these sizes lie, the dots are this one network."],
  ["What is wrong, and what to do", "signal", ".findings",
    "The linter looks at the same network and says what it found: the evidence, the cause and the remedy. Do it again gives the command and the Python."],
  ["The map of all scales", "map", ".plane",
    "Between order and chaos runs a line on which deep networks train. Click a point, and its signal follows. The address holds all you see: copy the link to share it."],
];

export function tour() {
  const [title, text, count] = [html("h2", { id: "tour-title" }), html("p"), html("p", { class: "count" })];
  const [back, next, close] = ["Back", "Next", "Close"].map((word) => html("button", { type: "button" }, word));
  const panel = html(
    "div", { class: "tour", role: "dialog", "aria-labelledby": "tour-title", tabindex: "-1", hidden: true },
    count, title, text, html("div", { class: "buttons" }, back, next, close),
  );
  document.body.append(panel);
  let step = 0;
  const lit = () => document.querySelectorAll(".lit").forEach((each) => each.classList.remove("lit"));
  const show = (index) => {
    step = index;
    const [heading, view, target, words] = STEPS[index];
    [title.textContent, text.textContent] = [heading, words];
    count.textContent = `Step ${index + 1} of ${STEPS.length}`;
    back.disabled = index === 0;
    next.textContent = index === STEPS.length - 1 ? "Done" : "Next";
    if (!location.hash.startsWith(`#${view}`) && (location.hash || index)) location.hash = `#${view}`;
    lit();
    requestAnimationFrame(() => {
      const found = document.querySelector(target);
      found?.classList.add("lit");
      found?.scrollIntoView({ block: "nearest" });
    });
  };
  const end = () => {
    panel.hidden = true;
    lit();
    localStorage.setItem(SEEN, "yes");
    document.getElementById("tour").focus();
  };
  back.addEventListener("click", () => show(step - 1));
  next.addEventListener("click", () => (step === STEPS.length - 1 ? end() : show(step + 1)));
  close.addEventListener("click", end);
  panel.addEventListener("keydown", (event) => event.key === "Escape" && end());
  const open = () => {
    panel.hidden = false;
    show(0);
    panel.focus();
  };
  // On a first visit the tour offers itself, without taking the keyboard.
  const greet = () => {
    if (localStorage.getItem(SEEN) || location.hash) return;
    panel.hidden = false;
    show(0);
  };
  return { open, greet };
}
