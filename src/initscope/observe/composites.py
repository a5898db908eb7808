"""Functions of torch that are several operations, looked into instead of seen as one."""

from __future__ import annotations

from functools import cache
from types import FunctionType
from typing import Any

from torch.nn.functional import multi_head_attention_forward


def is_composite(function: Any) -> bool:
    """Whether a function is looked into."""
    return function is multi_head_attention_forward


@cache
def opened(function: FunctionType) -> FunctionType:
    """Return a Python composite that does not ask to be overridden: its inner calls will."""
    names = {**function.__globals__, "has_torch_function": lambda _tensors: False}
    opened = FunctionType(
        function.__code__, names, function.__name__, function.__defaults__, function.__closure__
    )
    opened.__kwdefaults__ = function.__kwdefaults__
    return opened
