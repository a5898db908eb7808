"""The evidence as a page: docs/initialization.md is rendered from docs/evidence/planning.json."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from planning_evidence.training import LAST, RATE, STEPS, interval

Found = dict[str, Any]


def render(found: Found) -> str:
    """Return the page."""
    parts = [_INTRODUCTION, _architectures(found), _chains(found), _training(found)]
    return "\n".join(part.strip() + "\n" for part in parts)


_INTRODUCTION = """
# What `auto` does to real models

Made by `scripts/planning_evidence`; the numbers are in [planning.json](evidence/planning.json).
`initscope.plan(model, "auto", example=batch)` chooses for every parameter; this page holds the
result against what the model's own library does. Other schemes are listed by
`initscope plan --list`; every initializer is a scheme, too. Where both have a name (`gpt2`,
`siren`, `delta_orthogonal`, `irnn`) it is the scheme's, and `initializer:gpt2` the initializer.
"""


def _architectures(found: Found) -> str:
    rows = [_architecture(name, row) for name, row in found["architectures"].items()]
    table = _table(
        [
            "architecture",
            "covered",
            "audit",
            "ln(classes)",
            "loss before",
            "loss after",
            "gradient before",
            "gradient after",
            "signal before",
            "signal after",
        ],
        rows,
    )
    return f"""
## Architectures

Small configurations from `transformers` (three layers, 64 units), random inputs, training mode
without dropout. *Before* is the library's own initialization, *after* is `auto`. The loss is the
mean cross-entropy over all classes, which labels that say nothing give on average. *Gradient* is
the norm of the loss's gradient at the first addition to a residual stream over that at the last;
*signal* is the stream's second moment at the last over that at the first. Of several streams
(encoder and decoder, stages) the one furthest from one is shown. One is ideal for the gradient; a
sum of L branches, each 1 / L of the stream, makes the signal's two. ConvNeXt's branches start at
its own layer scale of 1e-6, which `auto` keeps. In DeiT two tokens and all positions start at zero,
which it keeps too, so that the first normalization multiplies their gradients.

{table}
"""


def _architecture(name: str, row: Found) -> list[str]:
    classes = row["classes"]
    return [
        name,
        f"{row['covered']}/{row['parameters']}",
        "passes" if row["audit"] else "FAILS",
        f"{math.log(classes):.3f}" if classes else "",
        _number(row["loss_before"]),
        _number(row["loss_after"]),
        *(
            _number(row[key])
            for key in ("gradient_before", "gradient_after", "signal_before", "signal_after")
        ),
    ]


def _chains(found: Found) -> str:
    schemes = list(next(iter(found["chains"].values())))
    rows = [
        [key, *(" / ".join(map(_number, row[scheme])) for scheme in schemes)]
        for key, row in found["chains"].items()
    ]
    return f"""
## Plain chains

Width 64, standard normal inputs, one draw. Each entry is *signal / gradient*: the root mean square
of the preactivations, last over first layer, and that of the gradient with respect to them, first
over last. One and one are ideal.

{_table(["activation, depth", *schemes], rows)}

Sigmoid and softplus have no critical point: no scale of independent weights and biases keeps both
signal and gradient. For sigmoid `auto` keeps the gradient near the start, for softplus the signal;
deep chains of them do not train well under any scale.
"""


def _training(found: Found) -> str:
    rows = []
    for name, pairs in found["training"].items():
        differences = [after - before for before, after in pairs]
        mean, low, high = interval(differences)
        verdict = "better" if high < 0 else "worse" if low > 0 else "no difference shown"
        rows.append(
            [
                name,
                _number(_mean(before for before, _ in pairs)),
                _number(_mean(after for _, after in pairs)),
                f"{mean:+.4f} [{low:+.4f}, {high:+.4f}]",
                verdict,
            ]
        )
    worse = [row[0] for row in rows if row[-1] == "worse"]
    lost = f"It is worse on: {', '.join(worse)}." if worse else "It is worse on none of them."
    return f"""
## Training

Handwritten digits (8 x 8); the language models predict the next of 24 pixels. Adam, learning rate
{RATE:g}, {STEPS} steps, batches of 64; the mean training loss of the last {LAST} steps. Ten pairs
share seed and batches; the difference is `auto` minus default, with its 95% interval (Student's t).
{lost}

{_table(["model", "default", "auto", "difference", "auto is"], rows)}
"""


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found)


def _number(value: float | None) -> str:
    if value is None or math.isnan(value):
        return ""
    return (
        f"{value:.3g}"
        if abs(value) < 1000 and (abs(value) >= 0.001 or not value)
        else f"{value:.0e}"
    )


def _table(headings: list[str], rows: list[list[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
