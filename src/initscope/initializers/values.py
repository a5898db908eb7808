"""Parameters of laws as they are read and written, by the type of the field."""

from __future__ import annotations

from collections.abc import Callable


def _word(value: object) -> str:
    if isinstance(value, str):
        return value
    raise ValueError


def _number(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) + 0.0  # -0 becomes 0: equal numbers have one text
    raise ValueError


def _whole_number(value: object) -> int:
    if _number(value).is_integer():
        return int(_number(value))
    raise ValueError


def _truth(value: object) -> bool:
    truths: dict[object, bool] = {"true": True, "false": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in truths:
        return truths[value]
    raise ValueError


READERS: dict[str, tuple[str, Callable[[object], object]]] = {
    "str": ("a word", _word),
    "float": ("a number", _number),
    "int": ("a whole number", _whole_number),
    "bool": ("true or false", _truth),
}
"""For each annotation of a law's fields, what is expected and how it is read."""


def written(value: object) -> str:
    """Write a parameter as its reader takes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)
