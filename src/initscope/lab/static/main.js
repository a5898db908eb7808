// The page: which view is open, its values in the address, and the connection.

import * as address from "./address.js";
import { copy } from "./again.js";
import { controls } from "./controls.js";
import { html, words } from "./dom.js";
import { Socket } from "./socket.js";
import { tour } from "./tour.js";
import { byName, views } from "./views.js";

const root = document.getElementById("view");
const connection = document.getElementById("connection");
let open = null;

const socket = new Socket((state, message) => {
  if (state === "lost" && connection.className === "refused") return;
  connection.textContent = { open: "", lost: "Connecting to the lab …", refused: message }[state];
  connection.className = state;
});

// What a view may do: ask for work, change its values, and go elsewhere.
class Page {
  constructor(view, catalogue, values) {
    this.fields = view.groups.flatMap((group) => group.fields);
    this.values = values;
    this.form = controls(view.groups, catalogue, (name, value) => this.change({ [name]: value }));
    this.view = view;
    this.slow = null;
  }

  change(values) {
    this.values = { ...this.values, ...values };
    this.refresh(); // the question first: the rest is done while the answer is computed
    this.form.set(this.values);
    history.replaceState(null, "", address.write(this.view.name, this.values));
  }

  refresh() {
    const missing = this.fields.find((field) => field.kind !== "maybe" && this.values[field.name] == null);
    this.form.refuse(missing?.name, missing && `${missing.label.replace("_", "")} needs a number.`);
    if (!missing) this.shown.update(this.values);
  }

  // As socket.ask; a refusal goes beside its control, and the view shows that work goes on.
  ask(job, params, part, then = {}) {
    clearTimeout(this.slow);
    this.slow = setTimeout(() => root.setAttribute("aria-busy", "true"), 300);
    const end = () => {
      clearTimeout(this.slow);
      root.removeAttribute("aria-busy");
    };
    return socket.ask(job, params, {
      part,
      done: () => {
        end();
        then.done?.();
      },
      dropped: () => {
        end();
        then.dropped?.();
      },
      refused: (message, field) => {
        end();
        then.refused?.();
        this.refused(message, field);
      },
    });
  }

  // Pause, resume or cancel a job that runs.
  control(id, action) {
    socket.ask("control", { of: id, action }, { part: {}, refused: () => {} });
  }

  refused(message, field) {
    const known = this.fields.some((each) => each.name === field);
    this.form.refuse(known ? field : null, known ? sentence(message) : null);
    this.trouble.hidden = known;
    this.trouble.textContent = known ? "" : sentence(message);
  }

  accepted() {
    this.form.refuse(null, null);
    this.trouble.hidden = true;
  }
}

function show(catalogue) {
  const { view: name, given } = address.read();
  const view = byName(name) ?? views[0];
  const values = address.values(view.groups.flatMap((group) => group.fields), given);
  if (open?.view === view) {
    open.values = values;
    open.form.set(values);
    open.form.unfold(values);
    open.refresh();
    return;
  }
  socket.forget();
  open = new Page(view, catalogue, values);
  open.trouble = html("p", { class: "error trouble", role: "alert", hidden: true });
  open.shown = view.open(open);
  document.title = `${view.title} · initscope lab`;
  for (const link of document.querySelectorAll("#views a")) {
    const here = link.dataset.view === view.name;
    if (here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  root.className = view.name;
  root.replaceChildren(
    html("div", { class: "intro" }, html("h1", {}, view.title), html("p", {}, ...words(view.guidance))),
    html("div", { class: "side" }, ...(view.groups.length ? [open.form.element] : []), open.trouble),
    html("div", { class: "stage" }, open.shown.element),
  );
  open.form.set(values);
  open.form.unfold(values);
  open.refresh();
}

function sentence(words) {
  const text = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

document.getElementById("views").append(...views.map((view) => html(
  "li", {}, html("a", { href: `#${view.name}`, "data-view": view.name }, view.title),
)));
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address belongs to the views
  root.focus();
});
document.getElementById("share").addEventListener("click", (event) => {
  copy(location.href, event.currentTarget);
});
const guide = tour();
document.getElementById("tour").addEventListener("click", () => guide.open());

root.replaceChildren(html("p", { class: "waiting" }, "Starting …"));
socket.ask("catalogue", {}, {
  part: {
    catalogue: (names) => {
      window.addEventListener("hashchange", () => show(names));
      show(names);
      guide.greet();
    },
  },
  refused: (message) => root.replaceChildren(html("p", { role: "alert" }, message)),
});
