"""UNI001: bounded activations at their flat ends."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache

import numpy as np
from scipy import special

from initscope.errors import InputError
from initscope.observe import Operation, Signal
from initscope.rules.evidence import Evidence
from initscope.rules.examples import deep, example, healthy_deep
from initscope.rules.examples_of_weights import biased, sines
from initscope.rules.finding import Finding
from initscope.rules.rule import Rule
from initscope.theory import activation

SLOPE = 0.1
"""Mean slope, relative to the steepest: normal preactivations of a standard deviation of 8."""

CENTRED_SLOPE = 0.2
"""The same for activations that are odd, which are critical at the origin, where the slope is 1: a
standard deviation of 4, with 56 % of the values beyond 98 % of the way to an end. A sigmoid is
critical at 0.16, as saturated as that."""

END = 0.98  # of the way to an end: the slope is below 1 - 0.98^2 = 4 % of the steepest
_Z = 3.0  # standard errors of a share of independent units
_FEWEST = 4  # inputs, below which a unit at one end says nothing


def find(rule: Rule, evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding, at the first saturated activation, with the others beside it."""
    found = []
    for row in evidence.trace.operations:
        ends = flat_ends(row)
        if ends is None or row.forward is None:
            continue
        slope, stuck = mean_slope(row.forward, *ends), stuck_share(row.forward, *ends)
        limit = most_stuck(slope, row.forward.units)
        enough = row.forward.elements >= _FEWEST * row.forward.units
        if slope < least_slope(*ends) or (enough and stuck > limit):
            found.append((row, slope, stuck, limit))
    if not found:
        return
    row, slope, stuck, limit = found[0]
    least = least_slope(*(flat_ends(row) or (0.0, 1.0)))
    finding = rule.at(
        row,
        f"{row.activation} is saturated: its mean slope is {slope:.1%} of the steepest, "
        f"{stuck:.0%} of the units are at one end for every input",
        f"mean slope {slope:.3g} at the first of {len(found)}, "
        f"{min(each[1] for each in found):.3g} at the worst",
        f"mean slope above {least}, at most {limit:.0%} of the units at one end",
        severity="error" if slope < least / 4 else rule.severity,
        parameters=_before(evidence, [each[0] for each in found]),
    )
    yield finding.with_also(*(each[0].module or each[0].function for each in found[1:]))


def flat_ends(row: Operation) -> tuple[float, float] | None:
    """Return both flat values of a bounded activation, None for any other operation."""
    if row.kind != "activation" or row.activation is None:
        return None
    try:
        known = activation(row.activation)
    except InputError:
        return None
    if known.lower is None or known.upper is None:
        return None
    return known.lower, known.upper


def least_slope(lower: float, upper: float) -> float:
    """Return the mean slope below which an activation with these ends is saturated."""
    return CENTRED_SLOPE if lower == -upper else SLOPE


def mean_slope(signal: Signal, lower: float, upper: float) -> float:
    """Return 1 - E[y^2], y the output brought to [-1, 1]: tanh' and sigmoid' up to their largest.

    >>> signal = Signal(4, 0.0, 0.36, -0.6, 0.6, 0.0, 0.0, 2)
    >>> round(mean_slope(signal, -1.0, 1.0), 2)
    0.64
    """
    middle, half = (upper + lower) / 2, (upper - lower) / 2
    square = signal.second_moment - 2 * middle * signal.mean + middle**2
    return 1 - square / half**2


def stuck_share(signal: Signal, lower: float, upper: float) -> float:
    """Return the share of units that are at the same flat end for all inputs of all batches."""
    if signal.unit_minimum is None or signal.unit_maximum is None:
        return 0.0
    middle, half = (upper + lower) / 2, (upper - lower) / 2
    high = signal.unit_minimum > middle + END * half
    low = signal.unit_maximum < middle - END * half
    return float(np.mean(high | low))


def most_stuck(slope: float, units: int) -> float:
    """Return the largest share of stuck units that normal preactivations of a mean slope have.

    It is their share of values beyond an end: not more units are there for all inputs, even if
    all inputs are alike. For small slopes it tends to 1 - 2.3 times the slope.

    >>> round(most_stuck(0.05, 10**12), 2), round(most_stuck(0.6, 64), 2)
    (0.89, 0.08)
    """
    slopes, shares = _normal()
    share = float(np.interp(slope, slopes, shares))
    return min(share + _Z * math.sqrt(share * (1 - share) / units), 1.0)


@cache
def _normal() -> tuple[np.ndarray, np.ndarray]:
    """Tabulate mean slope and share beyond an end of tanh(s z), s from 1 on, slopes rising."""
    spread = np.geomspace(100.0, 1.0, 60)
    z = np.linspace(-8.0, 8.0, 8001)
    density = np.exp(-z * z / 2) / np.exp(-z * z / 2).sum()
    slopes = (1 - np.tanh(spread[:, None] * z) ** 2) @ density
    return slopes, special.erfc(math.atanh(END) / spread / math.sqrt(2))


def _before(evidence: Evidence, rows: list[Operation]) -> tuple[str, ...]:
    """Return the weights whose output the activations bend."""
    makers = {evidence.trace.origin(row.producers[0]) for row in rows if row.producers}
    return tuple(
        slot.name
        for slot, parameter in evidence.weights
        if makers.intersection(parameter.operations)
    )


RULE = Rule(
    code="UNI001",
    slug="saturated-units",
    severity="warning",
    what="Bounded activations stand at their flat ends.",
    why=(
        "There the slope is almost zero: gradients do not pass, and units that are at one end for "
        "every input carry no information."
    ),
    how=(
        "With outputs brought to [-1, 1], 1 - E[y^2] is the mean slope relative to the steepest, "
        "exactly so for tanh and sigmoid. It fires below 0.1, for odd activations below 0.2, which "
        "normal preactivations of tanh reach at standard deviations of 8 and 4 (for large s the "
        "mean slope is 0.8 / s). The odd are critical where it is 1; at 0.2, 56 % of the values "
        "are within 2 % of an end. At the edge of chaos of sigmoid it is 0.16. It also fires if "
        "more units stay beyond 98 % of the way to one end, "
        "for all inputs of all batches, than normal preactivations of that mean slope have values "
        "there (25 % at a standard deviation of 2, at least 2 %), by three binomial standard "
        "errors: that many would be stuck if all inputs were alike."
    ),
    remedy=(
        "Scale the weights by 1 / sqrt(fan_in): initscope.init_(model, 'auto', example); "
        "standardize inputs."
    ),
    reference="Glorot and Bengio, 2010, section 3",
    find=find,
    firing=(
        example("normal weights of std 10 under tanh", lambda: deep("tanh", 3, "normal(std=10)")),
        example("normal weights of std 1 under tanh", lambda: deep("tanh", 5, "normal(std=1)")),
        example("half of the units at a bias of 10", lambda: biased("tanh", 3, 0.5, 10.0)),
    ),
    quiet=(
        example("tanh at its critical point", lambda: healthy_deep("tanh", 10)),
        example("sigmoid at the edge of chaos", lambda: healthy_deep("sigmoid", 10)),
        example("sigmoid with Xavier", lambda: deep("sigmoid", 3, "glorot_normal")),
        example("sines of large frequency", sines),
    ),
    explains=("GRD001", "GRD003"),
)
