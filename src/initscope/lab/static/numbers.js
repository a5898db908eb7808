// How numbers are written for people.

const UP = "⁰¹²³⁴⁵⁶⁷⁸⁹";

export function number(value, digits = 3) {
  if (value == null) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) {
    const [head, exponent] = value.toExponential(digits - 1).split("e");
    return `${minus(head)} × ${power(Number(exponent))}`;
  }
  return minus(String(Number(value.toPrecision(digits))));
}

export function power(exponent) {
  const digits = [...String(Math.abs(exponent))].map((digit) => UP[digit]).join("");
  return `10${exponent < 0 ? "⁻" : ""}${digits}`;
}

export function percent(share) {
  if (share == null) return "–";
  const rounded = Math.round(100 * share);
  if (rounded === 0 && share > 0) return "<1%";
  if (rounded === 100 && share < 1) return ">99%";
  return `${rounded}%`;
}

// At most `count` round numbers between two ends.
export function ticks(low, high, count = 5) {
  const rough = (high - low) / count;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * [1, 2, 5, 10].find((factor) => factor * unit >= rough * 0.999);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high * (1 + 1e-9) + 1e-12; k += 1) {
    found.push(Number((k * step).toPrecision(12)));
  }
  return found;
}

function minus(text) {
  return text.replace("-", "−");
}
