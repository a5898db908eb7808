"""Claim 9: what Xavier's and He's weights do under ReLU."""

from __future__ import annotations

from initscope.claims.claim import Case, Claim
from initscope.claims.effort import Effort
from initscope.claims.evidence import Evidence
from initscope.claims.measuring import profile

_NETWORK = "depth=20,width=256,inputs=256"
_BOUNDS = {"Xavier": (0.45, 0.55), "He": (0.9, 1.1)}
_NAMES = {"Xavier": "glorot_normal", "He": "he_normal"}


def measure(effort: Effort) -> Evidence:
    """Follow signal and gradient through 20 layers from both."""
    values: dict[str, list[float]] = {case.name: [] for case in CLAIM.cases}
    for seed in effort.seeds(full=20, quick=5):
        for words, name in _NAMES.items():
            found = profile(_NETWORK, name, seed)
            values[f"{words}, signal"].append(found.signal_a_layer)
            values[f"{words}, gradient"].append(found.gradient_a_layer)
    return Evidence.of(values)


CLAIM = Claim(
    id=9,
    slug="xavier-and-he-under-relu",
    statement=(
        "Under ReLU, Xavier halves the second moment in every layer of equal width; He keeps it."
    ),
    said="tutorials on He initialization",
    first="He et al., 2015, section 2.2",
    experiment="20 layers of 256 ReLU units at initialization, a batch of normal inputs.",
    statistic="factor of the second moment a layer, the gradient's towards the input",
    why="One half and one, by a tenth: over 20 layers that is known to much better than a tenth.",
    practice="he_normal or he_uniform for ReLU and its relatives, whatever the depth.",
    cases=tuple(
        Case(f"{words}, {what}", *_BOUNDS[words], kind="ratio")
        for words in _NAMES
        for what in ("signal", "gradient")
    ),
    measure=measure,
    rules=("SIG001", "GRD001", "PAR005"),
    initializers=("he_normal", "he_uniform", "glorot_normal", "glorot_uniform"),
)
