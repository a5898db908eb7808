"""The pages of the questions: the sources, and the numbers that were measured for them."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from initscope.topics.question import Question, read
from initscope.topics.topic import Topic

_PAGES = files("initscope.topics") / "questions"
MEASURED = "measured.json"
"""What `scripts/topic_figures` measured, beside the pages."""


@cache
def questions() -> tuple[Question, ...]:
    """Return every question, in order."""
    pages = sorted(
        (entry for entry in _PAGES.iterdir() if entry.name.endswith(".md")),
        key=lambda entry: entry.name,
    )
    return tuple(
        read(page.name.removesuffix(".md"), page.read_text(encoding="utf-8")) for page in pages
    )


@cache
def measured() -> dict[str, Any]:
    """Return the numbers and charts of every question, by its name."""
    found: dict[str, Any] = json.loads((_PAGES / MEASURED).read_text(encoding="utf-8"))
    return found


def page(question: Question) -> Topic:
    """Write the page of a question, with the numbers that were measured.

    Raises:
        InputError: a number of the page was never measured.
    """
    found = measured().get(question.name, {"values": {}, "charts": []})
    data = {
        "slug": question.slug,
        "commands": list(question.commands),
        "measured": found["values"],
        "charts": found["charts"],
    }
    title = f"{question.name}: {question.title}"
    return Topic(question.name, "question", title, question.fill(found["values"]), data)
