"""A sweep for people: the table in the terminal, and the report."""

from __future__ import annotations

import io
import math
import re
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

import initscope
from initscope import MLP, Data, Training
from initscope.comparison import Comparison, Experiment, Setting, Sweep, Throughput
from initscope.comparison.axes import points
from initscope.report import palette
from initscope.report.boundary_lines import is_ascending, position
from initscope.report.charts_theme import svg as to_svg
from initscope.report.gradient_charts import gradient_rows
from initscope.report.sweep_curves import interaction_rows
from initscope.report.sweep_html import render
from initscope.report.sweep_maps import boundary_points, map_rows, panels
from initscope.report.sweep_text import print_sweep
from initscope.store import Record
from initscope.training import Initialization


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
    assert sum(line.rstrip().endswith(" best") for line in lines[2:]) == 2
    text = " ".join(" ".join(lines).split())
    assert "to the best at the same combination of the axes" in text
    assert "corrected for all 6 pairs of a combination" in text
    assert "Of 20 combinations in which all are equal, about one has p below 0.05." in text
    assert "highest of the sweep: glorot_uniform at lr 0.001, clip_norm –, 0.950" in text


def test_cells_of_different_splits_are_not_held_against_each_other(comparison):
    """Along the axis of splits nothing is the highest, but the mean over all of them."""
    found = points(comparison.experiment.setting, {"split_seed": [1, 2]})
    made = [
        replace(comparison, experiment=replace(comparison.experiment, setting=setting))
        for _, setting in found
    ]
    axes = {"split_seed": [1, 2]}
    swept = Sweep(comparison.experiment, axes, [at for at, _ in found], made, Throughput(0, 0))
    text = " ".join(printed(swept, 160).split())
    assert "cells of different splits are not compared with each other" in text
    assert "highest of the sweep: glorot_uniform, 0.950 for one run, the mean over the" in text
    assert "All of this is for one split" not in text
    table = text[text.index("Over the 2 splits of the data") :]
    assert "he_uniform 0.930 all equal −0.020 all equal p=1.000" in table
    assert "too few splits for p below 0.05" in table
    assert "Over the 2 splits of the data" in render(swept)


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
    rows = map_rows(sweep)
    assert [row["trained"] for row in rows] == [0.0, 10 / 12, 1.0, 1.0] * 2
    assert {row["clip_norm"] for row in rows} == {"none"}
    for row, (_, cell) in zip(rows, cells(sweep), strict=True):
        assert row["score"] == pytest.approx(cell.mean())


def cells(sweep: Sweep):
    return [
        (point, point.comparison.scores(cell))
        for point in sweep.points
        for cell in sweep.base.cells
    ]


@pytest.fixture
def big() -> Sweep:
    """Five depths by two gains by four initializers by thirty seeds, twenty layers' gradients."""
    names = ("zeros", "normal(std=3)", "glorot_uniform", "he_uniform")
    made = tuple(Initialization.parse(f"{name}, head glorot_uniform") for name in names)
    base = Experiment(
        Setting(Data("iris"), MLP((8, 8), "tanh"), Training(epochs=50)), made, tuple(range(30))
    )
    axes = {"depth": [2, 5, 10, 30, 100], "gain": [0.5, 2]}
    found = points(base.setting, axes)
    throughput = Throughput(1200, 1.0)
    comparisons = [
        Comparison(
            replace(base, setting=setting), records(place), 1 / 3, 0.9, throughput, "sqlite://"
        )
        for place, (_, setting) in enumerate(found)
    ]
    return Sweep(base, axes, [at for at, _ in found], comparisons, throughput)


def records(place: int) -> list[Record]:
    """Networks with noisy curves, each its own."""
    rng = np.random.default_rng(place)
    made = []
    for name in ("zeros", "normal(std=3)", "glorot_uniform", "he_uniform"):
        cell = str(Initialization.parse(f"{name}, head glorot_uniform"))
        for seed in range(30):
            loss, score = (tuple(rng.uniform(0.1, 1, 51).tolist()) for _ in range(2))
            norms = tuple(tuple(rng.uniform(0.1, 1, 20).tolist()) for _ in range(2))
            made.append(Record(cell, seed, "trained", loss[1:], loss, score, norms))
    return made


def test_a_big_report_is_below_its_bound_and_asks_for_nothing(big):
    """Under 1.5 MB, no script, and no address of anything else but XML's namespaces."""
    html = render(big)
    assert len(html.encode()) < 1_500_000
    assert "<script" not in html
    addresses = set(re.findall(r"https?://[^\s\"'<>]+", html))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert html.count("<figure>") == 5
    assert html.count("Data of this chart") == 5


def test_the_boundary_is_where_theory_says(big):
    """For each gain the line passes its predicted depth, on axes of equal steps."""
    (panel,) = (each for each in panels(big) if each.cell.hidden.name == "glorot_uniform")
    line = {point["y"]: point["x"] for point in boundary_points(big, panel)}
    expected = 6 / abs(math.log(0.5**2))  # tanh in its ordered phase: chi = sigma_w^2
    assert line[0.0] == pytest.approx(np.interp(math.log(expected), np.log([2, 5]), [0, 1]))
    (zeros,) = (each for each in panels(big) if each.cell.hidden.name == "zeros")
    assert boundary_points(big, zeros) == []


def test_every_chart_of_a_sweep_has_colours_with_dark_partners(big):
    """All of them by name; a dark page can replace each colour of each."""
    made = initscope.charts(big)
    assert list(made) == ["trained", "score", "interaction", "curves", "gradients"]
    for chart in made.values():
        used = set(re.findall(r'(?:fill|stroke)="(#[0-9A-Fa-f]{3,6})"', to_svg(chart)))
        assert used <= set(palette._PARTNERS)


def test_gradients_are_medians_layer_by_layer(big):
    """Both steps, each layer, over the networks of one initializer."""
    place = ("here", big.comparisons[0])
    rows = gradient_rows([place])
    assert len(rows) == 2 * 4 * 20
    cell = big.base.cells[0]
    norms = [record.gradient_norms[1][3] for record in big.comparisons[0].of(cell)]
    (mine,) = (
        row
        for row in rows
        if row["place"] == "here, last step" and row["layer"] == 4 and row["initializer"] == "zeros"
    )
    assert mine["norm"] == pytest.approx(np.median(norms))
    assert gradient_rows([("", replace(big.comparisons[0], records=_bare(big)))]) == []


def _bare(sweep: Sweep) -> list[Record]:
    return [replace(record, gradient_norms=()) for record in sweep.comparisons[0].records]


def test_interaction_shows_the_expected_score_with_its_interval(big):
    """One row an initializer and point, failures included."""
    rows = interaction_rows(big)
    assert len(rows) == 5 * 2 * 4
    scores = big.comparisons[0].scores(big.base.cells[0])
    assert rows[0]["score"] == pytest.approx(scores.mean())
    assert rows[0]["low"] < rows[0]["score"] < rows[0]["high"]


def test_position_is_by_the_logarithm():
    """Values lie at whole steps, between them by their logarithm, beyond them straight on."""
    assert [position([2, 5, 10], value) for value in (2, 5, 10)] == [0, 1, 2]
    assert position([1, 10], 100) == pytest.approx(2)
    assert not is_ascending(["relu", "tanh"])
    assert not is_ascending([10, 5])
