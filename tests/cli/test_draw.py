"""``initscope draw`` as a user types it."""

from __future__ import annotations

import json

import numpy as np


def test_text_has_moments_and_histogram(initscope, monkeypatch, snapshot):
    """Eighty columns hold all of it."""
    monkeypatch.setenv("COLUMNS", "80")
    done = initscope("draw", "he_normal", "100", "50")
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    assert max(map(len, lines)) <= 80
    assert "\n".join(lines) == snapshot


def test_the_file_holds_what_json_shows(initscope, scratch):
    """The values are in both."""
    done = initscope("draw", "glorot_uniform", "3", "2", "-o", "weights.npy", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    assert result["output"] == "weights.npy"
    assert result["shape"] == [2, 3]
    assert np.array_equal(np.load("weights.npy"), np.array(result["values"], dtype=np.float32))


def test_unbounded_laws_are_null_in_json(initscope):
    """A normal distribution has no lowest value."""
    result = json.loads(initscope("draw", "he_normal", "3", "2", "--format", "json").stdout)
    assert result["lowest"][1] is None


def test_bad_input_is_one_line_and_writes_nothing(initscope, scratch):
    """Exit code 2; the file is refused before anything is drawn."""
    done = initscope("draw", "he_normal", "3", "2", "-o", "weights.txt")
    assert done.returncode == 2
    assert done.stderr.startswith("initscope: error: cannot tell the format of weights.txt")
    assert not list(scratch.iterdir())
