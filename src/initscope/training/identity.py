"""Settings as plain data, from which the identity of stored results is made."""

from __future__ import annotations

from dataclasses import field, fields
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")


def later(default: T) -> T:
    """Declare a field that is younger than stored results: at its default it is not written.

    The identity of a setting that was stored before the field existed is then what it was.
    """
    made: T = field(default=default, metadata={"later": True})
    return made


def plain(part: DataclassInstance) -> dict[str, Any]:
    """Return the fields that equality is about by name, without the later ones at their default."""
    return {
        item.name: _number(item.type, getattr(part, item.name))
        for item in fields(part)
        if item.compare
        and not (item.metadata.get("later") and getattr(part, item.name) == item.default)
    }


def _number(declared: object, value: object) -> object:
    """Write a whole number as the fraction that its field declares: 1 and 1.0 are one identity."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return float(value) if whole and "float" in str(declared) else value  # type: ignore[arg-type]
