"""Kinds of networks: what every kind can do, and how one is read from plain data or from text."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, replace
from typing import Any, Protocol

from torch import nn

from initscope.errors import InputError, unknown
from initscope.networks import read
from initscope.training.builtin import BuiltIn
from initscope.training.custom import Custom
from initscope.training.network import MLP


class Network(Hashable, Protocol):
    """The shape of a network, without its parameters; hashable, equal where the networks are."""

    @property
    def is_local(self) -> bool:
        """Whether it can be made in this process alone."""

    def require_batches(self, examples: int, batch_size: int) -> None:
        """Refuse sizes of batches on which the network cannot be trained."""

    def shapes(self, inputs: int, outputs: int) -> Mapping[str, tuple[int, ...]]:
        """Return every parameter's name and shape, in the module's order."""

    def module(self, inputs: int, outputs: int) -> nn.Module:
        """Return the network as an ordinary module, its parameters not yet initialized."""

    def row_shape(self, features: int) -> tuple[int, ...]:
        """Return the shape in which the module takes a row of features."""

    def fitted(self, inputs: int, outputs: int) -> Network:
        """Return the network for these data; refuse those that do not fit it."""

    def to_dict(self) -> dict[str, Any]:
        """Return the network as plain data, from which the identity of a setting is made.

        All kinds but the perceptron, which is older than the others, write a key ``"kind"``.
        """


PERCEPTRON = "perceptron"

KINDS: dict[str, Callable[..., Network]] = {
    PERCEPTRON: MLP,
    "built-in": BuiltIn.from_dict,
    "custom": Custom.from_dict,
}
"""What makes a network of each kind from the plain data of its fields."""


def network_from(plain: Mapping[str, Any]) -> Network:
    """Make a network from what its ``to_dict`` returned.

    Raises:
        InputError: the kind is unknown.
    """
    fields = dict(plain)
    kind = fields.pop("kind", PERCEPTRON)
    if kind not in KINDS:
        raise unknown("kind of network", kind, KINDS)
    return KINDS[kind](**fields)


def network_named(text: str) -> Network:
    """Read a network's text form: a name, and sizes after a colon.

    Raises:
        InputError: the name or a size is unknown, or a value does not fit.

    >>> network_named("mlp:depth=3,width=8").hidden
    (8, 8, 8)
    """
    name = text.partition(":")[0]
    return _perceptron(text) if name == "mlp" else BuiltIn.parse(text)


def _perceptron(text: str) -> MLP:
    _, given = read(text)
    sizes = {"depth", "width", *(field.name for field in fields(MLP))}
    for size in given:
        if size not in sizes:
            raise InputError(
                f"mlp: {size} follows from the data and the initializers compared: leave it out"
            )
    usual = MLP()
    depth = given.pop("depth", len(usual.hidden))
    made = MLP.uniform(depth, given.pop("width", usual.hidden[0]))
    return replace(made, **given)
