"""Claim 21: gradients and signals along residual branches."""

from __future__ import annotations

from initscope.claims.claim import Case, Claim
from initscope.claims.effort import Effort
from initscope.claims.estimate import estimate
from initscope.claims.evidence import Evidence
from initscope.claims.measuring import profile

_DEPTHS = (10, 30, 60)
_LAWS = {"He": "he_normal", "std 0.01": "normal(std=0.01)"}


def measure(effort: Effort) -> Evidence:
    """Follow signal and gradient from addition to addition, and through plain layers."""
    values: dict[str, list[float]] = {case.name: [] for case in CLAIM.cases}
    for seed in effort.seeds(full=12, quick=3):
        for depth in _DEPTHS:
            branches = f"depth={depth},residual=true"
            for words, law in _LAWS.items():
                found = profile(branches, law, seed)
                values[f"gradient, {words}, depth {depth}"].append(found.gradient_in_all)
                if words == "He":
                    values[f"signal grows, depth {depth}"].append(found.signal_a_layer)
        plain = profile("depth=10", "normal(std=0.01)", seed)
        values["plain layers, std 0.01, depth 10"].append(plain.gradient_in_all)
    return Evidence.of(values, *(_scaled(power, effort) for power in (0.5, 1.0)))


def _scaled(power: float, effort: Effort) -> str:
    """Say how the signal grows where branches are scaled by a power of the depth."""
    depth = _DEPTHS[-1]
    network = f"depth={depth},residual=true,branch_scale={depth**-power:.6f}"
    grown = [
        profile(network, "he_normal", seed).signal_in_all for seed in effort.seeds(full=12, quick=1)
    ]
    words = "1 / depth" if power == 1 else "1 / sqrt(depth)"
    return (
        f"Branches scaled by {words}, depth {depth}: the signal grows "
        f"{estimate(grown, 'ratio').value:.3g} times in all."
    )


CLAIM = Claim(
    id=21,
    slug="residual-connections",
    statement=(
        "Residual connections prevent vanishing gradients whatever the depth; without scaling the "
        "branches, the signal grows."
    ),
    said="tutorials on ResNets",
    first="He et al., 2015b; Hanin and Rolnick, 2018 (growth); De and Smith, 2020 (scaling)",
    experiment=(
        "Blocks x + relu(W x) of 64 units at initialization, weights from He's law and from a "
        "standard deviation of 0.01."
    ),
    statistic=(
        "factor of the gradient's second moment from the last block to the first; of the signal's "
        "a block"
    ),
    why=(
        "Not vanished is at least 0.1 over the whole network; that 10 plain layers of the same "
        "weights lose more is the premise. Growing is at least 1.5 a block: theory has 2 for "
        "branches without a mean, and those that end in ReLU have one."
    ),
    practice=(
        "Start the last layer of each branch at zero, normalize in front of it, or scale it by "
        "1 / sqrt(depth); where branches end in ReLU their means add up, and it takes 1 / depth. "
        "From He's weights unscaled branches prevent vanishing by exploding: at depth 60 gradients "
        "grow by about 10^25. He's plain layers would not vanish either, so that these cases test "
        "little; those of standard deviation 0.01 do."
    ),
    cases=(
        *(
            Case(
                f"gradient, {words}, depth {depth}",
                0.1,
                kind="ratio",
                group=f"gradient, {words},",
                at=depth,
            )
            for words in _LAWS
            for depth in _DEPTHS
        ),
        *(
            Case(f"signal grows, depth {depth}", 1.5, kind="ratio", group="growth", at=depth)
            for depth in _DEPTHS
        ),
        Case("plain layers, std 0.01, depth 10", high=0.1, kind="ratio", premise=True),
    ),
    measure=measure,
    axis="depth",
    rules=("GRD001", "SIG002", "PAR006"),
    effect="signal grows, depth 30",
)
