"""Marks in autograd's graph: which operation made a tensor that comes back from unseen code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor
from torch.autograd.function import BackwardCFunction

_MARK = "initscope.operation"


def sign(tensor: Tensor, index: int) -> None:
    """Let the graph remember which operation made a tensor."""
    node: Any = tensor.grad_fn
    if node is not None:
        node.metadata[_MARK] = index


def custom(tensor: Tensor) -> str | None:
    """Return the name of the custom autograd function that made a tensor, if one did."""
    node: Any = tensor.grad_fn
    return type(node).__name__ if isinstance(node, BackwardCFunction) else None


def moved(tensor: Tensor) -> Tensor:
    """Return the tensor whose gradient is that of an operation's output.

    After a write into a view, autograd's history continues from the tensor that was viewed; where
    the view shows all of it, its gradient has the same elements.
    """
    base = tensor._base  # noqa: SLF001 - torch has no public name for it
    return base if base is not None and base.numel() == tensor.numel() else tensor


def behind(tensor: Tensor) -> list[int]:
    """Return the nearest operations that a tensor was computed from by unseen code."""
    found = {node.metadata[_MARK]: None for node in _nodes(tensor) if _MARK in node.metadata}
    return list(found)


def leaves_behind(tensor: Tensor) -> Iterator[Tensor]:
    """Yield the leaves, such as parameters, that unseen code used."""
    for node in _nodes(tensor):
        if hasattr(node, "variable"):
            yield node.variable


def _nodes(tensor: Tensor) -> Iterator[Any]:
    """Walk back from a tensor, up to signed nodes; its own mark, if any, is not asked."""
    waiting: list[Any] = [tensor.grad_fn]
    seen = set()
    while waiting:
        for node, _output in waiting.pop().next_functions:
            if node is None or node in seen:
                continue
            seen.add(node)
            yield node
            if _MARK not in node.metadata:
                waiting.append(node)
