// Elements by name, attributes and children: HTML and SVG.

const SVG = "http://www.w3.org/2000/svg";

export function html(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

// A text in which σ_w stands for σ with an index.
export function words(text) {
  return text.split(/(_[a-z])/).map((part) => (part.startsWith("_") ? html("sub", {}, part.slice(1)) : part));
}

let last = 0;

export function unique(name) {
  last += 1;
  return `${name}-${last}`;
}

let waiting;

// For those who do not see the picture: say what it shows, once it stands still.
export function announce(words) {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    document.getElementById("announcer").textContent = words;
  }, 600);
}
