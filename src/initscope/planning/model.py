"""The model as schemes see it: its parameters, and the graph if an example was given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from torch import Tensor, nn

from initscope.errors import InputError
from initscope.planning.graph import Graph
from initscope.planning.places import Place
from initscope.planning.residuals import Branch
from initscope.planning.slots import Slot


@dataclass(frozen=True)
class Model:
    """What a scheme decides from.

    Attributes:
        module: the model itself; schemes read it and change nothing.
        slots: its parameters, each once.
        graph: the recorded graph; None without an example.
    """

    module: nn.Module
    slots: tuple[Slot, ...]
    graph: Graph | None

    @cached_property
    def parameters(self) -> Mapping[str, Tensor]:
        """The parameters by name."""
        return dict(self.module.named_parameters())

    def place(self, slot: Slot) -> Place | None:
        """Return where a parameter stands in the graph; None without one."""
        return self.graph.place(slot.name) if self.graph else None

    def require_graph(self, scheme: str) -> Graph:
        """Return the graph.

        Raises:
            InputError: the plan was made without an example.
        """
        if self.graph is None:
            raise InputError(
                f"the scheme {scheme} follows the signal through the model and needs an example: "
                f'initscope.plan(model, "{scheme}", example=batch), or --input 32,64 on the '
                "command line"
            )
        return self.graph

    @property
    def branches(self) -> tuple[Branch, ...]:
        """The residual branches; none without a graph."""
        return self.graph.residuals.branches if self.graph else ()

    def is_zero(self, slot: Slot) -> bool:
        """Whether all values of a parameter are zero now."""
        tensor = self.parameters[slot.name]
        return not tensor.is_meta and tensor.numel() > 0 and not bool(tensor.detach().any())

    def is_constant(self, slot: Slot) -> bool:
        """Whether a parameter has several values, all equal now."""
        tensor = self.parameters[slot.name].detach()
        return (
            not tensor.is_meta
            and tensor.numel() > 1
            and bool((tensor == tensor.flatten()[0]).all())
        )
