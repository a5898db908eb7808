"""What a field of a request may hold: bounds, choices and lengths, checked before any work."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from initscope.errors import InputError

Asked = TypeVar("Asked")


class FieldError(InputError):
    """A value cannot be used; `field` names the control beside which the sentence belongs."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Reader(Protocol):
    """Reads one value of a message."""

    def read(self, value: object) -> object:
        """Return the value in its type.

        Raises:
            ValueError: it is not one of those that :meth:`expected` describes.
        """

    @property
    def expected(self) -> str:
        """What is accepted, in words."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number between bounds, both included."""

    low: float
    high: float
    whole: bool = False

    def read(self, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError  # noqa: TRY004 - one error for all that is not accepted
        if not self.low <= value <= self.high or (self.whole and value != math.floor(value)):
            raise ValueError
        return int(value) if self.whole else float(value)

    @property
    def expected(self) -> str:
        kind = "a whole number" if self.whole else "a number"
        return f"{kind} from {self.low:g} to {self.high:g}"


@dataclass(frozen=True, slots=True)
class Maybe:
    """What another reader reads, or nothing: null."""

    reader: Reader

    def read(self, value: object) -> object:
        return None if value is None else self.reader.read(value)

    @property
    def expected(self) -> str:
        return f"{self.reader.expected}, or nothing"


@dataclass(frozen=True, slots=True)
class Switch:
    """True or false."""

    def read(self, value: object) -> bool:
        if not isinstance(value, bool):
            raise ValueError  # noqa: TRY004 - one error for all that is not accepted
        return value

    @property
    def expected(self) -> str:
        return "true or false"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, value: object) -> str:
        if not isinstance(value, str) or value not in self.words:
            raise ValueError
        return value

    @property
    def expected(self) -> str:
        return f"one of {', '.join(self.words)}"


@dataclass(frozen=True, slots=True)
class Text:
    """A short text, whose meaning the job itself reads."""

    longest: int = 200

    def read(self, value: object) -> str:
        if not isinstance(value, str) or len(value) > self.longest or not value.isprintable():
            raise ValueError
        return value

    @property
    def expected(self) -> str:
        return f"a text of at most {self.longest} characters"


def field(default: Any, reader: Reader) -> Any:
    """Declare a field of a request."""
    return dataclasses.field(default=default, metadata={"reader": reader})


def read(kind: type[Asked], params: Mapping[str, object]) -> Asked:
    """Make a request of what a message holds; what it leaves out has its default.

    Raises:
        FieldError: a value is not accepted, or a field is unknown.
    """
    entries = {entry.name: entry for entry in dataclasses.fields(kind)}  # type: ignore[arg-type]
    for name in params:
        if name not in entries:
            raise FieldError(_shown(name), f"there is no setting {_shown(name)!r} here")
    return kind(**{name: _read(entries[name], value) for name, value in params.items()})


def _read(entry: dataclasses.Field[Any], value: object) -> object:
    reader: Reader = entry.metadata["reader"]
    try:
        return reader.read(value)
    except (ValueError, OverflowError):
        words = entry.name.replace("_", " ")
        raise FieldError(
            entry.name, f"{words} is {_shown(value)}: expected {reader.expected}"
        ) from None


def _shown(value: object) -> str:
    """Write a value that may be of any size."""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    if isinstance(value, int) and abs(value) > 10**15:
        return "a huge number"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 40 else f"{text[:40]}…"
