"""Objects of the user's, named as package.module:attribute."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from initscope.errors import InputError, unknown


def load(text: str, kind: str) -> Any:
    """Return what a text names; modules are found from the current folder on.

    Args:
        text: package.module:attribute.
        kind: what is expected, for the error's message, such as "function".

    Raises:
        InputError: there is no such module or attribute, or importing it fails.
    """
    module, _, path = text.partition(":")
    if not all((*module.split("."), *path.split("."))):
        raise InputError(f"expected package.module:{kind}")
    found = _module(module, kind)
    for name in path.split("."):
        if not hasattr(found, name):
            raise unknown("attribute", name, [known for known in dir(found) if known[0] != "_"])
        found = getattr(found, name)
    return found


def find(module: str | None, path: str) -> object:
    """Return what a dotted path leads to in a module that is imported; None if to nothing."""
    found: object = sys.modules.get(module or "")
    for name in path.split("."):
        found = getattr(found, name, None)
    return found


def _module(name: str, kind: str) -> Any:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            raise InputError(
                f"there is no module {error.name!r} in {here} or among the installed packages: "
                f"expected package.module:{kind}"
            ) from None
        raise InputError(f"importing {name} failed: {error}") from error
    except Exception as error:
        raise InputError(f"importing {name} failed: {type(error).__name__}: {error}") from error
