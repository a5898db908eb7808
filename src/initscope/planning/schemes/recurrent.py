"""Schemes of recurrent networks: IRNN, open forget gates, chrono."""

from __future__ import annotations

from collections.abc import Mapping

from initscope.errors import InputError
from initscope.planning.choice import Choice, fill
from initscope.planning.model import Model
from initscope.planning.schemes import common
from initscope.planning.slots import Slot

Choices = Mapping[str, Choice | None]

_LE = "Le, Jaitly and Hinton, 2015, section 4"
_JOZEFOWICZ = "Jozefowicz, Zaremba and Sutskever, 2015, section 5"
_TALLEC = "Tallec and Ollivier, 2018, section 2.2"


def irnn(model: Model) -> Choices:
    """Identity matrices from hidden state to hidden state, small input weights."""
    _require(model, "irnn", "RNN")
    choices = {
        "recurrent": fill("identity", reason="the hidden state is kept", reference=_LE),
        "recurrent_input": fill("normal(std=0.001)", reason="small inputs", reference=_LE),
    }
    return {slot.name: choices.get(slot.role) or other(slot) for slot in model.slots}


def lstm(model: Model, forget: float = 1.0) -> Choices:
    """Orthogonal recurrent matrices for each gate, Glorot's input weights, open forget gates."""
    _require(model, "lstm", "LSTM")
    return {slot.name: gated(slot, forget) for slot in model.slots}


def chrono(model: Model, steps: float = 100.0) -> Choices:
    """Forget gates drawn so that memories last from one step to a given number of steps."""
    _require(model, "chrono", "LSTM")
    if steps < 3:
        raise InputError(f"chrono: steps is {steps:g}, expected a number of time steps from 3")
    return {slot.name: _chrono(slot, steps) for slot in model.slots}


def gated(slot: Slot, forget: float) -> Choice | None:
    """Choose for a parameter of a gated layer, or of anything around it."""
    if _has_forget_gate(slot):
        reason = f"forget gates start open, at {forget:g}"
        gates = ("zeros", f"constant(value={forget!r})", "zeros", "zeros")
        return fill(*gates, reason=reason, reference=_JOZEFOWICZ)
    return weights(slot) or other(slot)


def weights(slot: Slot) -> Choice | None:
    """Choose for a matrix of a recurrent layer; None for anything else."""
    if slot.role == "recurrent":
        return fill("orthogonal", reason="each gate keeps the norm of the hidden state")
    if slot.role == "recurrent_input":
        return fill("glorot_uniform", reason="each gate is a layer of its own")
    return None


def other(slot: Slot) -> Choice | None:
    """Choose for what surrounds the recurrent layers."""
    if slot.is_weight:
        return fill("glorot_uniform", reason="a weight around the recurrent layers")
    if slot.role == "embedding":
        return fill("normal(std=1)", reason="unit variance of what is looked up")
    return common.other(slot)


def _chrono(slot: Slot, steps: float) -> Choice | None:
    if not _has_forget_gate(slot):
        return weights(slot) or other(slot)
    high = f"low=1, high={steps - 1!r}"
    gates = (f"log_uniform({high}, sign=-1)", f"log_uniform({high})", "zeros", "zeros")
    reason = f"forget gates log U(1, {steps - 1:g}), input gates the negative"
    return fill(*gates, reason=reason, reference=_TALLEC, shared_draws=True)


def _has_forget_gate(slot: Slot) -> bool:
    """Whether it holds the forget gate; of the two biases that add up only the first is open."""
    own = slot.name.rpartition(".")[2]
    return "forget gate" in slot.layout.parts and own.startswith("bias_ih")


def _require(model: Model, name: str, kind: str) -> None:
    if not any(slot.module_class.startswith(kind) for slot in model.slots):
        raise InputError(f"the scheme {name} is for {kind} layers: this model has none; use auto")
