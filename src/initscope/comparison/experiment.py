"""What is compared: everything that decides a result, and nothing else."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Self

from initscope.errors import InputError
from initscope.training import (
    OPTIMIZERS,
    Data,
    Initialization,
    Network,
    Route,
    Training,
    network_from,
    route,
)
from initscope.training.history import layers
from initscope.training.identity import plain
from initscope.training.losses import LOSSES, loss_for

RECIPE = 1
"""Raised when the same setting would give other numbers, so that stored results are not mixed."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What all cells of a comparison share.

    Args:
        data: what is learned.
        network: its shape.
        training: how it is learned.
        gain: factor on the initial weights of all layers but the head, whatever draws them.

    Raises:
        InputError: the gain is not above 0, or the loss does not fit the data.
    """

    data: Data
    network: Network
    training: Training
    gain: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.gain < math.inf:
            raise InputError(f"gain {self.gain}: expected a number above 0, such as 1.5")
        object.__setattr__(self, "gain", float(self.gain))  # 2 and 2.0 have one identity
        loss = loss_for(self.training.loss, self.data.classes)
        object.__setattr__(self, "training", replace(self.training, loss=loss))
        if self.training.label_smoothing and not self.data.classes:
            raise InputError("label smoothing needs classes, the task is regression: leave it out")

        object.__setattr__(self, "network", self.network.fitted(self.data.features, self.outputs))

    @property
    def outputs(self) -> int:
        """Number of outputs that the loss needs."""
        return LOSSES[self.training.loss or ""].outputs(self.data.classes)

    @property
    def route(self) -> Route:
        """How the networks are trained, why, and how many together."""
        return _route(self.data, self.network, self.training.kind)

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """Name and shape of every parameter of a network."""
        return self.network.shapes(self.data.features, self.outputs)

    @property
    def layers(self) -> list[str]:
        """Names of the layers that have weights, in the order of `Record.gradient_norms`."""
        return layers(self.shapes)

    @property
    def id(self) -> str:
        """Sixteen hexadecimal digits that name the setting, equal on every machine."""
        text = json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def to_dict(self) -> dict[str, Any]:
        """Return the setting as plain data."""
        optimizer = {"name": self.training.optimizer.name, **plain(self.training.optimizer)}
        return {
            "recipe": RECIPE,
            "data": plain(self.data),
            "network": self.network.to_dict(),
            "training": {**plain(self.training), "optimizer": optimizer},
            **({"gain": self.gain} if self.gain != 1 else {}),  # younger than stored results
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Make a setting from what `to_dict` returned."""
        training = dict(plain["training"])
        optimizer = dict(training.pop("optimizer"))
        return cls(
            Data(**plain["data"]),
            network_from(plain["network"]),
            Training(OPTIMIZERS[optimizer.pop("name")](**optimizer), **training),
            plain.get("gain", 1.0),
        )

    def at_rate(self, rate: float) -> Self:
        """Return the setting with another learning rate."""
        optimizer = replace(self.training.optimizer, learning_rate=rate)
        return replace(self, training=replace(self.training, optimizer=optimizer))


@lru_cache(maxsize=1024)
def _route(data: Data, network: Network, kind: Training) -> Route:
    """Choose a route once for each kind of training: the choice runs steps of two networks."""
    return route(data.load(), network, kind)


@dataclass(frozen=True, slots=True)
class Experiment:
    """A setting, the initializations that are compared in it, and the seeds."""

    setting: Setting
    cells: tuple[Initialization, ...]
    seeds: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.cells:
            raise InputError("no initializer to compare: name at least one, such as he_normal")
        for cell in _repeated(self.cells):
            raise InputError(f"initializer {str(cell)!r} is given twice (perhaps by an alias)")
        if not self.seeds:
            raise InputError("no seeds: expected at least 1")
        for seed in _repeated(self.seeds):
            raise InputError(f"seed {seed} is given twice")
        for seed in self.seeds:
            if not 0 <= seed < 2**63:
                raise InputError(f"seed {seed} is not between 0 and 2^63 - 1")


def _repeated(values: Sequence[Hashable]) -> list[Hashable]:
    return [value for value, count in Counter(values).items() if count > 1]
