"""Activations as they are typed: a name, or a function of the user's as package.module:function."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from initscope import imports
from initscope.errors import InputError

if TYPE_CHECKING:
    from initscope.theory import Activation


def read(text: str) -> Activation:
    """Return a named activation, or the function that ``package.module:function`` names.

    Modules are found from the current folder on.

    Raises:
        InputError: there is no such name, module or function, or it is no activation.
    """
    from initscope.theory import activation

    if ":" not in text:
        return activation(text)
    try:
        return replace(activation(_function(text)), name=text)
    except InputError as error:
        raise InputError(f"{text}: {error}") from None


def _function(text: str) -> Any:
    found = imports.load(text, "function")
    if isinstance(found, str):
        raise InputError("expected a function, found text")
    return found
