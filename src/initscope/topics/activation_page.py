"""The page of an activation: gains, slopes, flat ends, critical point, initializer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np

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
from initscope.topics.initializer_page import DEPTH, Fit, fit
from initscope.topics.markdown import number, table
from initscope.topics.topic import Topic

INITIALIZERS = ("lecun_normal", "glorot_normal", "he_normal", "torch_default", "normal(std=0.01)")
"""Initializers with which every activation is shown."""

WIDTH = 256
_REACH = np.linspace(-30, 30, 600_001)
_ROUNDING = 1e-12  # a mean that is zero by symmetry
_FLAT = 0.01  # share of the steepest slope below which a unit counts as flat


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
        "steepest_slope": steepest,
        "steepest_at": float(_REACH[slopes.argmax()]),
        "lower": f.lower,
        "upper": f.upper,
        "flat_share": {str(std): flat_share(f, std, steepest) for std in (1, 3, 10)},
        "gains": asdict(found),
        "critical_point": _point(f),
        "edge_of_chaos": _edge(f),
        "fits": {name: asdict(fit(get(name), WIDTH, f)) for name in INITIALIZERS},
    }


def flat_share(f: Activation, std: float, steepest: float) -> float:
    """Return the share of normal preactivations at which the slope is below 1% of the steepest."""

    def flat(x: np.ndarray) -> np.ndarray:
        return (np.abs(f.derivative(x)) < _FLAT * steepest).astype(np.float64)

    return float(expectation(flat, std**2).value)


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
    steepest, at = data["steepest_slope"], data["steepest_at"]
    where = f", at x = {number(at)}" if np.count_nonzero(_near(f, steepest)) < 3 else ""
    relation = (
        "a factor below one: a gradient loses at least that much at every unit, and only the "
        "weights can make up for it"
        if steepest < 1 - 1e-9
        else "a factor of one or more: where it is reached, the gradient passes undiminished"
    )
    yield f"The slope is at most {number(steepest)}{where}: {relation}."
    ends = [number(end) for end in (f.lower, f.upper) if end is not None]
    if not ends:
        yield "It tends to no constant on either side."
    else:
        yield f"It flattens towards {' and '.join(ends)}, {_kind(f)}."
    rows = [(std, f"{100 * share:.1f}%") for std, share in data["flat_share"].items()]
    yield (
        "The share of normal preactivations at which the slope is below 1% of the steepest, that "
        "is, of units that pass almost no gradient:"
    )
    yield table(("standard deviation of x", "flat"), rows)


def _near(f: Activation, steepest: float) -> np.ndarray:
    return np.abs(f.derivative(_REACH)) > steepest * (1 - 1e-12)


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
    fits = {name: Fit(**each) for name, each in data["fits"].items()}
    headings = ("initializer", "signal", "$χ_1$", "gradient")
    yield table(
        headings,
        (
            (name, number(each.signal, 2), number(each.chi_1), number(each.gradient, 2))
            for name, each in fits.items()
        ),
    )
    yield _advice(data)
    if f.is_named:
        yield f"```console\n$ initscope gain {_typed(f)}\n$ initscope theory {_typed(f)}\n```"


def _advice(data: dict[str, Any]) -> str:
    point = data["critical_point"]
    if "none" in point:
        forward = data["gains"]["forward"]
        scale = f"`variance_scaling(scale={forward**2:.4g})`, which keeps the signal alone"
        return (
            "No initializer keeps both signal and gradient without normalization or residual "
            f"branches. The least bad in a shallow network: {scale if forward else 'none'}."
        )
    found = CriticalPoint(**point)
    bias = f", and `normal(std={found.sigma_b:.4g})` on the biases" if found.sigma_b > 0 else ""
    return f"Take {_critical(found)}{bias}."


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
