"""What users may give in place of a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from initscope.errors import InputError
from initscope.networks import NAMES
from initscope.training import MLP, BuiltIn, Custom, Network, network_named


def network_of(given: str | Network | Callable[..., Any] | None) -> Network:
    """Return the network that is meant.

    Args:
        given: a text form, ``package.module:factory``, a network, a factory of modules, or None for
            the default perceptron.

    Raises:
        InputError: it is none of these.

    >>> str(network_of("rnn:cell=gru"))
    'rnn:cell=gru'
    """
    if given is None:
        return MLP()
    if isinstance(given, MLP | BuiltIn | Custom):
        return given
    if isinstance(given, str):
        name = given.partition(":")[0]
        return Custom(given) if ":" in given and name not in NAMES else network_named(given)
    if isinstance(given, nn.Module):
        raise InputError(
            f"network is one {type(given).__name__}: give what makes a new one for each seed, such "
            "as its class or a function"
        )
    return Custom.of(given)  # type: ignore[arg-type]
