"""Charts of the theory show its numbers, and nothing else."""

from __future__ import annotations

import re

import numpy as np
import pytest

from initscope.report import layer_charts, map_charts, palette, phase_charts
from initscope.report.charts_theme import svg
from initscope.report.scales import choose
from initscope.report.theory_findings import Findings, find
from initscope.report.theory_network import Plan, find_network
from initscope.theory import MeanField, activation


def findings(name: str, sigma_w: float | None = None, sigma_b: float | None = None) -> Findings:
    f = activation(name)
    scales = choose(f, sigma_w, sigma_b)
    return Findings(find(f, scales).field, scales, find_network(f, scales, Plan(6, 40, networks=3)))


@pytest.fixture(scope="module")
def chaotic() -> Findings:
    """A tanh network in the chaotic phase."""
    return findings("tanh", 2.0, 0.3)


def test_map_rows_are_the_maps(chaotic):
    """Each point is one application of the map; the chart reaches beyond q*."""
    field = chaotic.field
    rows = map_charts.variance_rows(field)
    assert rows[0]["q"] == 0
    assert rows[-1]["q"] > field.q_star
    assert all(row["next q"] == field.variance_map(row["q"]) for row in rows[::20])
    rows = map_charts.correlation_rows(field)
    assert (rows[0]["c"], rows[-1]["c"]) == (-1, 1)
    assert rows[-1]["next c"] == pytest.approx(1)


def test_phase_rows_are_those_of_single_points(chaotic):
    """The table's chi_1 is the mean field's, to the accuracy of the diagram's table."""
    rows = phase_charts.phase_rows(chaotic)
    assert len(rows) == 8 * 6
    for row in rows[::7]:
        field = MeanField("tanh", row["sigma_w"], row["sigma_b"])
        assert row["q*"] == pytest.approx(field.q_star, rel=1e-5, abs=1e-9)
        assert row["chi_1"] == pytest.approx(field.chi_1, rel=1e-5)


def test_joined_cells_cover_the_plane_once():
    """Marks of one line follow each other without gap or overlap, and name their band."""
    chi_1 = np.array([[0.1, 0.1, 0.9, np.nan], [1.1, 5.0, 5.0, np.nan]])
    rows = list(phase_charts._runs(phase_charts._bands(chi_1), (4.0, 2.0)))
    assert [(row["sigma_w"], row["sigma_w end"], row["chi_1"]) for row in rows] == [
        (0, 2, "below 0.25"),
        (2, 3, "0.8 to 1"),
        (3, 4, "none: q grows on"),
        (0, 1, "1 to 1.25"),
        (1, 3, "above 4"),
        (3, 4, "none: q grows on"),
    ]
    assert {(row["sigma_b"], row["sigma_b end"]) for row in rows} == {(0, 1), (1, 2)}


def test_layer_rows_are_the_prediction_and_the_mean_of_the_simulation(chaotic):
    """Three rows a layer, with the networks' mean; dots are single networks."""
    rows = layer_charts.layer_rows(chaotic.network)
    assert len(rows) == 3 * 6
    first = rows[0]
    assert first["predicted"] == chaotic.network.layers[0].q
    assert first["low"] < first["predicted"] < first["high"]
    values = chaotic.network.simulation.q[:, 0]
    assert first["simulated"] == pytest.approx(values.mean())
    dots = layer_charts.network_rows(chaotic.network)
    assert [d["value"] for d in dots if (d["quantity"], d["layer"]) == ("q", 1)] == list(values)


@pytest.mark.parametrize(
    ("name", "sigma_w", "sigma_b"),
    [
        ("tanh", 2.0, 0.3),
        ("gelu", None, None),  # a hollow fixed point beside a full one
        ("relu", 2.0, 0.1),  # no finite q*
        ("relu_squared", None, None),  # signals that vanish within a few layers
        ("tanh", 0.0, 0.0),  # nothing passes
    ],
)
def test_charts_render_in_colours_that_have_a_dark_partner(name, sigma_w, sigma_b):
    """A dark page can replace every colour of every chart."""
    found = findings(name, sigma_w, sigma_b)
    charts = (
        map_charts.variance_map(found.field),
        map_charts.correlation_map(found.field),
        phase_charts.phase_chart(found),
        layer_charts.layer_charts(found.network),
    )
    for chart in charts:
        drawn = svg(chart)
        assert "NaN" not in drawn
        assert "undefined" not in drawn
        used = set(re.findall(r'(?:fill|stroke)="(#[0-9A-Fa-f]{3,6})"', drawn))
        assert used <= set(palette._PARTNERS)


def test_stability_is_shown_by_fill_and_shape_not_by_colour(chaotic):
    """Full marks are stable; hollow ones are not."""
    drawn = svg(map_charts.correlation_map(chaotic.field))
    ink, paper = palette.INK[0], palette.PAPER[0]
    marks = re.findall(r'aria-roledescription="point"[^>]*fill="(#\w+)" stroke="(#\w+)"', drawn)
    assert sorted(marks) == sorted([(ink, ink), (paper, ink)])
