"""A check in the terminal: the worst first, each with evidence, cause and remedy."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from initscope.checking import FixResult
from initscope.report import check_text
from initscope.report.braille import curve
from initscope.report.check_profile import profile


def test_text(checked, snapshot):
    """Verdict, findings, profile, coverage, and how many findings were left out."""
    assert check_text.text(checked, 80) == snapshot


def test_predictions_stand_beside_the_ends(predicted, snapshot):
    """The first layer has its prediction with an interval; the last has none."""
    assert check_text.text(predicted, 80).partition("second moment of")[2] == snapshot


def test_a_narrow_terminal_cuts_nothing(checked):
    """At 40 columns the plot fits and every word of the remedy is there."""
    lines = check_text.text(checked, 40).splitlines()
    plots = [line for line in lines if "┤" in line]
    assert len(plots) == 8
    assert max(map(len, plots)) <= 40
    assert "initscope.init_(model," in " ".join(lines)


def test_a_fix_prints_before_what_was_done_and_after(checked):
    """Both verdicts appear, and between them the number of parameters."""
    after = replace(checked, findings=())
    text = check_text.fixed_text(FixResult(("a", "b"), checked, after))
    first, done, last = (
        text.index(part)
        for part in ("Net: 1 error, 1 warning", "drew 2 parameters anew", "Net: nothing found")
    )
    assert first < done < last


def test_a_fix_that_did_nothing_says_why(checked):
    """There was nothing to draw, or what was drawn was worse."""
    assert "no finding has a new initialization" in check_text.fix_line(
        FixResult((), checked, checked)
    )
    assert "3 errors" in check_text.fix_line(
        FixResult((), checked, checked, reverted="there were 3 errors")
    )


@pytest.mark.parametrize("value", [0.0, math.inf, math.nan])
def test_values_that_a_logarithm_cannot_show_leave_gaps(checked, value):
    """Zero, infinity and NaN are not drawn, and the plot stays."""
    stops = profile(checked)
    broken = [replace(stop, signal=value) if stop.layer == 4 else stop for stop in stops]
    lines = check_text.plot(broken, "signal", 80)
    assert len(lines) == 7
    assert lines != check_text.plot(stops, "signal", 80)


def test_a_path_of_one_layer_has_no_plot(checked):
    """One value is no profile."""
    assert check_text.plot(profile(checked)[:1], "signal", 80) == []


def test_noise_stays_flat_and_a_slope_is_a_slope():
    """A range far below the span is two dots high; a line falls by one dot a column."""
    flat = curve([0.0, 0.1, 0.0, 0.1], 10, 4, span=2.0)
    assert sum(any(mark != "⠀" for mark in line) for line in flat) <= 2
    steep = curve([7, 6, 5, 4, 3, 2, 1, 0], 4, 2)
    assert "".join(steep) == "⠑⢄⠀⠀⠀⠀⠑⢄"
