// What is on the screen, in the address: #view?name=value&...

export function read() {
  const [view, query = ""] = location.hash.slice(1).split("?");
  return { view, given: Object.fromEntries(new URLSearchParams(query)) };
}

export function write(view, values) {
  const written = Object.entries(values).map(([name, value]) => [name, value ?? ""]);
  const query = new URLSearchParams(written).toString();
  return query ? `#${view}?${query}` : `#${view}`;
}

// The values of a view's fields, as the address gives them; others have their defaults.
export function values(fields, given) {
  return Object.fromEntries(fields.map((field) => [field.name, value(field, given[field.name])]));
}

function value(field, text) {
  if (text == null) return field.default;
  if (field.kind === "number" || field.kind === "maybe") return text.trim() === "" || Number.isNaN(Number(text)) ? null : Number(text);
  if (field.kind === "switch") return text === "true";
  return text;
}
