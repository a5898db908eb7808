"""Claim 19: batch normalization against the scale of the weights and of the steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from initscope.claims.claim import Case, Claim
from initscope.claims.effort import Effort
from initscope.claims.evidence import Evidence
from initscope.claims.measuring import accuracy, differences, networks, scaled
from initscope.store import Record
from initscope.training import MLP, SGD, Training

_CHANCE = 0.1
_FACTORS = (1 / 8, 1 / 4, 4.0, 8.0)
_DEPTHS = (2, 10)
_GOOD_STEP = 0.1
_STEPS = (1.0, 3.0)
_LOST = 0.05
_NORMS = {"with": "batch", "without": "none"}


def measure(effort: Effort) -> Evidence:
    """Compare what other scales and larger steps lose, with and without normalization."""
    seeds = effort.seeds(full=32, quick=5)
    values = {}
    for words, norm in _NORMS.items():
        for depth in _DEPTHS:
            values[f"scales, depth {depth}, {words}"] = _by_scales(norm, depth, seeds, "same")
        values |= {
            f"steps of {step:g}, {words}": found for step, found in _by_steps(norm, seeds).items()
        }
    for depth in _DEPTHS:
        kept = _by_scales("batch", depth, seeds, "he_normal")
        values[f"scales but the head's, depth {depth}, with"] = kept
    return Evidence.of(values)


def _by_scales(norm: str, depth: int, seeds: Sequence[int], head: str) -> list[float]:
    good, *others = _trained([1.0, *_FACTORS], norm, depth, _GOOD_STEP, seeds, head)
    mean = np.mean([accuracy(records, _CHANCE) for records in others], axis=0)
    return differences(accuracy(good, _CHANCE), mean.tolist())


def _by_steps(norm: str, seeds: Sequence[int]) -> dict[float, list[float]]:
    good = accuracy(_trained([1.0], norm, 3, _GOOD_STEP, seeds)[0], _CHANCE)
    return {
        step: differences(good, accuracy(_trained([1.0], norm, 3, step, seeds)[0], _CHANCE))
        for step in _STEPS
    }


def _trained(  # noqa: PLR0913, PLR0917 - what the two experiments vary
    factors: Sequence[float],
    norm: str,
    depth: int,
    step: float,
    seeds: Sequence[int],
    head: str = "same",
) -> list[list[Record]]:
    return networks(
        "digits",
        [scaled(factor) for factor in factors],
        seeds,
        network=MLP((32,) * depth, norm=norm),
        training=Training(SGD(learning_rate=step), epochs=8),
        head=head,
    )


CLAIM = Claim(
    id=19,
    slug="batch-norm-and-scale",
    statement=(
        "Batch normalization makes training insensitive to the scale of initialization, and allows "
        "larger learning rates."
    ),
    said="the paper, and most tutorials",
    first=(
        "Ioffe and Szegedy, 2015, section 3.3; van Laarhoven, 2017 (the scale is a learning rate)"
    ),
    experiment=(
        "Layers of 32 ReLU units on digits, SGD at 0.1, 8 epochs, weights of 1/8 to 8 times He's "
        "standard deviation, with the head or with its own at He's; and three layers at steps of 1 "
        "and 3."
    ),
    statistic=(
        "test accuracy lost against the same network from He's weights at 0.1, seed by seed, on "
        "average over four scales"
    ),
    why=(
        "Insensitive, and allowed, is at most 0.05 lost. The premise is that more is lost without "
        "normalization."
    ),
    practice=(
        "Behind batch normalization the scale of a hidden weight is a learning rate in disguise, "
        "so that it matters less, not nothing: large weights learn slowly. The head has no "
        "normalization behind it: scale it."
    ),
    cases=(
        *(Case(f"scales, depth {depth}, with", high=_LOST) for depth in _DEPTHS),
        *(Case(f"scales but the head's, depth {depth}, with", high=_LOST) for depth in _DEPTHS),
        *(Case(f"steps of {step:g}, with", high=_LOST) for step in _STEPS),
        *(Case(f"scales, depth {depth}, without", _LOST, premise=True) for depth in _DEPTHS),
        *(Case(f"steps of {step:g}, without", _LOST, premise=True) for step in _STEPS),
    ),
    measure=measure,
    rules=("SIG001", "SIG002", "OUT002"),
)
