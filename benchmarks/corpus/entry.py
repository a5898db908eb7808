"""One model of the corpus, and what a linter should say of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

Built = tuple[nn.Module, tuple[Any, ...], Mapping[str, Any]]
"""A model, its arguments, and its named arguments; "loss" among them is the check's own."""

FOLLOWS: Mapping[str, frozenset[str]] = {
    defect: frozenset(names.split())
    for defect, names in {
        "vanishing-signal": "vanishing-gradient gain-mismatch collapsed-correlation output-scale "
        "half-precision-range",
        "exploding-signal": "exploding-gradient gain-mismatch output-scale half-precision-range "
        "initial-loss saturated-units",
        "non-finite-signal": "non-finite-gradient exploding-signal half-precision-range "
        "no-gradient",
        "half-precision-range": "exploding-signal vanishing-signal output-scale exploding-gradient "
        "vanishing-gradient",
        "collapsed-correlation": "vanishing-gradient vanishing-signal saturated-units "
        "gain-mismatch",
        "vanishing-gradient": "collapsed-correlation gain-mismatch half-precision-range "
        "vanishing-signal",
        "exploding-gradient": "half-precision-range gain-mismatch exploding-signal saturated-units",
        "no-gradient": "constant-weight dead-units vanishing-signal",
        "non-finite-gradient": "",
        "saturated-units": "vanishing-gradient exploding-gradient gain-mismatch recurrent-scale",
        "dead-units": "no-gradient vanishing-gradient vanishing-signal collapsed-correlation",
        "duplicate-units": "constant-weight collapsed-correlation",
        "constant-weight": "duplicate-units no-gradient vanishing-signal exploding-signal "
        "collapsed-correlation output-scale vanishing-gradient initial-loss",
        "wrong-fan-scale": "exploding-signal vanishing-signal exploding-gradient "
        "vanishing-gradient output-scale gain-mismatch",
        "duplicate-layers": "",
        "non-finite-parameter": "non-finite-signal non-finite-gradient half-precision-range "
        "exploding-signal",
        "gain-mismatch": "vanishing-signal exploding-signal vanishing-gradient exploding-gradient "
        "saturated-units collapsed-correlation output-scale",
        "unscaled-residual": "exploding-signal exploding-gradient output-scale initial-loss "
        "half-precision-range",
        "recurrent-scale": "saturated-units exploding-gradient vanishing-gradient "
        "exploding-signal vanishing-signal gain-mismatch half-precision-range",
        "initial-loss": "output-scale",
        "output-scale": "initial-loss exploding-gradient half-precision-range",
    }.items()
}
"""What a defect brings about by itself: true findings, though not of the planted defect."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One model.

    Attributes:
        name: unique, in words.
        build: makes it; all that is random in it comes from torch's global generator.
        defect: slug of the planted defect; empty where the model is healthy.
        accepted: further slugs that name the same cause as well.
        companions: slugs that are true of it besides.
        level: the least severity that counts: "warning", or "info" where the rule says no more.
        seed: of torch's global generator, while it is built.
    """

    name: str
    build: Callable[[], Built]
    defect: str = ""
    accepted: frozenset[str] = frozenset()
    companions: frozenset[str] = frozenset()
    level: str = "warning"
    seed: int = 0

    def built(self, again: int = 0) -> Built:
        """Build the model, the first or another one of its kind, and leave the generator alone."""
        with torch.random.fork_rng():
            torch.manual_seed(self.seed + 1000 * again)
            return self.build()

    @property
    def names(self) -> frozenset[str]:
        """Slugs that find the planted defect."""
        return frozenset({self.defect, *self.accepted}) if self.defect else frozenset()

    @property
    def true(self) -> frozenset[str]:
        """Slugs that are no false alarm."""
        return self.names | self.companions | FOLLOWS.get(self.defect, frozenset())


def healthy(name: str, build: Callable[[], Built], seed: int = 0) -> Entry:
    """Return a healthy model."""
    return Entry(name, build, seed=seed)


def defect(  # noqa: PLR0913, PLR0917 - an entry's fields
    slug: str,
    name: str,
    build: Callable[[], Built],
    accepted: str = "",
    companions: str = "",
    level: str = "warning",
) -> Entry:
    """Return a model with a defect; several slugs are separated by spaces."""
    others = frozenset(accepted.split()), frozenset(companions.split())
    return Entry(name, build, slug, *others, level)
