"""The page of an activation: gains, slopes, flat ends, critical point, initializer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initscope.initializers import Fans, get
from initscope.theory import (
    Activation,
    CriticalPoint,
    NoCriticalPointError,
    critical_point,
    edge_of_chaos,
    expectation,
    gains,
    moments,
)
from initscope.topics.initializer_page import DEPTH, Fit, fits
from initscope.topics.markdown import number, table
from initscope.topics.topic import Topic

INITIALIZERS = ("lecun_normal", "glorot_normal", "he_normal", "torch_default", "normal(std=0.01)")
"""Initializers with which every activation is shown."""

WIDTH = 256
_REACH = np.linspace(-30, 30, 600_001)
_ROUNDING = 1e-12  # a mean that is zero by symmetry
_FLAT = 0.01  # of the steepest slope, or of one: below it a unit counts as flat


def page(f: Activation) -> Topic:
    """Write the page of an activation."""
    data = _data(f)
    parts = [*_opening(f, data), *_ends(f, data), *_scales(data), *_initializers(f, data)]
    return Topic(f.name, "activation", f"The activation {f.name}", "\n\n".join(parts), data)


def _data(f: Activation) -> dict[str, Any]:
    at, found = moments(f, 1.0), gains(f)
    slopes = np.abs(f.derivative(_REACH))
    steepest = float(slopes.max())
    return {
        "activation": f.name,
        "citation": f.citation,
        "second_moment": at.second,
        "mean": at.mean if abs(at.mean) > _ROUNDING else 0.0,
        "slope_second_moment": at.slope_second,
        "steepest_slope": steepest if _is_bounded(slopes) else None,
        "steepest_at": float(_REACH[slopes.argmax()]),
        "flat_below": _FLAT * min(steepest, 1.0),
        "lower": f.lower,
        "upper": f.upper,
        "flat_share": {str(std): flat_share(f, std) for std in (1, 3, 10)},
        "gains": asdict(found),
        "critical_point": _point(f),
        "edge_of_chaos": _edge(f),
        "fits": {name: asdict(fit) for name in INITIALIZERS for fit in fits(get(name), WIDTH, [f])},
    }


def flat_share(f: Activation, std: float) -> float:
    """Return the share of normal preactivations at which a unit passes almost no gradient."""
    level = _FLAT * min(float(np.abs(f.derivative(_REACH)).max()), 1.0)

    def is_flat(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return (np.abs(f.derivative(x)) < level).astype(np.float64)

    return float(expectation(is_flat, std**2).value)


def _is_bounded(slopes: NDArray[np.float64]) -> bool:
    """Whether the steepest slope is one that stays, not one that grows on to the end."""
    return bool(max(slopes[0], slopes[-1]) <= np.median(slopes) + 1)


def _point(f: Activation) -> dict[str, Any]:
    try:
        return asdict(critical_point(f))
    except NoCriticalPointError as none:
        return {"none": str(none)}


def _edge(f: Activation) -> dict[str, Any]:
    try:
        return asdict(edge_of_chaos(f))
    except NoCriticalPointError as none:
        return {"none": str(none)}


def _opening(f: Activation, data: dict[str, Any]) -> Iterator[str]:
    if f.citation:
        yield f"{f.citation}."
    found = data["gains"]
    rows = [
        ("$E[f(x)^2]$, of the signal", number(data["second_moment"])),
        ("$E[f(x)]$, the mean", number(data["mean"])),
        ("$E[f'(x)^2]$, of the gradient", number(data["slope_second_moment"])),
        ("forward gain, $1 / √E[f^2]$", number(found["forward"])),
        ("backward gain, $1 / √E[f'^2]$", number(found["backward"])),
        ("PyTorch's gain", number(found["pytorch"])),
        ("gradient a layer with the forward gain", number(found["growth"])),
    ]
    yield "## Gains"
    yield "For x normal with mean 0 and variance 1:"
    yield table(("quantity", "value"), rows)
    note = found["note"]
    yield f"{note}." if note.startswith("PyTorch") else f"PyTorch's number: {note}."


def _ends(f: Activation, data: dict[str, Any]) -> Iterator[str]:
    """Say how steep it is, and how many units stand where it is flat."""
    yield "## Slope and flat ends"
    yield _steepness(f, data)
    ends = [number(end) for end in (f.lower, f.upper) if end is not None]
    if not ends:
        yield "It tends to no constant on either side."
    else:
        yield f"It flattens towards {' and '.join(ends)}, {_kind(f)}."
    yield (
        f"The share of normal preactivations at which the slope is below "
        f"{number(data['flat_below'])}, that is, of units that pass almost no gradient:"
    )
    rows = [(std, f"{100 * share:.1f}%") for std, share in data["flat_share"].items()]
    yield table(("standard deviation of x", "flat"), rows)


def _steepness(f: Activation, data: dict[str, Any]) -> str:
    steepest = data["steepest_slope"]
    if steepest is None:
        return "The slope has no bound: the larger the signal, the more it grows."
    near = np.abs(f.derivative(_REACH)) > steepest * (1 - 1e-12)
    where = f", at x = {number(data['steepest_at'])}" if np.count_nonzero(near) < 3 else ""
    meaning = (
        "a gradient loses at least that factor at every unit, and only the weights can make up for "
        "it"
        if steepest < 1 - 1e-9
        else "where it is reached, the gradient passes undiminished"
    )
    return f"The slope is at most {number(steepest)}{where}; {meaning}."


def _kind(f: Activation) -> str:
    if f.lower is not None and f.upper is not None:
        return "so that large weights saturate it on both sides"
    return (
        "on one side only: large weights do not saturate it, but a unit whose preactivations "
        "all lie there is dead"
    )


def _scales(data: dict[str, Any]) -> Iterator[str]:
    yield "## Critical point"
    point = data["critical_point"]
    if "none" in point:
        yield f"{point['none'][0].upper()}{point['none'][1:]}."
    else:
        yield (
            f"Signals and gradients survive any depth at $σ_w = {number(point['sigma_w'])}$, "
            f"$σ_b = {number(point['sigma_b'])}$ ({_where(point)}): weights of variance "
            f"$σ_w^2 / n = {number(point['sigma_w'] ** 2)} / n$, biases of standard deviation "
            "$σ_b$ (Roberts, Yaida and Hanin, 2022, section 5)."
        )
    edge = data["edge_of_chaos"]
    if "none" not in edge:
        yield f"Without biases, $χ_1 = 1$ at $σ_w = {number(edge['sigma_w'])}$ ({_where(edge)})."


def _where(point: dict[str, Any]) -> str:
    if point["stability"] == "neutral":
        return "at any second moment"
    return f"second moment {number(point['q_star'])}, {point['stability']}"


def _initializers(f: Activation, data: dict[str, Any]) -> Iterator[str]:
    yield "## Which initializer"
    yield (
        f"{DEPTH} layers of {WIDTH} units, biases zero, inputs of second moment one: the second "
        "moment of the last preactivations, the factor $χ_1$ of one layer on the gradient's where "
        "the signal settles, and the gradient's in the first layer, if that in the last is one."
    )
    found = {name: Fit(**each) for name, each in data["fits"].items()}
    headings = ("initializer", "signal", "$χ_1$", "gradient")
    yield table(
        headings,
        (
            (name, number(each.signal, 2), number(each.chi_1), number(each.gradient, 2))
            for name, each in found.items()
        ),
    )
    yield _advice(f, data)
    if f.is_named:
        yield f"```console\n$ initscope gain {_typed(f)}\n$ initscope theory {_typed(f)}\n```"


def _advice(f: Activation, data: dict[str, Any]) -> str:
    point = data["critical_point"]
    if "none" in point:
        return " ".join(_without_critical_point(f, data))
    found = CriticalPoint(**point)
    bias = f", and `normal(std={found.sigma_b:.4g})` on the biases" if found.sigma_b > 0 else ""
    return f"Take {_critical(found)}{bias}."


def _without_critical_point(f: Activation, data: dict[str, Any]) -> Iterator[str]:
    yield "Without normalization or residual branches no scale is good at depth."
    edge, forward = data["edge_of_chaos"], data["gains"]["forward"]
    if "none" not in edge and edge["q_star"]:
        share = flat_share(f, edge["q_star"] ** 0.5)
        yield (
            f"On the edge of chaos, `variance_scaling(scale={edge['sigma_w'] ** 2:.4g})`, "
            f"gradients survive, with {100 * share:.0f}% of the units flat, and the size of the "
            f"signal is forgotten: its deviations are multiplied by {number(edge['chi_parallel'])} "
            "a layer."
        )
    if forward:
        yield (
            f"In a shallow network, `variance_scaling(scale={forward**2:.4g})` keeps the signal at "
            "one."
        )


def _critical(point: CriticalPoint) -> str:
    """Name initializers of the critical scale, the well-known ones where they are the same."""
    scale = point.sigma_w**2
    known = [
        name
        for name in ("lecun_normal", "he_normal")
        if abs(get(name).std(Fans(WIDTH, WIDTH)) ** 2 * WIDTH / scale - 1) < 1e-3
    ]
    shown = known or [f"variance_scaling(scale={scale:.4g})"]
    orthogonal = "orthogonal" if abs(scale - 1) < 1e-9 else f"orthogonal(gain={scale**0.5:.4g})"
    return " or ".join(f"`{name}`" for name in (*shown, orthogonal))


def _typed(f: Activation) -> str:
    return f'"{f.name}"' if "(" in f.name else f.name
