"""The numbers on the questions' pages come from the commands that the pages show."""

from __future__ import annotations

import importlib
import math
from pathlib import Path

import pytest

from initscope.topics import question_page
from initscope.topics.question_page import measured, questions

ROOT = Path(__file__).parents[2]


@pytest.fixture
def figures(monkeypatch):
    """The module that measured the pages."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return importlib.import_module("topic_figures")


def test_there_are_thirteen_questions_with_commands():
    """Every page shows a command, uses the numbers of its commands, and cites."""
    assert [each.name for each in questions()] == [f"Q{number}" for number in range(1, 14)]
    for question in questions():
        assert question.commands
        assert question.places
        assert set(measured()[question.name]["values"]) == {
            f"{command} {path}" for command, path in question.places
        }
        assert len(measured()[question.name]["charts"]) == len(question.charts)


@pytest.mark.parametrize("question", questions(), ids=lambda question: question.name)
def test_the_commands_give_the_numbers_again(question, figures, scratch):
    """Theory is the same everywhere; training rounds otherwise on another processor."""
    fresh, stored = figures.measure(question), measured()[question.name]
    for key, value in stored["values"].items():
        trains = question.commands[int(key.split()[0]) - 1].startswith("initscope compare")
        assert _agree(fresh["values"][key], value, trains=trains), key
    for ours, theirs in zip(fresh["charts"], stored["charts"], strict=True):
        for line, other in zip(ours["lines"], theirs["lines"], strict=True):
            assert line["x"] == other["x"]
            assert line["y"] == pytest.approx(other["y"], rel=0.02)


def _agree(ours, theirs, *, trains):
    if isinstance(theirs, str | list | bool) or theirs is None:
        return ours == theirs
    if trains:  # two of ten networks may end otherwise; losses that explode do so by any factor
        return abs(ours - theirs) <= 0.2 or (theirs > 10 and ours > 10)
    return math.isclose(ours, theirs, rel_tol=0.02)


def test_every_page_says_what_was_measured():
    """No place is left unfilled."""
    for question in questions():
        page = question_page.page(question)
        assert "{{" not in page.text
        assert page.data["commands"]
