"""OUT001: the loss before training is far above what the class prior gives."""

from __future__ import annotations

import math
from collections.abc import Iterator

from initscope.observe import Operation
from initscope.rules.evidence import Evidence
from initscope.rules.examples import classifier, example
from initscope.rules.finding import Finding
from initscope.rules.rule import Rule

EXCESS = 2.0
"""Nats above a uniform guess. Logits of second moment v, independent of the targets, give v / 2:
this is v = 4; published architectures stay below v = 2."""

_CATEGORICAL = frozenset({"cross_entropy", "nll_loss", "linear_cross_entropy"})
_BINARY = frozenset({"binary_cross_entropy", "binary_cross_entropy_with_logits"})


def find(rule: Rule, evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for each loss that is too large."""
    for row in evidence.trace.operations:
        found = losses(row)
        if found is None or evidence.has_unfitted_norms:
            continue
        value, uniform, classes = found
        if math.isfinite(value) and value - uniform > EXCESS:
            yield rule.at(
                row,
                f"the initial loss of {value:.3g} is {value - uniform:.3g} nats above that of a "
                f"uniform guess between {classes} classes",
                f"{row.function} = {value:.4g}",
                f"about ln({classes}) = {uniform:.3g}",
                cause="logits are large and know nothing of the targets",
            )


def losses(row: Operation) -> tuple[float, float, int] | None:
    """Return a loss by target, that of a uniform guess, and the number of classes."""
    if row.kind != "loss" or row.forward is None or not row.input_shapes:
        return None
    shape = row.input_shapes[0]
    if row.function in _CATEGORICAL:
        classes = _classes(row)
        targets = math.prod(shape) // max(classes, 1)
    elif row.function in _BINARY:
        classes, targets = 2, math.prod(shape)
    else:
        return None
    if classes < 2 or row.forward.nonfinite:
        return None
    summed = row.options.get("reduction", "mean") == "sum"
    value = row.forward.mean / (max(targets, 1) if summed else 1)
    return value, math.log(classes), classes


def _classes(row: Operation) -> int:
    """Return the number of classes: dimension 1 of the logits, or the only one."""
    if row.function == "linear_cross_entropy":
        return row.input_shapes[1][0] if len(row.input_shapes) > 1 else 0
    shape = row.input_shapes[0]
    return shape[1] if len(shape) > 1 else shape[0] if shape else 0


RULE = Rule(
    code="OUT001",
    slug="initial-loss",
    severity="warning",
    what="The loss before training is far above that of a uniform guess.",
    why=(
        "The first steps only shrink the logits, with large gradients that the learning rate and "
        "Adam's statistics have to survive."
    ),
    how=(
        "Every cross entropy that the model or your loss calls: its mean by target less the "
        "logarithm of the number of classes. It fires above 2 nats; logits of second moment v that "
        "are independent of the targets give v / 2. Other losses have no such reference."
    ),
    remedy=(
        "Scale the head down, to zero if you like; where it is tied to the embedding, draw that "
        "with std 0.02 or 1 / sqrt(width)."
    ),
    reference="Karpathy, 2019, a recipe for training neural networks; Radford et al., 2019",
    find=find,
    firing=(
        example("a head 30 times too large", lambda: classifier(30.0)),
        example("a head 10 times too large", lambda: classifier(10.0)),
    ),
    quiet=(
        example("a head at PyTorch's default", lambda: classifier(1.0)),
        example("a zero head", lambda: classifier(0.0)),
    ),
)
