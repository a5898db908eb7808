// What mean-field theory says of a pair of scales, in one line.

import { write } from "./address.js";
import { html } from "./dom.js";
import { number } from "./numbers.js";

export const PHASES = {
  ordered: "ordered: signals grow alike and gradients shrink with depth",
  critical: "critical, at the edge of chaos: gradients keep their size",
  chaotic: "chaotic: signals drift apart and gradients grow with depth",
};

export function phaseLine(point, { activation, norm, residual }) {
  if (!point) return ["These weights have a mean: the map of scales is for weights around zero."];
  const { sigma_w, sigma_b, phase, chi_1 } = point;
  const scales = ["σ", html("sub", {}, "w"), ` ${number(sigma_w)}, σ`, html("sub", {}, "b"), ` ${number(sigma_b)}`];
  const plain = norm === "none" && !residual;
  const words = plain
    ? `: χ₁ = ${number(chi_1)} a layer, ${PHASES[phase]}. `
    : ": without the normalization or the branches, χ₁ would be " + `${number(chi_1)} a layer. `;
  const link = html("a", { href: write("map", { activation, sigma_w, sigma_b }) }, "Find it on the map");
  return [...scales, words, link, "."];
}
