"""The page docs/theory.md, rendered from the numbers of theory_evidence.py."""

from __future__ import annotations

import math
from typing import Any

Row = dict[str, Any]


def render(found: Row) -> str:
    """Return the page."""
    return "\n".join(
        [
            "# Theory: what it predicts, and whether it does",
            "",
            "`scripts/theory_evidence` makes this page from [its numbers](evidence/theory.json);"
            " a test renders it again and repeats a part of the simulation.",
            "",
            *_simulated(found),
            *_gain_table(found),
            *_critical_table(found),
            *_published_table(found),
            *_METHOD,
        ]
    )


def _simulated(found: Row) -> list[str]:
    rows = found["comparisons"]
    by_verdict: dict[str, list[Row]] = {"agree": [], "apart": [], "open": []}
    for row in rows:
        by_verdict[_verdict(row, found["threshold"])].append(row)
    agree, apart, undecided = by_verdict.values()
    return [
        "## Prediction beside simulation",
        "",
        f"{found['networks']} networks of {found['depth']} layers of {found['width']} units for "
        "each activation, with Gaussian weights; two inputs of second moment 1 and correlation "
        f"{found['correlation']:g}. Scales are those of the critical point; where there is none "
        "(marked *), the forward gain and no biases. q and correlation are those of the last "
        "layer's preactivations, gradient is the second moment of the first layer's if that of the "
        "last layer is one.",
        "",
        _criterion(found),
        "",
        f"**Result.** {len(agree)} of {len(rows)} agree, {len(apart)} disagree, {len(undecided)} "
        f"are open.{_named(apart)}",
        "",
        *_open(undecided),
        "| activation | | predicted | measured ± standard error | z | |",
        "|---|---|---|---|---|---|",
        *(_comparison(row, found["threshold"]) for row in rows),
        "",
    ]


def _criterion(found: Row) -> str:
    limit = found["threshold"]
    return (
        "**Criterion, fixed before the run.** z is the distance of mean and prediction in standard "
        f"errors. They agree where |z| < {limit:.2f}: by Student's t, any of the "
        f"{len(found['comparisons'])} comparisons exceeds that by chance with probability "
        f"{found['level']:g} at most (Bonferroni; the rows are not independent, since every "
        "activation meets the same draws of weights, and need not be). The prediction is exact "
        f"only for infinite width: at width {found['width']} means move by order 1 / width, which "
        f"the test would find once it exceeds {limit:.1f} standard errors. One rule was added "
        "after the run: where the standard error exceeds the prediction itself, the comparison is "
        "open."
    )


def _verdict(row: Row, limit: float) -> str:
    if row["standard_error"] > abs(row["predicted"]):
        return "open"
    return "apart" if abs(row["z"]) > limit else "agree"


def _comparison(row: Row, limit: float) -> str:
    measured = f"{_number(row['measured'])} ± {_number(row['standard_error'], 2)}"
    cells = [_name(row), row["quantity"], _number(row["predicted"]), measured, f"{row['z']:.1f}"]
    return f"| {' | '.join(cells)} | {_verdict(row, limit)} |"


def _named(rows: list[Row]) -> str:
    named = [f"{row['activation']}, {row['quantity']} (z = {row['z']:.1f})" for row in rows]
    return f" These disagree: {'; '.join(named)}." if rows else ""


def _open(rows: list[Row]) -> list[str]:
    if not rows:
        return []
    worst = max(rows, key=lambda row: row["measured"] / row["predicted"])
    names = " and ".join(dict.fromkeys(row["activation"] for row in rows))
    return [
        f"**Open: {names}.** Its variance map doubles deviations of log q in every layer, so that "
        "after eight layers networks of this width lie many powers of ten apart, and their mean is "
        f"that of the one or two largest: {_number(worst['measured'])} for {worst['quantity']}, "
        f"where the theory of infinite width has {_number(worst['predicted'])}. It says nothing "
        "about the mean of such networks.",
        "",
    ]


def _name(row: Row) -> str:
    return str(row["activation"]) + ("" if row["scales"] == "the critical point" else " *")


