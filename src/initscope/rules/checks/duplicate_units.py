"""UNI003: units with the same incoming weights and the same gradient: symmetry."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from scipy import special

from initscope.observe import Parameter
from initscope.rules.evidence import Evidence
from initscope.rules.examples import deep, example, halves, healthy_deep, zero_head
from initscope.rules.examples_of_weights import copied_channels
from initscope.rules.finding import Finding
from initscope.rules.measures import SAME
from initscope.rules.rule import Rule

FEW = 0.01
"""Share of twins below which two sketches may agree by chance, among tens of thousands of rows."""

_ACCIDENT = 1e-5  # probability that chance alone makes so many twins


def find(rule: Rule, evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding, at the first layer, with the others beside it."""
    found = []
    for slot, parameter in evidence.weights:
        share = duplicated_share(parameter)
        if share > _by_chance(parameter) and not _is_head(slot.name, evidence):
            found.append((slot.name, parameter, share))
    if not found:
        return
    name, parameter, share = found[0]
    finding = rule.at(
        parameter,
        f"{share:.0%} of the units of {name} have a twin with the same weights and gradient",
        f"{share:.1%} of {parameter.shape[0]} units",
        "no two units alike",
        severity="error" if share > 0.5 else "warning",
        parameters=tuple(each for each, _, _ in found),
    )
    yield finding.with_also(*(each for each, _, _ in found[1:]))


def _by_chance(parameter: Parameter) -> float:
    """Share of twins that random rows may have; beside constant weights gradients tell alone.

    Two normal numbers whose largest is three deviations lie within 1e-5 of that with probability
    1.7e-5, so that n rows have about 1e-5 n^2 pairs by chance, and Poisson's law for their number.
    """
    rows = parameter.shape[0]
    if not parameter.constant:
        return FEW
    pairs = SAME * rows**2
    return max(FEW, 2 * math.ceil(special.pdtrik(1 - _ACCIDENT, pairs)) / rows)


def _is_head(name: str, evidence: Evidence) -> bool:
    """Whether its units are the outputs, which the loss tells apart."""
    place = evidence.graph.place(name)
    return place is not None and place.is_head


def duplicated_share(parameter: Parameter) -> float:
    """Return the share of rows that equal another row, in their values and in their gradients."""
    gradient = parameter.gradient
    if parameter.row_sketch is None or gradient is None or gradient.row_sketch is None:
        return 0.0
    if gradient.maximum == 0 or len(parameter.row_sketch) < 2:
        return 0.0
    rows, slopes = _scaled(parameter.row_sketch), _scaled(gradient.row_sketch)
    order = np.lexsort((rows, slopes))
    near = _repeats(slopes[order]) & _repeats(rows[order])
    if not np.count_nonzero(near):
        return 0.0
    alive = np.abs(gradient.row_sketch) > 0
    twin = np.zeros(len(order), dtype=bool)
    twin[order[1:]] |= near
    twin[order[:-1]] |= near
    return float((twin & alive).mean())


def _scaled(sketch: np.ndarray) -> np.ndarray:
    size = float(np.abs(sketch).max())
    return sketch / size if size else sketch


def _repeats(ordered: np.ndarray) -> np.ndarray:
    """Say of each number but the first whether it is the one before, to rounding."""
    same: np.ndarray = np.abs(ordered[1:] - ordered[:-1]) <= SAME
    return same


RULE = Rule(
    code="UNI003",
    slug="duplicate-units",
    severity="error",
    what="Units of a layer have the same incoming weights and receive the same gradient.",
    why=(
        "They stay the same unit for ever, whatever the data: the layer has the capacity of its "
        "distinct units alone."
    ),
    how=(
        "Every row of a weight and of its gradient is projected once onto a random direction. Two "
        "units are twins if both projections agree to 1e-5 and their gradient is not zero. Two "
        "random rows do so with probability near 1e-10; it fires above 1 % of the units, and "
        "where all weights are equal, so that gradients tell alone, above the pairs that chance "
        "makes among n rows: Poisson's law with mean 1e-5 n^2, to a probability of 1e-5. Outputs "
        "are left out: targets tell "
        "them apart."
    ),
    remedy="Draw the weights at random: initscope.init_(model, 'he_normal', seed=0).",
    reference="Rumelhart, Hinton and Williams, 1986 (symmetry breaking)",
    find=find,
    firing=(
        example("every weight the same constant", lambda: deep("tanh", 3, "constant(value=0.1)")),
        example("half of the units copied", lambda: halves("relu", 3)),
        example("half of the channels copied", copied_channels),
    ),
    quiet=(
        example("random weights", lambda: healthy_deep("relu", 3)),
        example("a zero head", zero_head),
    ),
    explains=("SIG001", "SIG002", "SIG005", "UNI001", "OUT001", "OUT002"),
)
