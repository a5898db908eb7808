"""Kinds of networks: what every kind can do, and how one is read from plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from torch import nn

from initscope.errors import unknown
from initscope.training.network import MLP


class Network(Protocol):
    """The shape of a network, without its parameters; hashable, equal where the networks are."""

    @property
    def extra_memory(self) -> int:
        """Numbers an example needs besides the layers' sums and their gradients."""

    def require_batches(self, examples: int, batch_size: int) -> None:
        """Refuse sizes of batches on which the network cannot be trained."""

    def shapes(self, inputs: int, outputs: int) -> Mapping[str, tuple[int, ...]]:
        """Return every parameter's name and shape, in the module's order."""

    def module(self, inputs: int, outputs: int) -> nn.Module:
        """Return the network as an ordinary module, its parameters not yet initialized."""

    def to_dict(self) -> dict[str, Any]:
        """Return the network as plain data, from which the identity of a setting is made.

        All kinds but the perceptron, which is older than the others, write a key ``"kind"``.
        """


PERCEPTRON = "perceptron"

KINDS: dict[str, Callable[..., MLP]] = {PERCEPTRON: MLP}
"""What makes a network of each kind from the plain data of its fields."""


def network_from(plain: Mapping[str, Any]) -> MLP:
    """Make a network from what its ``to_dict`` returned.

    Raises:
        InputError: the kind is unknown.
    """
    fields = dict(plain)
    kind = fields.pop("kind", PERCEPTRON)
    if kind not in KINDS:
        raise unknown("kind of network", kind, KINDS)
    return KINDS[kind](**fields)
