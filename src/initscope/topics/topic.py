"""What an explanation is: a page of Markdown, and the numbers on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["rule", "question", "claim", "initializer", "activation"]


@dataclass(frozen=True, slots=True)
class Topic:
    """One explanation.

    Attributes:
        name: what it is found under, such as "he_normal" or "Q4".
        kind: "rule", "question", "claim", "initializer" or "activation".
        title: its heading.
        text: the page in Markdown, with formulas between dollars; without the heading.
        data: the numbers of the page, as plain data.
    """

    name: str
    kind: Kind
    title: str
    text: str
    data: Mapping[str, Any]

    def __str__(self) -> str:
        return f"# {self.title}\n\n{self.text}"

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "topic": self.name,
            "kind": self.kind,
            "title": self.title,
            "text": self.text,
            "data": dict(self.data),
        }
