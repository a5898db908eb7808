"""Notebooks show a table in place of the long Python form."""

from __future__ import annotations

import re
from dataclasses import replace

import initscope
from initscope import MLP, Training
from initscope.comparison.notebook import _table

SMALL = {"seeds": 3, "network": MLP((8,)), "training": Training(epochs=2)}


def cells(html: str) -> list[list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", html)
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]


def test_a_comparison_is_a_table(capsys):
    """A row an initializer with its numbers; nothing is printed, and there is no script."""
    result = initscope.compare("iris", ["he_normal", "zeros"], **SMALL)
    html = result._repr_html_()
    head, first, second = cells(html)
    assert head[:4] == ["initializer", "failed", "accuracy", "95% interval"]
    assert (first[0], second[0]) == ("he_normal", "zeros")
    assert first[2] == f"{result.cells[0].test_accuracy.mean:.3f}"
    assert second[1] == "3 of 3"
    assert "best" in first
    assert "<script" not in html
    assert capsys.readouterr().out == ""
    named = replace(result, reference=result.experiment.cells[1])
    assert "reference" in cells(named._repr_html_())[2]


def test_a_sweep_has_a_column_for_each_axis():
    """Every combination has its rows."""
    sweep = initscope.compare(
        "iris", ["he_normal", "zeros"], sweep={"lr": [0.001, 0.01], "clip_norm": [None]}, **SMALL
    )
    rows = cells(sweep._repr_html_())
    assert rows[0][:3] == ["lr", "clip_norm", "initializer"]
    assert [row[:3] for row in rows[1:3]] == [
        ["0.001", "none", "he_normal"],
        ["0.001", "none", "zeros"],
    ]
    assert len(rows) == 5


def test_names_are_escaped():
    """What a file or a factory is called cannot become markup."""
    html = _table("<b>", ["a & b"], [["<script>"]])
    assert "<script>" not in html
    assert "&lt;b&gt;" in html
    assert "a &amp; b" in html
