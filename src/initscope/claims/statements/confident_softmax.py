"""Claim 14: the gradient that a confident softmax passes to the other classes."""

from __future__ import annotations

import torch
from torch.nn import functional

from initscope.claims.claim import Case, Claim
from initscope.claims.effort import Effort
from initscope.claims.evidence import Evidence
from initscope.claims.measuring import by_seed, inputs

_CLASSES = 10
_CONFIDENCE = 0.99


def measure(effort: Effort) -> Evidence:
    """Differentiate the cross-entropy by logits of which one has 99% of the probability."""
    return by_seed(
        effort.seeds(full=100, quick=20),
        {
            "right: all other classes": lambda seed: _rest(seed, label=0, without=(0,)),
            "wrong: all other classes": lambda seed: _rest(seed, label=1, without=(0,)),
            "wrong: all but the true class": lambda seed: _rest(seed, label=1, without=(0, 1)),
        },
    )


def _rest(seed: int, label: int, without: tuple[int, ...]) -> float:
    """Return the sum of |p_k - y_k| over all classes but some; class 0 is the confident one."""
    logits = inputs(seed, _CLASSES)
    others = torch.logsumexp(logits[1:], 0)
    logits[0] = others + torch.tensor(_CONFIDENCE / (1 - _CONFIDENCE)).log()
    logits.requires_grad_()
    loss = functional.cross_entropy(logits[None], torch.tensor([label]))
    (gradient,) = torch.autograd.grad(loss, logits)
    kept = [k for k in range(_CLASSES) if k not in without]
    return float(gradient[kept].abs().sum())


CLAIM = Claim(
    id=14,
    slug="confident-softmax",
    statement="A confident softmax passes almost no gradient to the other classes.",
    said="tutorials that list softmax among the saturating activations",
    first="Bridle, 1990 (the gradient is p - y)",
    experiment=(
        f"Random logits of {_CLASSES} classes, of which one is raised until its probability is "
        f"{_CONFIDENCE:g}; cross-entropy where that class is right, and where it is wrong."
    ),
    statistic="sum of |dL/dz_k| over the other classes",
    why=(
        "The gradient is p_k - y_k: 0.05 is five times the probability that is left. The true "
        "class of a confident mistake gets p_k - 1, almost -1: there nothing vanishes."
    ),
    practice=(
        "Softmax with cross-entropy does not stall when it is wrong. Keep the first logits small "
        "all the same: a confident start is a wrong one, with a large loss."
    ),
    cases=(
        Case("right: all other classes", high=0.05),
        Case("wrong: all other classes", high=0.05),
        Case("wrong: all but the true class", high=0.05),
    ),
    measure=measure,
    rules=("OUT001", "OUT002"),
    effect="wrong: all other classes",
)
