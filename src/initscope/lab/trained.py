"""Networks of the store that stand on the map: plain perceptrons, by the scale of their weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from initscope.errors import InputError
from initscope.initializers import Initializer, sigma_w
from initscope.store import Store, StoredExperiment
from initscope.training import MLP, Initialization, network_from

MOST = 300
"""Marks on a map."""


def trained(storage: str, activation: str) -> list[dict[str, Any]]:
    """Return the groups of networks that have a place on the map of an activation.

    Theory has a place for hidden layers of one width, at least two, without normalization,
    branches or dropout, whose weights are random with mean zero; biases start at zero. The newest
    come first.
    """
    with Store(storage) as store:
        found: list[dict[str, Any]] = []
        for experiment in reversed(store.experiments()):
            if len(found) < MOST and _has_place(experiment.setting["network"], activation):
                found += list(_cells(experiment, store.outcomes(experiment.id)))
    return found[:MOST]


def _has_place(stored: Mapping[str, Any], activation: str) -> bool:
    try:
        network = network_from(stored)
    except (InputError, TypeError):  # a kind, a name or a field that this version does not know
        return False
    return (
        isinstance(network, MLP)
        and network.activation == activation
        and network.is_plain
        and len(network.hidden) > 1
    )


def _cells(
    experiment: StoredExperiment, outcomes: Mapping[str, Mapping[str, int]]
) -> Iterator[dict[str, Any]]:
    hidden = experiment.setting["network"]["hidden"]
    for cell, ends in outcomes.items():
        scale = _scale(cell, hidden[0])
        if scale is None:
            continue
        count = sum(ends.values())
        yield {
            "sigma_w": scale * experiment.setting.get("gain", 1.0),
            "depth": len(hidden),
            "width": hidden[0],
            "task": experiment.setting["data"]["task"],
            "initializer": cell,
            "networks": count,
            "trained": ends.get("trained", 0) / count,
        }


def _scale(cell: str, width: int) -> float | None:
    """Return sigma_w of the hidden layers; None where their weights have a mean, or no scale."""
    try:
        start = Initialization.parse(cell).hidden
        scale = sigma_w(start, width) if isinstance(start, Initializer) else None
    except InputError:  # a name that this version does not know
        return None
    return scale or None
