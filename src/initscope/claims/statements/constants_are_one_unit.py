"""Claim 3: what a constant other than zero does."""

from __future__ import annotations

from initscope.claims.claim import Case, Claim
from initscope.claims.effort import Effort
from initscope.claims.evidence import Evidence
from initscope.claims.measuring import by_seed, inputs, profile
from initscope.classroom import byhand
from initscope.observe import Parameter, ParameterGradient

_STEPS = 200
_SAME = 1e-4
"""Relative spread of float32 sums of some hundred numbers, whose order differs by unit."""

_ACTIVATIONS = ("relu", "tanh", "sigmoid")


def measure(effort: Effort) -> Evidence:
    """Compare units of a layer: what they multiply with, and how that would move."""
    seeds = effort.seeds(full=10, quick=3)
    spread = {
        f"{name}, spread of units": lambda seed, name=name: _spread(name, _constant(seed))
        for name in _ACTIVATIONS
    }
    apart = {
        f"{name}, 2-2-1 by hand": lambda seed, name=name: _apart(name, _constant(seed), seed)
        for name in _ACTIVATIONS
    }
    return by_seed(seeds, {**spread, **apart})


def _constant(seed: int) -> str:
    """Return a constant between 0.05 and 0.41 for each seed, of either sign by turns."""
    value = 0.05 + 0.04 * (seed % 10)
    return f"constant(value={value if seed % 2 else -value:.3g})"


def _spread(activation: str, constant: str) -> float:
    found = profile(f"depth=2,activation={activation}", constant, 0)
    *hidden, _ = [each for each in found.report.evidence.trace.parameters if len(each.shape) > 1]
    return max(_apart_in(part) for weight in hidden for part in (weight, weight.gradient))


def _apart_in(part: Parameter | ParameterGradient | None) -> float:
    """Return the range of the units' projections, relative to the largest."""
    sketch = part.row_sketch if part else None
    assert sketch is not None  # noqa: S101 - weights of hidden layers have one
    size = float(abs(sketch).max())
    return float(sketch.max() - sketch.min()) / size if size else 0.0


def _apart(activation: str, constant: str, seed: int) -> float:
    x, target = inputs(seed, 2).tolist(), float(inputs(seed + 1, 1))
    return float(not byhand(constant, activation, x=x, target=target, steps=_STEPS).is_one_unit)


CLAIM = Claim(
    id=3,
    slug="constants-are-one-unit",
    statement=(
        "From any constant other than zero every unit of a layer stays identical: the layer has "
        "rank one."
    ),
    said="tutorials on symmetry breaking",
    first="Rumelhart, Hinton and Williams, 1986",
    experiment=(
        "A 64-64-64-10 network of constants between -0.37 and 0.41: random projections of "
        "each unit's incoming weights, and of their gradient. And the 2-2-1 network, "
        f"{_STEPS} steps by hand: 0 where both units are equal bit for bit throughout."
    ),
    statistic="range over the units of a layer, relative to the largest",
    why=(
        f"Equal units differ by rounding alone: {_SAME:g} is that of float32 sums of some hundred "
        "numbers in another order. Random weights have a range of about 2. By hand nothing but 0 "
        "will do."
    ),
    practice="Break the symmetry: any random law does, whatever its scale.",
    cases=(
        *(Case(f"{name}, spread of units", high=_SAME) for name in _ACTIVATIONS),
        *(Case(f"{name}, 2-2-1 by hand", 0.0, 0.0) for name in _ACTIVATIONS),
    ),
    measure=measure,
    rules=("PAR001", "UNI003"),
    initializers=("constant", "ones"),
    recipe=2,
)