def _gain_table(found: Row) -> list[str]:
    shown = [row for row in found["gains"] if row["pytorch"] is not None]
    by_name = {row["activation"]: row for row in found["gains"]}
    tanh, sigmoid = by_name["tanh"], by_name["sigmoid"]
    edge = next(row["edge"] for row in found["critical"] if row["activation"] == "sigmoid")
    grown = (tanh["pytorch"] / tanh["forward"]) ** 2
    return [
        "## Gains",
        "",
        "Weights have standard deviation gain / sqrt(fan). At preactivations of second moment 1, "
        "the forward gain keeps the signal's second moment, the backward gain the gradient's.",
        "",
        "| activation | forward | backward | gradient a layer, with the forward gain |",
        "|---|---|---|---|",
        *(
            f"| {row['activation']} | {_fixed(row['forward'])} | {_fixed(row['backward'])} | "
            f"{_fixed(row['growth'])} |"
            for row in found["gains"]
        ),
        "",
        "`torch.nn.init.calculate_gain` has a number for six of them. With it, and no biases, the "
        "second moment settles at q*, and the gradient's grows by chi_1 a layer:",
        "",
        "| activation | PyTorch | forward | q* | chi_1 | |",
        "|---|---|---|---|---|---|",
        *(
            f"| {row['activation']} | {_fixed(row['pytorch'])} | {_fixed(row['forward'])} | "
            f"{_number(row['settles'])} | {_number(row['chi_1'])} | {row['note']} |"
            for row in shown
        ),
        "",
        f"**tanh.** The number that keeps the second moment at 1 is {_fixed(tanh['forward'])}, not "
        f"5/3. With 5/3 it grows by a factor {grown:.3f} in the first layer and settles at "
        f"{_number(tanh['settles'])}; there the gradient grows by a factor "
        f"{_number(tanh['chi_1'])} a layer.",
        "",
        f"**sigmoid.** With PyTorch's 1, the gradient falls by a factor "
        f"{_number(1 / sigmoid['chi_1'])} a layer. The forward gain {_fixed(sigmoid['forward'])} "
        f"keeps the signal, and the gradient still falls by {_number(1 / sigmoid['growth'])} a "
        f"layer; only a gain of {_number(edge[1])} keeps the gradient, at a second moment of "
        f"{_number(edge[0])}, where sigmoid saturates.",
        "",
    ]


def _critical_table(found: Row) -> list[str]:
    lines = []
    for row in found["critical"]:
        critical, edge = row["critical"], row["edge"]
        point = "– | – | – | none"
        if critical:
            scales = f"{_number(critical[1], 6)} | {_number(critical[2], 6)}"
            point = f"{_q(critical)} | {scales} | {critical[3]}"
        at = f"{_number(edge[1], 6)} | {_q(edge)} | {edge[2]}" if edge else "– | – | none"
        lines.append(f"| {row['activation']} | {point} | {at} |")
    reasons = [f"- {row['reason']}." for row in found["critical"] if row["reason"]]
    return [
        "## Critical points and the edge of chaos",
        "",
        "At the critical point the parallel susceptibility and chi_1 are both one; on the edge of "
        "chaos chi_1 alone is. The edge is given for no biases.",
        "",
        "| activation | q* | sigma_w | sigma_b | | sigma_w on the edge | q* | |",
        "|---|---|---|---|---|---|---|---|",
        *lines,
        "",
        *reasons,
        "",
        "A half-stable point draws signals from one side only. gelu and gelu_tanh draw from above: "
        "from a second moment of 1 signals settle below it, where gradients fall slowly. The "
        "others draw from below, and so signals come to them.",
        "",
    ]


def _published_table(found: Row) -> list[str]:
    return [
        "## Published numbers",
        "",
        "| source | | published | ours |",
        "|---|---|---|---|",
        *(
            f"| {row['source']} | {row['what']} | {row['published']:.10g} | {row['ours']:.10g} |"
            for row in found["published"]
        ),
        "",
    ]


_METHOD = [
    "## How expectations are computed",
    "",
    "- One variable: the line is cut at breaks and features of the function into panels; on each a "
    "Gauss-Legendre rule of 20 nodes integrates it times the normal density, out to 13 standard "
    "deviations (more where the tail is not negligible). `expectation` returns a bound of its "
    "error with the value: 2e-15 relative for named activations at variance 1.",
    "- A function of the user's is resolved into Chebyshev panels first; kinks and jumps are found "
    "and its derivative is that of the panels. What the resolution leaves open is in the bound.",
    "- Two correlated variables: the trapezoidal rule for analytic functions, which converges "
    "geometrically; for others, panels that end where either variable meets a break.",
    "- The phase diagram interpolates a table over q, with a relative error below 1e-6; single "
    "points are not interpolated.",
    "",
    "## What is not covered",
    "",
    "- Finite width moves means by order 1 / width; the spread between networks is predicted to "
    "leading order, and the dependence between forward and backward pass is left out.",
    "- Weights that are not centred, or not independent: orthogonal weights have the same means "
    "and less spread.",
    "- Training. This is the network at initialization.",
    "",
]


def _q(values: list[Any]) -> str:
    return "any" if values[-1] == "neutral" else _number(values[0], 6)


def _number(value: float | None, digits: int = 4) -> str:
    if value is None:
        return "∞"
    return f"{value:.{digits}g}" if not math.isclose(value, 0, abs_tol=1e-300) else "0"


def _fixed(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"
