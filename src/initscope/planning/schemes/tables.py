"""The scale of embeddings, and of the residual streams that they start."""

from __future__ import annotations

import math
from functools import cache

from initscope.observe import Operation
from initscope.planning.graph import Graph
from initscope.planning.model import Model
from initscope.planning.residuals import Branch
from initscope.planning.slots import Slot

_SMALL = 0.02


class Tables:
    """Embeddings by their use: looked up, tied to a head, added to a tied one, added to scores.

    Args:
        model: the model.
        graph: its graph.
        outputs: standard deviation that the outputs of a tied head are to have.
    """

    TIED = "tied to the head, whose outputs are small"
    BESIDE = "added to a table that is tied to the head: the same scale"
    SCORES = "added to the scores of attention: small"
    UNIT = "unit variance of what is looked up"

    def __init__(self, model: Model, graph: Graph, outputs: float) -> None:
        self._graph = graph
        self._outputs = outputs
        self._slots = {slot.name: slot for slot in model.slots if slot.role == "embedding"}
        self._std = cache(self._find_std)

    def std(self, slot: Slot) -> float:
        """Return the standard deviation of a table's entries."""
        return self._std(slot.name)[0]

    def reason(self, slot: Slot) -> str:
        """Return why."""
        return self._std(slot.name)[1]

    def stream_std(self, branch: Branch) -> float:
        """Return the standard deviation of the stream that a branch is added to; one if unknown.

        A branch that does not normalize its input follows the stream's scale by itself.
        """
        if not self._graph.residuals.is_normalized(branch):
            return 1.0
        squares = [self._square(*origin) for origin in self._graph.residuals.stream(branch)]
        known = [square for square in squares if square is not None]
        return math.sqrt(sum(known)) if known and len(known) == len(squares) else 1.0

    def _square(self, index: int, scale: float) -> float | None:
        """Return the second moment of a looked-up table; None for anything else."""
        slot = self._looked_up(index)
        return None if slot is None else (scale * self.std(slot)) ** 2

    def _looked_up(self, index: int) -> Slot | None:
        row = self._graph.flow.operations[index] if index >= 0 else None
        if row is None or row.kind != "embedding":
            return None
        return next((self._slots[u.name] for u in row.parameters if u.name in self._slots), None)

    def _find_std(self, name: str) -> tuple[float, str]:
        slot, users = self._slots[name], self._graph.flow.users(name)
        products = [row for row in users if row.kind == "linear"]
        if products or _is_tied(slot):
            return self._tied(slot, products), self.TIED
        place = self._graph.place(name)
        if place and place.feeds in {"attention", "output"} and len(slot.shape) == 2:
            return _SMALL, self.SCORES
        for index, scale in self._beside(users):
            other = self._looked_up(index)
            if other is not None and other.name != name and _is_tied(other):
                return abs(scale) * self.std(other), self.BESIDE
        return 1.0, self.UNIT

    def _tied(self, slot: Slot, products: list[Operation]) -> float:
        """Outputs are sums over the features, by the numbers that stand in front of the head."""
        scale = 1.0
        if products and products[0].producers:
            scale = math.prod(
                s for _, s in self._graph.residuals.origins(products[0].producers[0])[:1]
            )
        return self._outputs / (math.sqrt(slot.shape[1]) * abs(scale))

    def _beside(self, users: tuple[Operation, ...]) -> tuple[tuple[int, float], ...]:
        if not users:
            return ()
        return self._graph.residuals.origins(self._graph.residuals.sum_after(users[0].index))


def _is_tied(slot: Slot) -> bool:
    return slot.fans is not None and slot.fans.fan_in > 1
