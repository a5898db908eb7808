"""An operation in its trace, with the signals that enter it."""

from __future__ import annotations

from dataclasses import dataclass

from initscope.observe import Operation, Trace
from initscope.propagate.flow import Flow
from initscope.propagate.refusal import NoModelError
from initscope.propagate.roots import Roots


@dataclass(frozen=True)
class Context:
    """An operation in its trace, with the signals that enter it."""

    trace: Trace
    roots: Roots
    row: Operation
    flows: tuple[Flow, ...]

    @property
    def flow(self) -> Flow:
        """The only signal that enters.

        Raises:
            NoModelError: there are several.
        """
        if len(self.flows) != 1:
            raise NoModelError(f"it has {len(self.flows)} signals among its operands")
        return self.flows[0]
