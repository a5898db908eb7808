"""Claim 7: whether Xavier's weights keep variances through tanh."""

from __future__ import annotations

from initscope.claims.claim import Case, Claim
from initscope.claims.effort import Effort
from initscope.claims.evidence import Evidence
from initscope.claims.measuring import profile

_DEPTHS = (2, 5, 10, 30)
_INPUTS = {"inputs of std 1": 1.0, "inputs of std 0.1": 0.1}


def measure(effort: Effort) -> Evidence:
    """Follow signal and gradient through networks of each depth."""
    values: dict[str, list[float]] = {case.name: [] for case in CLAIM.cases}
    for seed in effort.seeds(full=20, quick=5):
        for depth in _DEPTHS:
            for words, std in _INPUTS.items():
                network = f"depth={depth},width=128,inputs=128,activation=tanh"
                found = profile(network, "glorot_normal", seed, inputs=std)
                values[f"signal, {words}, depth {depth}"].append(found.signal_in_all)
                values[f"gradient, {words}, depth {depth}"].append(found.gradient_in_all)
    return Evidence.of(values)


CLAIM = Claim(
    id=7,
    slug="xavier-with-tanh",
    statement="Xavier keeps the variance of activations and gradients through tanh layers.",
    said="nearly every tutorial, and the documentation of frameworks",
    first="Glorot and Bengio, 2010 (for units in their linear range)",
    experiment="Layers of 128 tanh units at initialization, batches of normal inputs.",
    statistic="factor of the second moment from the first hidden layer to the last, or back",
    why=(
        "Kept within a factor of 2 over the whole network. tanh(x) is below x: its signal falls as "
        "1 / depth, and the smaller it is, the slower."
    ),
    practice=(
        "Signals fall as 1 / depth and not geometrically, which some ten layers bear. In deeper "
        "networks start at a critical point: tanh's gain of about 1.6 at unit signals, or a scheme "
        "that computes it, initscope.init_(model, 'auto', example=batch)."
    ),
    cases=tuple(
        Case(
            f"{what}, {words}, depth {depth}",
            0.5,
            2.0,
            kind="ratio",
            group=f"{what}, {words}",
            at=depth,
        )
        for what in ("signal", "gradient")
        for words in _INPUTS
        for depth in _DEPTHS
    ),
    measure=measure,
    axis="depth",
    rules=("SIG001", "PAR005"),
    initializers=("glorot_normal", "glorot_uniform"),
    effect="signal, inputs of std 1, depth 10",
)
