"""Claim 17: what clipping the gradient's norm rescues."""

from __future__ import annotations

from collections.abc import Sequence

from initscope.claims.claim import Case, Claim
from initscope.claims.effort import Effort
from initscope.claims.evidence import Evidence
from initscope.claims.measuring import accuracy, differences, networks
from initscope.store import Record
from initscope.training import MLP, SGD, Training

_CHANCE = 0.1
_GOOD_STEP = 0.1
_STEPS = (1.0, 3.0)
_STDS = (1.0, 2.0)
_LOST = -0.05


def measure(effort: Effort) -> Evidence:
    """Train from too large steps and too large weights, with and without clipping."""
    seeds = effort.seeds(full=40, quick=8)
    good = _trained("he_normal", _GOOD_STEP, None, seeds)
    values = {}
    for clip, words in ((1.0, "clipped"), (None, "not clipped")):
        for step in _STEPS:
            records = _trained("he_normal", step, clip, seeds)
            values[f"steps of {step:g}, {words}"] = _lost(records, good)
        for std in _STDS:
            records = _trained(f"normal(std={std})", _GOOD_STEP, clip, seeds)
            values[f"weights of std {std:g}, {words}"] = _lost(records, good)
    return Evidence.of(values)


def _trained(
    initializer: str, step: float, clip: float | None, seeds: Sequence[int]
) -> list[Record]:
    training = Training(SGD(learning_rate=step), epochs=10, clip_norm=clip)
    network = MLP.uniform(depth=3, width=32)
    return networks("digits", [initializer], seeds, network=network, training=training)[0]


def _lost(records: Sequence[Record], good: Sequence[Record]) -> list[float]:
    return differences(accuracy(records, _CHANCE), accuracy(good, _CHANCE))


_BAD = (*(f"steps of {step:g}" for step in _STEPS), *(f"weights of std {std:g}" for std in _STDS))

CLAIM = Claim(
    id=17,
    slug="clipping-rescues",
    statement="Clipping the gradient's norm rescues training from too large weights or steps.",
    said="most tutorials on exploding gradients",
    first="Pascanu, Mikolov and Bengio, 2013 (recurrent networks)",
    experiment=(
        "Three hidden layers of 32 ReLU units on digits, SGD, 10 epochs, clipped at norm 1 or not; "
        "steps of 1 and 3 from He's weights, and weights of std 1 and 2 with steps of 0.1."
    ),
    statistic=(
        "test accuracy minus that of a good start (He's weights, steps of 0.1, no clipping), seed "
        "by seed; a network that diverges counts as chance"
    ),
    why=(
        "Rescued is at most 0.05 worse than a good start. The premise is that without clipping at "
        "least 0.05 is lost."
    ),
    practice=(
        "Clip as a guard against rare large steps. It keeps a network finite, but cannot give it a "
        "good start: initialize by the fan-in first."
    ),
    cases=(
        *(Case(f"{bad}, clipped", _LOST) for bad in _BAD),
        *(Case(f"{bad}, not clipped", high=_LOST, premise=True) for bad in _BAD),
    ),
    measure=measure,
    rules=("GRD002",),
    initializers=("normal",),
    effect="weights of std 1, clipped",
)
