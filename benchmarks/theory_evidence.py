"""Hold the theory against simulated networks and published numbers, for docs/theory.md.

``scripts/theory_evidence`` computes docs/evidence/theory.json in about three minutes, then renders
the page from it; ``scripts/theory_evidence --render`` only renders.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from scipy import stats
from theory_page import render

from initscope.report.plain import finite
from initscope.report.scales import choose
from initscope.theory import (
    MeanField,
    NoCriticalPointError,
    activation,
    critical_point,
    edge_of_chaos,
    gain,
    gains,
    predict_layers,
    simulate,
)
from initscope.theory.activations import ROWS

DOCS = Path(__file__).resolve().parent.parent / "docs"
EVIDENCE, PAGE = DOCS / "evidence" / "theory.json", DOCS / "theory.md"

Row = dict[str, Any]

NAMES = [row.name for row in ROWS]
WIDTH, DEPTH, NETWORKS, CORRELATION = 1000, 8, 50, 0.5
LEVEL = 0.01  # chance that any comparison at all disagrees, if the theory is exact
QUANTITIES = {"q": -1, "correlation": -1, "gradient": 0}  # with the layer that is compared

# Roberts, Yaida and Hanin, 2022, section 5.3; Schoenholz et al., 2017, figure 5; Klambauer et al.,
# 2017, section 2.
ROBERTS = {
    "gelu": ((3 + 17**0.5) / 2, 1.98305826, 0.17292239),
    "silu": (14.32017362, 1.98800468, 0.55514317),
}


def main() -> None:
    """Compute and render, or only render."""
    if "--render" not in sys.argv[1:]:
        EVIDENCE.parent.mkdir(exist_ok=True)
        EVIDENCE.write_text(json.dumps(finite(evidence()), indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(render(json.loads(EVIDENCE.read_text(encoding="utf-8"))), encoding="utf-8")


def evidence() -> Row:
    """Compute everything that the page says."""
    with ProcessPoolExecutor() as pool:
        comparisons = [row for rows in pool.map(compare, NAMES) for row in rows]
    return {
        "width": WIDTH,
        "depth": DEPTH,
        "networks": NETWORKS,
        "correlation": CORRELATION,
        "level": LEVEL,
        "threshold": threshold(len(comparisons)),
        "comparisons": comparisons,
        "gains": [gain_row(name) for name in NAMES],
        "critical": [critical_row(name) for name in NAMES],
        "published": published(),
    }


def compare(name: str, seeds: range = range(NETWORKS)) -> list[Row]:
    """Return predicted and simulated numbers of one activation, a row for each quantity."""
    f = activation(name)
    scales = choose(f, None, None)
    layers = predict_layers(
        f,
        [(WIDTH, WIDTH)] * DEPTH,
        scales.sigma_w,
        sigma_b=scales.sigma_b,
        correlation=CORRELATION,
    )
    found = simulate(
        f,
        [WIDTH] * (DEPTH + 1),
        scales.sigma_w,
        scales.sigma_b,
        correlation=CORRELATION,
        seeds=seeds,
    )
    rows = []
    for quantity, layer in QUANTITIES.items():
        values = getattr(found, quantity)[:, layer]
        predicted, mean = getattr(layers[layer], quantity), float(values.mean())
        error = float(values.std(ddof=1) / len(values) ** 0.5)
        rows.append(
            {
                "activation": name,
                "sigma_w": scales.sigma_w,
                "sigma_b": scales.sigma_b,
                "scales": scales.origin,
                "quantity": quantity,
                "predicted": predicted,
                "measured": mean,
                "standard_error": error,
                "z": (mean - predicted) / error,
            }
        )
    return rows


def threshold(count: int) -> float:
    """Largest |z| of so many comparisons that still agrees: Student's t, Bonferroni-corrected."""
    return float(stats.t.isf(LEVEL / 2 / count, NETWORKS - 1))


def gain_row(name: str) -> Row:
    """Gains beside PyTorch's, and where PyTorch's leads."""
    found = gains(name)
    row = {key: getattr(found, key) for key in ("activation", "forward", "backward", "pytorch")}
    settled = MeanField(name, found.pytorch) if found.pytorch else None
    return {
        **row,
        "growth": found.growth,
        "note": found.note,
        "settles": settled and settled.q_star,
        "chi_1": settled and settled.chi_1,
    }


def critical_row(name: str) -> Row:
    """Critical point, and the edge of chaos without biases."""
    row: Row = {"activation": name, "critical": None, "edge": None, "reason": None}
    try:
        point = critical_point(name)
        row["critical"] = [point.q_star, point.sigma_w, point.sigma_b, point.stability]
    except NoCriticalPointError as reason:
        row["reason"] = str(reason)
    try:
        edge = edge_of_chaos(name)
        row["edge"] = [edge.q_star, edge.sigma_w, edge.stability]
    except NoCriticalPointError:
        pass
    return row


def published() -> list[Row]:
    """Return numbers of the literature beside ours."""
    rows = []
    for name, values in ROBERTS.items():
        point = critical_point(name)
        ours = (point.q_star, point.sigma_w**2, point.sigma_b**2)
        for what, theirs, own in zip(("q*", "sigma_w^2", "sigma_b^2"), values, ours, strict=True):
            rows.append(_published("Roberts et al., 2022", f"{name}, critical {what}", theirs, own))
    edge = edge_of_chaos("tanh", 0.05**0.5)
    selu = MeanField("selu", 1.0)
    return [
        *rows,
        _published(
            "Schoenholz et al., 2017",
            "tanh, sigma_w^2 on the edge at sigma_b^2 = 0.05",
            1.76,
            edge.sigma_w**2,
        ),
        _published("Klambauer et al., 2017", "selu, q* at sigma_w = 1", 1.0, selu.q_star),
        _published("Klambauer et al., 2017", "selu, chi_1 there", 1.0716, selu.chi_1),
        _published("He et al., 2015", "relu, gain", 2**0.5, gain("relu")),
    ]


def _published(source: str, what: str, theirs: float, ours: float) -> Row:
    return {"source": source, "what": what, "published": theirs, "ours": ours}


if __name__ == "__main__":
    main()
