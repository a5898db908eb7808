"""Claim 1: what zero weights do under ReLU and tanh."""

from __future__ import annotations

from torch.nn import functional

from initscope.checking import check
from initscope.claims.claim import Case, Claim
from initscope.claims.effort import Effort
from initscope.claims.evidence import Evidence
from initscope.claims.measuring import by_seed, inputs
from initscope.classroom import byhand
from initscope.networks import build
from initscope.planning import init_

_STEPS = 200


def measure(effort: Effort) -> Evidence:
    """Take gradients of a 64-64-64-10 network, and train the 2-2-1 network by hand."""
    return by_seed(
        effort.seeds(full=10, quick=3),
        {
            "ReLU, 64-64-64-10": lambda seed: _without_gradient("relu", seed),
            "tanh, 64-64-64-10": lambda seed: _without_gradient("tanh", seed),
            "ReLU, 2-2-1 by hand": lambda seed: _unmoved("relu", seed),
            "tanh, 2-2-1 by hand": lambda seed: _unmoved("tanh", seed),
        },
    )


def _without_gradient(activation: str, seed: int) -> float:
    """Return the share of parameters, the last bias left out, whose gradient is exactly zero.

    Only the last bias may have one: otherwise the share is counted as zero.
    """
    built = build(f"mlp:depth=2,activation={activation}")
    init_(built.model, "zeros")
    labels = inputs(seed, 32, 10).argmax(-1)
    found = check(
        built.model,
        inputs(seed, 32, 64),
        loss=lambda out: functional.cross_entropy(out, labels),
        select=["GRD003"],
    ).evidence.trace.parameters
    still = [each.gradient is None or each.gradient.maximum == 0 for each in found]
    return 0.0 if still[-1] else sum(still[:-1]) / len(still[:-1])


def _unmoved(activation: str, seed: int) -> float:
    """Return the share of parameters that never move, 0 where the last bias is one of them."""
    x, target = inputs(seed, 2).tolist(), float(inputs(seed + 1, 1))
    found = byhand("zeros", activation, x=x, target=target, steps=_STEPS)
    return 0.0 if "c" in found.unmoved else len(found.unmoved) / (len(found.steps[0].before) - 1)


CLAIM = Claim(
    id=1,
    slug="zeros-stand-still",
    statement=(
        "With zero weights and biases under ReLU or tanh the hidden weights never move: only the "
        "output bias learns."
    ),
    said="tutorials on why not to initialize with zeros",
    first="Rumelhart, Hinton and Williams, 1986 (symmetry must be broken)",
    experiment=(
        "Gradients of a 64-64-64-10 network of zeros on random batches, exactly; and the 2-2-1 "
        f"network of zeros, trained by hand for {_STEPS} steps on random examples."
    ),
    statistic=(
        "share of all parameters but the output bias whose gradient is exactly zero, or that never "
        "moved; zero where the output bias has not moved either"
    ),
    why=(
        "Never is a share of exactly one. Hidden activations are f(0) = 0, so that the head gets "
        "no gradient, and the head is zero, so that the hidden layers get none; the state repeats "
        "itself. ReLU's derivative at 0 counts as 0, as in PyTorch."
    ),
    practice=(
        "Draw hidden weights at random. Zeros are right for biases, and for the last layer of a "
        "residual branch, whose input comes past it."
    ),
    cases=(
        Case("ReLU, 64-64-64-10", 1.0, 1.0),
        Case("tanh, 64-64-64-10", 1.0, 1.0),
        Case("ReLU, 2-2-1 by hand", 1.0, 1.0),
        Case("tanh, 2-2-1 by hand", 1.0, 1.0),
    ),
    measure=measure,
    rules=("PAR001", "GRD003"),
    initializers=("zeros",),
)
