"""The modules that members start from: made under their seed, initialized by their plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from initscope.initializers import Initializer
from initscope.planning import Plan, plan
from initscope.training.kinds import Network
from initscope.training.members import Initialization, Member, fill_
from initscope.training.network import MLP
from initscope.training.seeding import seeded
from initscope.training.split import Split
from initscope.training.starts import OWN, typed

_ROWS = 64
"""Rows of the training data that schemes see."""


@dataclass(slots=True)
class Drawn:
    """Makes modules; one plan for each initialization.

    Values depend on the seed and on the parameter's name (the streams of planning); those that the
    plan keeps, or that are the module's own, on the seed alone.
    """

    network: Network
    features: int
    outputs: int
    rows: Tensor
    _plans: dict[Initialization, Plan | None] = field(default_factory=dict)

    def module(self, member: Member) -> nn.Module:
        """Return a member's module as it starts."""
        with seeded(member.seed):
            model = self.network.module(self.features, self.outputs)
            chosen = self._plan(member.initialization, model)
            if chosen is not None:
                chosen.apply(model, member.seed)
            if member.gain != 1:
                self._scale_(model, member.gain)
        return model

    def _scale_(self, model: nn.Module, gain: float) -> None:
        """Multiply all weights but those of the head, as perceptrons' are."""
        example = self.rows[:_ROWS].reshape(-1, *self.network.row_shape(self.features))
        heads = _heads(model, example)
        with torch.no_grad():
            for name, weight in model.named_parameters():
                if weight.ndim > 1 and name not in heads:
                    weight.mul_(gain)

    def _plan(self, initialization: Initialization, model: nn.Module) -> Plan | None:
        if initialization not in self._plans:
            self._plans[initialization] = self._made(initialization, model)
        return self._plans[initialization]

    def _made(self, initialization: Initialization, model: nn.Module) -> Plan | None:
        hidden, head = initialization.hidden, initialization.head
        example = self.rows[:_ROWS].reshape(-1, *self.network.row_shape(self.features))
        rules: list[tuple[str, str | Initializer]] = []
        if isinstance(head, Initializer) and head != hidden:
            rules += [(name, head) for name in _heads(model, example)]
        own = str(hidden) == OWN
        if own and not rules:
            return None
        if own:
            rules.append(("*", "keep"))
        scheme = "torch" if own else typed(hidden)
        return plan(model, scheme, example, rules)


def _heads(model: nn.Module, example: Tensor) -> list[str]:
    """Return the weights after which no other comes."""
    with torch.no_grad():
        rows = plan(model, "torch", example).rows
    weights = [row for row in rows if row.slot.is_weight]
    found = [row.name for row in weights if row.place and row.place.is_head]
    return found or [row.name for row in weights[-1:]]


def require_starts(
    network: Network, split: Split, outputs: int, cells: Sequence[Initialization]
) -> None:
    """Refuse, before anything is trained, what a network cannot start from.

    Raises:
        InputError: a scheme does not fit the network, or leaves a parameter without a value.
    """
    drawn = Drawn(network, split.features, outputs, split.x_train)
    for cell in cells:
        if not (isinstance(network, MLP) and cell.is_drawn):
            drawn.module(Member(cell, 0))


def start_(values: Mapping[str, Tensor], members: Sequence[Member], drawn: Drawn) -> None:
    """Write what perceptrons start from, whether it is drawn or decided by a scheme."""
    fill_(values, members)
    for row, member in enumerate(members):
        if not member.initialization.is_drawn:
            copy_(values, row, drawn.module(member))


def copy_(values: Mapping[str, Tensor], row: int, module: nn.Module) -> None:
    """Write the parameters of a module into a row of values[name]."""
    for name, parameter in module.named_parameters():
        if name in values:
            values[name][row] = parameter.detach()
