"""What is known of a gradient between two operations."""

from __future__ import annotations

import math
from typing import NamedTuple

from initscope.propagate.flow import ROUNDING, Array
from initscope.propagate.prediction import Backward

MOST = 0.1
"""Share of a gradient along one direction from which it is not that of independent units."""

SHARED = "the mean of its units steers the branches behind it, and its gradient gathers along it"


class Pull(NamedTuple):
    """The gradient with respect to a signal.

    Attributes:
        second: its mean square over all elements.
        core, own: relative variances, as in :class:`Flow`.
        chosen: whether it arrives only where values are large, as behind a maximum.
        sparse: whether it arrives at some positions only.
        apart: whether it has come through a layer that does not mix channels.
        profile: mean squares by spatial position, of mean one.
        aligned: mean square cosine between the gradients of different members of the batch.
        shared: share of `second` along what all units have in common, such as their mean.
        lean: as in :class:`Flow`.
        restarted: whether it follows from the measured gradient of a later operation.
    """

    second: float
    core: float = 0.0
    own: float = 0.0
    chosen: bool = False
    sparse: bool = False
    apart: bool = False
    profile: Array | None = None
    aligned: float = 1.0
    shared: float = 0.0
    lean: float = 0.0
    restarted: bool = False

    @property
    def spread(self) -> float:
        return self.core + self.own + self.lean**2 + ROUNDING

    def forecast(self) -> Backward:
        return Backward(self.second, self.spread)

    def scaled(self, factor: float) -> Pull:
        return self._replace(second=self.second * factor)


def sum_of(pulls: list[Pull]) -> Pull:
    """Add uncorrelated gradients; what they inherit may be the same noise, what is new is not."""
    if len(pulls) == 1:
        return pulls[0]
    total = sum(each.second for each in pulls)
    shares = [each.second / total if total else 0.0 for each in pulls]
    first = pulls[0].profile
    same = all(each.profile is first for each in pulls)
    return Pull(
        total,
        core=sum(s * math.sqrt(each.core) for s, each in zip(shares, pulls, strict=True)) ** 2,
        own=sum(s**2 * each.own for s, each in zip(shares, pulls, strict=True)),
        chosen=any(each.chosen for each in pulls),
        sparse=any(each.sparse for each in pulls),
        apart=any(each.apart for each in pulls),
        profile=first if same else None,
        aligned=max(each.aligned for each in pulls),
        shared=max(each.shared for each in pulls),
        lean=sum(s * each.lean for s, each in zip(shares, pulls, strict=True)),
        restarted=any(each.restarted for each in pulls),
    )
