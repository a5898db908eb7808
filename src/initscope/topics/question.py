"""The source of a question's page: Markdown with commands, and places for what they measure.

A page shows commands in ``console`` blocks, numbered from one in the order in which they stand. A
place in double braces is filled with a number of a command's JSON:

    {{2 cells.initializer=zeros.failure_rate.rate | .0%}}

takes from the second command the cell whose ``initializer`` is ``zeros``, and in it the rate. A
block ``{chart}`` draws lists of numbers of the same JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from initscope.errors import InputError
from initscope.topics.markdown import number

_COMMAND = re.compile(r"^\$ (initscope .*)$", flags=re.MULTILINE)
_PLACE = re.compile(r"\{\{(\d+) ([^|}]+?)(?: \| ([^}]+))?\}\}")
_CHART = re.compile(
    r"^```\{chart\} ([^\n]+)\n((?::[^\n]*\n)*)(.*?)^```\n", flags=re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart: which command, and where its numbers are."""

    command: int
    name: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart as a page asks for it.

    Attributes:
        lines: one for each command that it shows.
        x: where the horizontal values are, such as "layers.*.layer".
        y: where the vertical ones are.
        titles: of the two axes.
        is_logarithmic: whether the vertical axis is.
        caption: the sentence below it.
    """

    lines: tuple[Line, ...]
    x: str
    y: str
    titles: tuple[str, str]
    is_logarithmic: bool
    caption: str


@dataclass(frozen=True, slots=True)
class Question:
    """One of the questions that the software answers, as its page is written.

    Attributes:
        name: "Q1" to "Q13".
        slug: the name of its file without the number, such as "zeros".
        title: the question.
        source: the page, with places that are to be filled.
    """

    name: str
    slug: str
    title: str
    source: str

    @property
    def commands(self) -> tuple[str, ...]:
        """The commands that the page shows, in order."""
        return tuple(_COMMAND.findall(self.source))

    @property
    def places(self) -> tuple[tuple[int, str], ...]:
        """Each number that the page needs: the command's number, and the path in its JSON."""
        return tuple((int(command), path) for command, path, _ in _PLACE.findall(self.source))

    @property
    def charts(self) -> tuple[Chart, ...]:
        """The charts that the page asks for."""
        return tuple(_chart(*found) for found in _CHART.findall(self.source))

    def fill(self, values: Mapping[str, Any]) -> str:
        """Return the page with the numbers that were measured, found by "command path".

        Raises:
            InputError: one was never measured.
        """

        def write(match: re.Match[str]) -> str:
            command, path, form = match.groups()
            key = f"{command} {path}"
            if key not in values:
                raise InputError(f"{self.name}: {key} was not measured: run scripts/topic_figures")
            return _written(values[key], form)

        return _PLACE.sub(write, self.source)


def read(name: str, text: str) -> Question:
    """Read a page from its text; its file is named as in ``q06-zeros``."""
    heading, _, body = text.partition("\n")
    number_, _, slug = name.partition("-")
    return Question(f"Q{int(number_[1:])}", slug, heading.removeprefix("# "), body.strip() + "\n")


def at(found: Any, path: str) -> Any:
    """Return what stands at a path in plain data.

    >>> data = {"cells": [{"name": "a", "n": 1}, {"name": "b", "n": 2}]}
    >>> at(data, "cells.name=b.n"), at(data, "cells.0.n"), at(data, "cells.*.n")
    (2, 1, [1, 2])
    """
    for depth, step in enumerate(parts := path.split(".")):
        if step == "*":
            rest = ".".join(parts[depth + 1 :])
            return [at(entry, rest) for entry in found] if rest else found
        found = _step(found, step)
    return found


def _step(found: Any, step: str) -> Any:
    key, equals, value = step.partition("=")
    if equals:
        return next(entry for entry in found if str(entry[key]) == value)
    return found[int(step)] if isinstance(found, list) else found[step]


def _written(value: Any, form: str | None) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        if form and form.endswith("%"):
            return f"{value:{form}}"
        return number(value, int(form) if form else 3)
    if isinstance(value, list):
        return str(len(value))
    return "–" if value is None else str(value)


def _chart(commands: str, options: str, caption: str) -> Chart:
    given = dict(_options(options))
    numbers = [int(command) for command in commands.split()]
    names = [name.strip() for name in given["names"].split(",")]
    first, second = (part.strip() for part in given["axes"].split(","))
    return Chart(
        tuple(Line(*pair) for pair in zip(numbers, names, strict=True)),
        given["x"],
        given["y"],
        (first, second),
        "log" in given,
        " ".join(caption.split()),
    )


def _options(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        _, key, value = line.split(":", maxsplit=2)
        yield key, value.strip()
