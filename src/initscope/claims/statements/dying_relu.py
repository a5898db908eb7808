"""Claim 15: how ReLU units die, and whether leaky ones do."""

from __future__ import annotations

import math

import numpy as np

from initscope.checking import check
from initscope.claims.claim import Case, Claim
from initscope.claims.effort import Effort
from initscope.claims.evidence import Evidence
from initscope.claims.measuring import differences, inputs
from initscope.classroom import Step, byhand
from initscope.networks import build
from initscope.planning import init_

_BIAS = -5.0
_STEPS = 30
_NAMES = {"ReLU": "relu", "leaky ReLU": "leaky_relu"}


def measure(effort: Effort) -> Evidence:
    """Count units without a gradient, at negative biases and after steps of two sizes."""
    values: dict[str, list[float]] = {case.name: [] for case in CLAIM.cases}
    for seed in effort.seeds(full=200, quick=40):
        for words, name in _NAMES.items():
            large, small = _deaths(name, seed, 1.0), _deaths(name, seed, 0.01)
            values[f"{words}, steps of 1 against 0.01"] += differences(large, small)
    for seed in effort.seeds(full=20, quick=5):
        for words, name in _NAMES.items():
            values[f"{words}, biases {_BIAS:g}"].append(_dead(name, seed))
    return Evidence.of(values)


def _dead(activation: str, seed: int) -> float:
    """Return the share of hidden units to which no input's gradient comes."""
    built = build(f"mlp:depth=3,activation={activation}")
    init_(built.model, "he_normal", seed=seed)
    for name, parameter in built.model.named_parameters():
        if name.endswith("bias"):
            init_(parameter.data, f"constant(value={_BIAS})")
    report = check(built.model, inputs(seed, 128, 64), select=["UNI002"])
    gradients = [step.operation.backward for step in report.layers[:-1]]
    return float(np.mean([_without(each.unit_maximum) if each else 1.0 for each in gradients]))


def _without(largest: np.ndarray | None) -> float:
    assert largest is not None  # noqa: S101 - 64 units have one each
    return float(np.mean(largest == 0))


def _deaths(activation: str, seed: int, learning_rate: float) -> list[float]:
    """Say for each unit of a 2-2-1 network that is on at first whether it is off in the end."""
    x, target = inputs(seed, 2).tolist(), float(inputs(seed + 1, 1))
    found = byhand(
        "he_normal",
        activation,
        x=x,
        target=target,
        seed=seed,
        steps=_STEPS,
        learning_rate=learning_rate,
    )
    first, last = found.steps[0], found.steps[-1]
    return [float(_off(last, unit)) for unit in (1, 2) if not _off(first, unit)]


def _off(step: Step, unit: int) -> bool:
    """Whether a unit is off; one that is lost to overflow is not."""
    return math.isfinite(step.value(f"z{unit}")) and step.value(f"f'{unit}") == 0


CLAIM = Claim(
    id=15,
    slug="dying-relu",
    statement=(
        "ReLU units die under bad initialization (large negative biases, large steps); leaky ReLU "
        "units do not."
    ),
    said="most tutorials on ReLU",
    first="Maas, Hannun and Ng, 2013; Lu et al., 2020",
    experiment=(
        f"Three layers of 64 units with all biases at {_BIAS:g}, 128 inputs; and 2-2-1 networks "
        f"from He's weights, {_STEPS} steps by hand on one random example each."
    ),
    statistic=(
        "share of units without a gradient for any input; by hand, share of the units that are on "
        "at first and off in the end, at steps of 1 minus at steps of 0.01"
    ),
    why=(
        "Half of all units for biases that are five standard deviations of the inputs. A tenth of "
        "them for large steps, beyond those that small steps turn off too. Leaky units have a "
        "slope everywhere: at most one in ten is what the quick run can tell from none."
    ),
    practice=(
        "Start biases at zero and warm up the learning rate. A dead unit is found by the rule "
        "dead-units; leaky ReLU or GELU cannot die, but large steps make them diverge instead."
    ),
    cases=(
        Case(f"ReLU, biases {_BIAS:g}", 0.5),
        Case(f"leaky ReLU, biases {_BIAS:g}", high=0.1),
        Case("ReLU, steps of 1 against 0.01", 0.1),
        Case("leaky ReLU, steps of 1 against 0.01", high=0.1),
    ),
    measure=measure,
    rules=("UNI002",),
)
