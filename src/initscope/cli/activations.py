"""Activations as they are typed: a name, or a function of the user's as package.module:function."""

from __future__ import annotations

import importlib
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from initscope.errors import InputError, unknown

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
        return replace(activation(_load(text)), name=text)
    except InputError as error:
        raise InputError(f"{text}: {error}") from None


def _load(text: str) -> Any:
    module, _, path = text.partition(":")
    if not all((*module.split("."), *path.split("."))):
        raise InputError("expected package.module:function")
    found = _module(module)
    for name in path.split("."):
        if not hasattr(found, name):
            raise unknown("attribute", name, [known for known in dir(found) if known[0] != "_"])
        found = getattr(found, name)
    if isinstance(found, str):
        raise InputError("expected a function, found text")
    return found


def _module(name: str) -> Any:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            raise InputError(
                f"there is no module {error.name!r} in {here} or among the installed packages: "
                "expected package.module:function"
            ) from None
        raise InputError(f"importing {name} failed: {error}") from error
    except Exception as error:
        raise InputError(f"importing {name} failed: {type(error).__name__}: {error}") from error
