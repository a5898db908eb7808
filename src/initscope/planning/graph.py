"""A recorded graph as schemes and rules read it: its flow, its residual streams, its weights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from initscope.observe import Trace
from initscope.planning.flow import Flow
from initscope.planning.places import Place, Places
from initscope.planning.residuals import Residuals


@dataclass(frozen=True)
class Graph:
    """What several schemes and rules ask of one trace, each answered once."""

    trace: Trace

    @cached_property
    def flow(self) -> Flow:
        """Which operation comes before which."""
        return Flow(self.trace)

    @cached_property
    def residuals(self) -> Residuals:
        """Residual branches, and the streams that they are added to."""
        return Residuals(self.flow)

    def place(self, name: str) -> Place | None:
        """Return where a parameter stands; None if no operation used it."""
        return Places(self.flow, self.residuals).of(name)
