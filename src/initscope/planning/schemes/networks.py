"""Schemes of feed-forward networks: delta-orthogonal, ZerO, SIREN."""

from __future__ import annotations

from collections.abc import Mapping

from initscope.errors import InputError
from initscope.planning.choice import Choice, fill
from initscope.planning.model import Model
from initscope.planning.schemes import common
from initscope.planning.slots import Slot

Choices = Mapping[str, Choice | None]


def delta_orthogonal(model: Model, gain: float = 1.0) -> Choices:
    """Orthogonal matrices at the centre of convolutions, orthogonal matrices elsewhere."""
    delta = fill(f"delta_orthogonal(gain={gain!r})", reason="keeps every spatial mode")
    plain = fill(f"orthogonal(gain={gain!r})", reason="keeps the norm of the signal")

    def choose(slot: Slot) -> Choice | None:
        if slot.role == "convolution" and slot.shape[0] >= slot.shape[1]:
            return delta
        return plain if slot.is_weight else _other(slot)

    return {slot.name: choose(slot) for slot in model.slots}


def zero(model: Model) -> Choices:
    """Deterministic partial identities and Hadamard matrices (ZerO)."""
    hadamard = fill("hadamard", reason="an identity, or a Hadamard matrix where units are added")
    return {slot.name: hadamard if slot.is_weight else _other(slot) for slot in model.slots}


def siren(model: Model, omega: float = 30.0) -> Choices:
    """Uniform weights for sine activations; the first layer by its own rule."""
    graph = model.require_graph("siren")
    if not any(row.activation == "sin" for row in graph.flow.operations):
        raise InputError("the scheme siren is for sine activations: this model has none; use auto")

    def choose(slot: Slot) -> Choice | None:
        if not slot.is_weight:
            return _other(slot)
        place = graph.place(slot.name)
        if place and place.is_first:
            return fill(f"siren(omega={omega!r}, first=true)", reason="the first layer of a SIREN")
        return fill(f"siren(omega={omega!r})", reason="arguments of sines of variance 0.8")

    return {slot.name: choose(slot) for slot in model.slots}


def _other(slot: Slot) -> Choice | None:
    if slot.role == "embedding":
        return fill("normal(std=1)", reason="unit variance of what is looked up")
    return common.other(slot)
