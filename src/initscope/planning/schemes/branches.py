"""Schemes that silence residual branches at the start: Fixup, SkipInit, ReZero, zero gamma."""

from __future__ import annotations

from collections.abc import Mapping

from initscope.errors import InputError
from initscope.planning.choice import Choice, fill
from initscope.planning.graph import Graph
from initscope.planning.model import Model
from initscope.planning.schemes import common
from initscope.planning.slots import Slot

Choices = Mapping[str, Choice | None]


def fixup(model: Model) -> Choices:
    r"""Scale residual branches by depth: L^(-1 / (2m - 2)) for m layers, the last one zero.

    L counts branches; the head is zero, multipliers are one, biases zero. Fixup's scalars learn at
    a tenth of the rate: see `Plan.param_groups`, which comparisons do not apply.
    """
    graph = _require_branches(model, "fixup")
    return {slot.name: _fixup(slot, model, graph) for slot in model.slots}


def _fixup(slot: Slot, model: Model, graph: Graph) -> Choice | None:
    cite = "Zhang, Dauphin and Ma, 2019, section 3"
    if slot.role == "scalar":
        multiplies = any(row.kind == "multiply" for row in graph.flow.users(slot.name))
        start = "ones" if multiplies else "zeros"
        return fill(start, reason="a multiplier of Fixup" if multiplies else "a bias of Fixup")
    place = model.place(slot) if slot.is_weight else None
    if place is None:
        return common.other(slot) if not slot.is_weight else fill("he_normal", reason="not used")
    if place.is_head:
        return fill("zeros", reason="the head starts at zero", reference=cite)
    if place.ends_branch:
        return fill("zeros", reason="the last layer of a residual branch", reference=cite)
    if place.branch is None:
        return fill("he_normal", reason="outside of residual branches", reference=cite)
    layers = len(graph.residuals.weights(place.branch))
    power = -1 / (2 * layers - 2) if layers > 1 else 0.0
    count = len(graph.residuals.branches)
    scale = 2 * count ** (2 * power)
    reason = f"He, times {count}^({power:.3g}) in a branch of {layers} layers"
    return fill(f"he_normal(scale={scale!r})", reason=reason, reference=cite)


def skipinit(model: Model) -> Choices:
    """Zero the scalar that multiplies every residual branch, He's initializer elsewhere."""
    return _scalars_zero(model, "skipinit", "he_normal", "De and Smith, 2020, section 4")


def rezero(model: Model) -> Choices:
    """Zero the scalar that multiplies every residual branch, Glorot's initializer elsewhere."""
    return _scalars_zero(model, "rezero", "glorot_uniform", "Bachlechner et al., 2021, eq. 2")


def zero_gamma(model: Model) -> Choices:
    """Zero the scale of the normalization that ends a residual branch, He elsewhere."""
    graph = _require_branches(model, "zero_gamma")
    residuals = graph.residuals
    ends = {name for each in residuals.branches for name in residuals.closing_scales(each)}
    if not ends:
        raise InputError(
            "the scheme zero_gamma needs residual branches that end with a normalization; "
            "this model has none: use fixup, or auto"
        )
    reason = "the normalization that ends a residual branch starts at zero"
    zeros = fill("zeros", reason=reason, reference="Goyal et al., 2017, section 5.1")
    return {
        slot.name: zeros if slot.name in ends else _weights(slot, "he_normal")
        for slot in model.slots
    }


def _scalars_zero(model: Model, name: str, initializer: str, cite: str) -> Choices:
    graph = _require_branches(model, name)
    scalars = {
        slot.name
        for slot in model.slots
        if slot.role in {"scalar", "layer_scale"} and _multiplies_branch(graph, slot)
    }
    if not scalars:
        raise InputError(
            f"the scheme {name} needs a scalar parameter that multiplies each residual branch; "
            "this model has none: add them, or use fixup, or auto"
        )
    zeros = fill("zeros", reason="multiplies a residual branch", reference=cite)
    return {
        slot.name: zeros if slot.name in scalars else _weights(slot, initializer)
        for slot in model.slots
    }


def _multiplies_branch(graph: Graph, slot: Slot) -> bool:
    return any(
        row.kind == "multiply"
        and any(row.index in branch.operations for branch in graph.residuals.branches)
        for row in graph.flow.users(slot.name)
    )


def _weights(slot: Slot, initializer: str) -> Choice | None:
    if slot.is_weight:
        return fill(initializer, reason="a weight")
    if slot.role == "embedding":
        return fill("normal(std=0.02)", reason="a table of embeddings")
    return common.other(slot)


def _require_branches(model: Model, name: str) -> Graph:
    graph = model.require_graph(name)
    if not graph.residuals.branches:
        raise InputError(
            f"the scheme {name} is for residual networks: no residual branch was found in this "
            "model; use auto"
        )
    return graph
