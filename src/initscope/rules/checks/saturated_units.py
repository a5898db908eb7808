"""UNI001: bounded activations at their flat ends."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import special

from initscope.errors import InputError
from initscope.observe import Operation, Signal
from initscope.rules.evidence import Evidence
from initscope.rules.examples import deep, example, healthy_deep
from initscope.rules.examples_of_weights import (
    biased,
    long_memory,
    loud_sequences,
    recurrent,
    sines,
)
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
_GATE_ENDS = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}
_Z = 3.0  # standard errors of a share of independent units
_FEWEST = 4  # inputs, below which a unit at one end says nothing


@dataclass(frozen=True, slots=True)
class Bend:
    """Bounded values of one operation.

    Attributes:
        row: the operation.
        name: of the activation, or of the function and its gate.
        signal: its values.
        ends: both flat values.
    """

    row: Operation
    name: str
    signal: Signal
    ends: tuple[float, float]

    @property
    def slope(self) -> float:
        """Mean slope, relative to the steepest."""
        return mean_slope(self.signal, *self.ends)

    @property
    def least(self) -> float:
        """The slope below which it is saturated."""
        return least_slope(*self.ends)

    @property
    def stuck(self) -> float:
        """Share of units at one end for all inputs."""
        return stuck_share(self.signal, *self.ends)

    @property
    def most_stuck(self) -> float:
        """The largest such share that is not reported."""
        return most_stuck(self.slope, self.signal.units)

    @property
    def is_flat(self) -> bool:
        """Whether the slope alone tells."""
        return self.slope < self.least

    @property
    def is_saturated(self) -> bool:
        """Whether it is to be reported; stuck units count from four inputs on."""
        enough = self.signal.elements >= _FEWEST * self.signal.units
        return self.is_flat or (enough and self.stuck > self.most_stuck)


def find(rule: Rule, evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding, at the first saturated activation, with the others beside it."""
    found = [each for row in evidence.trace.operations if (each := _flattest(row)) is not None]
    if not found:
        return
    first, worst = found[0], min(each.slope for each in found)
    finding = rule.at(
        first.row,
        f"{first.name} is saturated: {_how(first)}",
        f"mean slope {first.slope:.3g} of the steepest, {first.stuck:.0%} of the units at one end "
        f"for every input; mean slope {worst:.3g} at the worst of {len(found)}{_share(first.row)}",
        f"mean slope above {first.least}"
        if first.is_flat
        else f"at most {first.most_stuck:.0%} of the units at one end, at this mean slope",
        severity="error" if first.slope < first.least / 4 else rule.severity,
        parameters=_before(evidence, [each.row for each in found]),
    )
    places = (each.row.module or each.row.function for each in found[1:])
    yield finding.with_also(*dict.fromkeys(places))


def bends(row: Operation) -> Iterator[Bend]:
    """Yield the bounded values of an operation: an activation's, or those of a layer's gates."""
    ends = flat_ends(row)
    if ends is not None and row.forward is not None:
        yield Bend(row, str(row.activation), row.forward, ends)
    for gate in row.gates:
        yield Bend(row, f"{row.function}'s {gate}", gate.values, _GATE_ENDS[gate.activation])


def _flattest(row: Operation) -> Bend | None:
    """Return what is saturated of an operation, the worst of its gates."""
    if row.part_of is not None or row.in_loss:
        return None
    saturated = [each for each in bends(row) if each.is_saturated]
    return min(saturated, key=lambda each: each.slope / each.least, default=None)


def _how(bend: Bend) -> str:
    if bend.is_flat:
        return f"its mean slope is {bend.slope:.1%} of the steepest"
    return f"{bend.stuck:.0%} of its units are at one end for every input"


def flat_ends(row: Operation) -> tuple[float, float] | None:
    """Return both flat values of a bounded activation, None for any other."""
    if row.activation is None:
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


def _share(row: Operation) -> str:
    """Say how many of a layer's gates are saturated."""
    if not row.gates:
        return ""
    count = sum(each.is_saturated for each in bends(row))
    return f"; {count} of the {len(row.gates)} gates of {row.function}"


def _before(evidence: Evidence, rows: list[Operation]) -> tuple[str, ...]:
    """Return the weights and biases whose output the activations bend, or whose gates they are."""
    makers = (maker for row in rows for maker in ((row,) if row.gates else evidence.makers(row)))
    return tuple(dict.fromkeys(use.name for maker in makers for use in maker.parameters))


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
        "errors: that many would be stuck if all inputs were alike. Gates and candidates of LSTMs "
        "and GRUs and states of tanh RNNs, which fused calls hide, are recomputed for at most 4 "
        "members of a batch at 8 times, and each is held to the same limits. A bias that keeps "
        "the state is left out first: above zero at a forget or an update gate, below zero at an "
        "input gate. Over 810 healthy layers (16 to 256 units, 8 to 2000 steps; PyTorch's "
        "default, orthogonal, open forget gates, chrono up to 10000 steps) the flattest gate has "
        "a mean slope of 0.72, the flattest candidate or state 0.46; a default LSTM of 64 units "
        "on 8 inputs stays quiet up to scale 10 and is reported from 30: docs/evidence/gates.json."
    ),
    remedy=(
        "Scale the weights by 1 / sqrt(fan_in): initscope.init_(model, 'auto', example=batch); "
        "standardize inputs."
    ),
    reference="Glorot and Bengio, 2010, section 3; Tallec and Ollivier, 2018, section 2.2 (gates)",
    find=find,
    firing=(
        example("normal weights of std 10 under tanh", lambda: deep("tanh", 3, "normal(std=10)")),
        example("normal weights of std 1 under tanh", lambda: deep("tanh", 5, "normal(std=1)")),
        example("half of the units at a bias of 10", lambda: biased("tanh", 3, 0.5, 10.0)),
        example("an LSTM on inputs of scale 300", lambda: loud_sequences("lstm", 300.0)),
        example("a GRU on inputs of scale 300", lambda: loud_sequences("gru", 300.0)),
    ),
    quiet=(
        example("tanh at its critical point", lambda: healthy_deep("tanh", 10)),
        example("sigmoid at the edge of chaos", lambda: healthy_deep("sigmoid", 10)),
        example("sigmoid with Xavier", lambda: deep("sigmoid", 3, "glorot_normal")),
        example("sines of large frequency", sines),
        example("an LSTM with open forget gates", lambda: recurrent("lstm", forget=1.0)),
        example("an LSTM with memories of up to 10000 steps", lambda: long_memory(10000.0)),
        example("a GRU as PyTorch makes it", lambda: recurrent("gru")),
    ),
    explains=("GRD001", "GRD003"),
)
