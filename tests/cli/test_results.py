"""``initscope results`` lists, shows and exports what is stored."""

from __future__ import annotations

import csv
import io
import json

import pytest


@pytest.fixture
def stored(initscope):
    """A store with two experiments."""
    initscope("compare", "iris", "--init", "zeros,he_uniform", "--seeds", "3", "--no-report")
    initscope("compare", "synthetic", "--init", "zeros", "--seeds", "2", "--no-report")
    return initscope


def test_list(stored):
    """Each experiment has its identifier, number of networks and setting."""
    done = stored("results", "--format", "json")
    result = json.loads(done.stdout)
    assert result["schema_version"] == 1
    first, second = result["experiments"]
    assert first["networks"] == {
        "he_uniform, head glorot_uniform": 3,
        "zeros, head glorot_uniform": 3,
    }
    assert second["setting"]["data"]["task"] == "synthetic"
    assert first["created"].endswith("+00:00")
    text = stored("results").stdout
    assert first["id"] in text
    assert "synthetic: 20-64-64-1 relu" in " ".join(text.split())


def test_show_gives_the_summary_again(stored):
    """The beginning of an identifier is enough; the statistics are those of the comparison."""
    compared = json.loads(
        stored(
            "compare",
            "iris",
            "--init",
            "he_uniform,zeros",
            "--seeds",
            "3",
            "--no-report",
            "--format",
            "json",
        ).stdout
    )
    shown = json.loads(
        stored("results", "show", compared["experiment"][:6], "--format", "json").stdout
    )
    assert shown["cells"] == compared["cells"]
    assert "he_uniform" in stored("results", "show", compared["experiment"]).stdout


def test_export_is_one_line_a_network(stored, scratch):
    """The CSV has every network with its outcome, on standard output or in a file."""
    identifier = json.loads(stored("results", "--format", "json").stdout)["experiments"][0]["id"]
    text = stored("results", "export", identifier).stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["cell"], row["seed"]) for row in rows] == [
        (cell, str(seed))
        for cell in ("he_uniform, head glorot_uniform", "zeros, head glorot_uniform")
        for seed in range(3)
    ]
    assert [row["outcome"] for row in rows][3:] == ["stuck"] * 3
    assert all(0 <= float(row["test_accuracy"]) <= 1 for row in rows)
    assert stored("results", "export", identifier, "-o", "out.csv").stdout == ""
    assert (scratch / "out.csv").read_text() == text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "zz"], "no experiment begins with 'zz': expected one of "),
        (["show", ""], "more than one experiment begins with '': expected one of "),
        (["export", "zz"], "no experiment begins with 'zz'"),
        (
            ["--storage", "sqlite:///none.db"],
            "there is no store at none.db: name another with --storage",
        ),
    ],
)
def test_bad_input_is_one_line(stored, scratch, arguments, message):
    """A wrong name is answered with the right ones."""
    before = sorted(scratch.iterdir())
    done = stored("results", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"initscope: error: {message}")
    assert done.stderr.count("\n") == 1
    assert sorted(scratch.iterdir()) == before
