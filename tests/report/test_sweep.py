"""A sweep for people: the table in the terminal, and the report."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

import initscope
from initscope.comparison import Sweep
from initscope.comparison.axes import points
from initscope.report.sweep_html import trained_rows
from initscope.report.sweep_text import print_sweep


@pytest.fixture
def sweep(comparison) -> Sweep:
    """The comparison made by hand, twice: as if the rate made no difference."""
    found = points(comparison.experiment.setting, {"lr": [0.001, 0.01], "clip_norm": [None]})
    made = [
        replace(comparison, experiment=replace(comparison.experiment, setting=setting))
        for _, setting in found
    ]
    axes = {"lr": [0.001, 0.01], "clip_norm": [None]}
    return Sweep(comparison.experiment, axes, [at for at, _ in found], made, comparison.throughput)


def printed(sweep: Sweep, width: int) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    print_sweep(sweep, console)
    return console.file.getvalue()


def test_the_table_has_its_axes(sweep):
    """Where there is room each axis is a column; one line is the best."""
    lines = printed(sweep, 160).splitlines()
    assert lines[0] == "iris: sweep over lr 0.001,0.01, clip_norm –; 2 combinations"
    assert lines[1].split()[:3] == ["lr", "clip_norm", "initializer"]
    assert [line.split()[:3] for line in lines[2:4]] == [
        ["0.001", "–", "zeros"],
        ["0.001", "–", "normal(std=3)"],
    ]
    assert sum(line.rstrip().endswith(" best") for line in lines[2:]) == 1
    assert "to glorot_uniform at lr 0.001, clip_norm –" in " ".join(" ".join(lines).split())


def test_a_narrow_table_stacks_its_axes(sweep):
    """At eighty columns nothing is cut."""
    text = printed(sweep, 80)
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text


def test_the_report_has_a_map_with_its_data_and_the_command(sweep, tmp_path):
    """The shares on the map are those of the cells, and stand in a table too."""
    initscope.write_report(sweep, tmp_path / "out.html")
    text = (tmp_path / "out.html").read_text()
    assert "<svg" in text
    assert "--sweep lr=0.001,0.01 --sweep clip_norm=none" in text
    rows = trained_rows(sweep)
    assert [row["trained"] for row in rows] == [0.0, 10 / 12, 1.0, 1.0] * 2
    assert rows[0]["cell"] == "zeros, clip_norm None"
