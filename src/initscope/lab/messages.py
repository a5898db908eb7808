"""The messages between a page and the server: one JSON object each, checked on arrival.

A page sends ``{"id": 7, "job": "signal", "params": {...}}``. Every message is answered by any
number of ``{"id": 7, "kind": "part", "name": ..., "data": ...}`` and exactly one last one, of kind
``done``, ``dropped`` (a newer one took its place) or ``refused`` (with a sentence, and the field it
is about). What cannot be read at all is refused with the id null.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, NoReturn

from initscope.errors import InitscopeError, InputError
from initscope.lab import fields
from initscope.lab.requests import JOBS

LONGEST = 16_384
"""Characters of a message from a page."""

LAST = ("done", "dropped", "refused")
"""Kinds of the message that ends an answer."""

_HIGHEST_ID = 2**53
_EXPECTED = "expected one object with id, job and params"


@dataclass(frozen=True, slots=True)
class Ask:
    """A job that a page asks for."""

    id: int
    job: str
    request: Any

    def text(self) -> str:
        """Return the message, with every default filled in."""
        return json.dumps({"id": self.id, "job": self.job, "params": asdict(self.request)})


@dataclass(frozen=True, slots=True)
class Answer:
    """A message to a page."""

    id: int | None
    kind: Literal["part", "done", "dropped", "refused"]
    content: dict[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        """Return the message."""
        whole = {"id": self.id, "kind": self.kind, **self.content}
        return json.dumps(whole, allow_nan=False, separators=(",", ":"))


class RefusedError(InputError):
    """A message that cannot be used, with the answer to it."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.content["message"])
        self.answer = answer


def read(text: str | None) -> Ask:
    """Read a message of a page; None stands for one that is not text.

    Raises:
        RefusedError: it is too long, not JSON, not of the right form, or a value is out of bounds.
    """
    if text is None:
        raise _refused(None, "binary messages are not understood: send one JSON object as text")
    if len(text) > LONGEST:
        raise _refused(None, f"the message has {len(text)} characters: expected at most {LONGEST}")
    try:
        found = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise _refused(None, f"the message is not JSON: {_EXPECTED}") from None
    match found:
        case {"id": int(number), "job": str(job), "params": dict(params), **rest} if not rest:
            return _ask(number, job, params)
    raise _refused(None, f"the message is not understood: {_EXPECTED}")


def refusal(number: int | None, error: InitscopeError) -> Answer:
    """Return the answer that says why something cannot be done."""
    beside = error.field if isinstance(error, fields.FieldError) else None
    return Answer(number, "refused", {"field": beside, "message": str(error)})


def _ask(number: int, job: str, params: dict[str, Any]) -> Ask:
    if isinstance(number, bool) or not 0 <= number <= _HIGHEST_ID:
        raise _refused(None, f"the id is not a whole number from 0 to {_HIGHEST_ID}")
    if job not in JOBS:
        raise _refused(number, f"there is no such job: expected one of {', '.join(JOBS)}")
    try:
        return Ask(number, job, fields.read(JOBS[job], params))
    except InputError as error:
        raise RefusedError(refusal(number, error)) from None


def _refused(number: int | None, message: str) -> RefusedError:
    return RefusedError(Answer(number, "refused", {"field": None, "message": message}))


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
