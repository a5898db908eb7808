"""Map: chi_1 over the plane of sigma_w and sigma_b, the edge of chaos, and one point of it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from initscope.errors import InputError
from initscope.lab.catalogue import require_activation
from initscope.lab.link import Link
from initscope.lab.requests import Map
from initscope.lab.trained import trained
from initscope.theory import (
    MeanField,
    NoCriticalPointError,
    PhaseDiagram,
    critical_point,
    phase_diagram,
)

_WIDTHS, _HEIGHT = (4.0, 8.0), 2.0
"""Largest sigma_w and sigma_b of the plane; the wide one where the edge of chaos begins late."""

_COLUMNS, _ROWS = 160, 80


def run(request: Map, link: Link) -> None:
    """Send the point; where they are asked for, the plane and the networks that stand there."""
    field = MeanField(require_activation(request.activation), request.sigma_w, request.sigma_b)
    link.part("point", {**point(field), **_again(request)})
    if request.plane:
        link.proceed()
        link.part("plane", _plane(request.activation))
        link.part("trained", trained(link.storage, request.activation))


def point(field: MeanField) -> dict[str, Any]:
    """Return what the theory says of a pair of scales, as plain data."""
    return {
        "activation": field.activation.name,
        "sigma_w": field.sigma_w,
        "sigma_b": field.sigma_b,
        "phase": field.phase,
        "chi_1": field.chi_1,
        "q_star": field.q_star,
        "c_star": field.c_star,
        "xi_c": field.xi_c,
    }


@lru_cache(maxsize=32)
def _plane(activation: str) -> dict[str, Any]:
    width = _width(activation)
    found = phase_diagram(activation, _middles(width, _COLUMNS), _middles(_HEIGHT, _ROWS))
    return {
        "activation": activation,
        "width": width,
        "height": _HEIGHT,
        "chi_1": [[round(value, 4) for value in row] for row in found.chi_1.tolist()],
        "edge": _edge(found, width),
        "critical": _critical(activation),
    }


def _middles(end: float, cells: int) -> np.ndarray:
    return (np.arange(cells) + 0.5) / cells * end


def _width(activation: str) -> float:
    edge = phase_diagram(activation, [1.0], [0.0]).edge
    return _WIDTHS[int(len(edge) > 0 and edge[:, 0].min() > 0.75 * _WIDTHS[0])]


def _edge(found: PhaseDiagram, width: float) -> list[list[float]]:
    """Return the edge within the plane, thinned to what a screen shows."""
    edge = found.edge[(found.edge[:, 0] <= width) & (found.edge[:, 1] <= _HEIGHT)]
    rounded: list[list[float]] = edge[:: max(1, len(edge) // 200)].round(5).tolist()
    return rounded


def _critical(activation: str) -> dict[str, float] | None:
    try:
        found = critical_point(activation)
    except (NoCriticalPointError, InputError):
        return None
    return {"sigma_w": found.sigma_w, "sigma_b": found.sigma_b}


def _again(request: Map) -> dict[str, str]:
    name, sigma_w, sigma_b = request.activation, request.sigma_w, request.sigma_b
    return {
        "command": f"initscope theory {name} --sigma-w {sigma_w:g} --sigma-b {sigma_b:g}",
        "python": (
            "from initscope.theory import MeanField\n\n"
            f"field = MeanField({name!r}, sigma_w={sigma_w:g}, sigma_b={sigma_b:g})\n"
            "print(field.phase, field.chi_1, field.q_star, field.xi_c)\n"
        ),
    }
