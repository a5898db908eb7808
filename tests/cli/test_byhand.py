"""``initscope byhand`` as a user types it."""

from __future__ import annotations

import json

import pytest


def test_text_shows_the_arithmetic_in_eighty_columns(initscope, monkeypatch, snapshot):
    """Every line fits an ordinary terminal."""
    monkeypatch.setenv("COLUMNS", "80")
    done = initscope("byhand", "--init", "he_normal", "--activation", "tanh", "--steps", "1")
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    assert max(map(len, lines)) <= 80
    assert "\n".join(lines) == snapshot


def test_json_has_every_number(initscope):
    """One object on standard output, with the arithmetic of the first line of the manual."""
    done = initscope("byhand", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    assert result["schema_version"] == 1
    first = result["steps"][0]
    assert (first["forward"][0]["name"], first["forward"][0]["value"]) == ("z1", 1.5)
    assert result["losses"] == [0.25, pytest.approx(0.0676)]
    assert result["is_one_unit"]


def test_a_diverging_network_is_still_json(initscope):
    """What is not finite is null."""
    done = initscope("byhand", "--lr", "1e9", "--steps", "30", "--format", "json")
    assert json.loads(done.stdout)["losses"][-1] is None


def test_bad_input_is_one_line(initscope):
    """Exit code 2, and what to type."""
    done = initscope("byhand", "--input", "1;2")
    assert done.returncode == 2
    assert done.stderr == (
        "initscope: error: input '1;2': expected numbers between commas, such as 1,2\n"
    )
