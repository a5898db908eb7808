"""Claim 6: for which fan-in a fixed standard deviation keeps values in a reasonable range."""

from __future__ import annotations

from initscope.claims.claim import Case, Claim
from initscope.claims.effort import Effort
from initscope.claims.evidence import Evidence
from initscope.claims.measuring import profile
from initscope.initializers import Fans
from initscope.theory import MeanField

_DEPTH = 10
_REASONABLE = 100.0
_MEASURED = {0.1: (16, 32, 64, 128, 256, 512), 0.05: (64, 128, 256, 512), 0.01: (64, 256)}
_PREDICTED = {0.1: (2048,), 0.05: (1024, 2048, 4096), 0.01: (1024, 4096, 16384, 32768, 65536)}


def measure(effort: Effort) -> Evidence:
    """Follow the signal through networks of each width; wider ones are the theory's."""
    seeds = effort.seeds(full=10, quick=3)
    values = {
        _name(std, width): [
            profile(
                f"depth={_DEPTH},width={width},inputs={width}", f"normal(std={std})", seed
            ).signal_in_all
            for seed in seeds
        ]
        for std, widths in _MEASURED.items()
        for width in widths
    }
    for std, widths in _PREDICTED.items():
        values |= {_name(std, width): [_predicted(std, width)] for width in widths}
    return Evidence.of(values, *(_range(std) for std in _MEASURED))


def _name(std: float, width: int) -> str:
    return f"std {std:g}, fan-in {width}"


def _predicted(std: float, width: int) -> float:
    """Return the factor that a ReLU network of infinite width with this scale has."""
    fans = [Fans(width, width)] * _DEPTH
    layers = MeanField("relu", sigma_w=std * width**0.5).layers(fans)
    return layers[-1].q / layers[0].q


def _range(std: float) -> str:
    """Say where a layer's factor, fan-in times half the variance, stays in the range."""
    centre, play = 2 / std**2, _REASONABLE ** (1 / (_DEPTH - 1))
    return (
        f"Theory, std {std:g} at depth {_DEPTH}: fan-in {centre / play:.0f} to {centre * play:.0f}."
    )


def _cases(std: float) -> list[Case]:
    widths = (*_MEASURED[std], *_PREDICTED[std])
    low, high = 1 / _REASONABLE, _REASONABLE
    return [
        Case(_name(std, width), low, high, kind="ratio", group=f"std {std:g}", at=width)
        for width in widths
    ]


CLAIM = Claim(
    id=6,
    slug="fixed-std-and-fan-in",
    statement='A fixed standard deviation of 0.01 to 0.1 "keeps values in a reasonable range".',
    said="tutorials that recommend small random numbers",
    first="Krizhevsky, Sutskever and Hinton, 2012 (std 0.01, for one network)",
    experiment=(
        f"{_DEPTH} ReLU layers of equal width at initialization; from 1024 units on (std 0.1: "
        "2048) what mean-field theory predicts."
    ),
    statistic=f"factor of the signal's second moment from the first of {_DEPTH} layers to the last",
    why="A factor of 100 in the second moment is 10 in the values: either way, still reasonable.",
    practice=(
        "A fixed standard deviation fits one fan-in, 2 / std^2 for ReLU. Name the fan instead: "
        "he_normal."
    ),
    cases=tuple(case for std in _MEASURED for case in _cases(std)),
    measure=measure,
    axis="fan-in",
    rules=("SIG001", "SIG002"),
    initializers=("normal", "random_normal", "gpt2"),
    effect="std 0.01, fan-in 64",
)
