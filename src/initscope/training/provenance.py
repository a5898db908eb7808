"""What a network of the user's is made of: where it is equal, stored results are its own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from torch import nn

from initscope.training import project
from initscope.training.telling import Met, told


def digest(factory: Callable[..., Any], model: nn.Module) -> str:
    """Return sixteen hexadecimal digits that change with what decides a network.

    They cover, for the factory and for the class of each module, with its bases, the file that
    defines it and the files of the project that this imports (`initscope.training.project`); where
    there is no file, as in a notebook, the code itself with the globals that it names. Further the
    module as it prints itself, the names and shapes of its state, and of each module's attributes,
    as of what a function captures, plain values, functions, dataclasses and namespaces.

    Args:
        factory: a function, a class, a partial, or an object that is called.
        model: what it made.
    """
    met = Met()
    state = [(n, tuple(t.shape), str(t.dtype)) for n, t in sorted(model.state_dict().items())]
    parts = [str(model), str(state), told(factory, met)]
    if not isinstance(factory, type):
        parts.append(told(getattr(factory, "__dict__", None), met))
    for module in model.modules():
        parts += [told(type(module), met), *_attributes(module, met)]
    for name, content in sorted(project.files(met.modules.values()).items()):
        parts += [name, hashlib.sha256(content).hexdigest()]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


_BARE = frozenset(vars(nn.Module()))  # among them hooks, by numbers that count all of a process


def _attributes(module: nn.Module, met: Met) -> Iterator[str]:
    for name, value in vars(module).items():
        if name not in _BARE:
            yield f"{name}={told(value, met)}"
