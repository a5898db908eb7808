"""The table of a comparison, as people see it. Golden: rewrite with --snapshot-update."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from initscope import MLP, SGD, Data, Training
from initscope.comparison import Setting
from initscope.report.compare_notes import notes
from initscope.report.compare_text import print_comparison, rows, title


@pytest.mark.parametrize("width", [80, 140])
def test_table(comparison, snapshot, width):
    """Wide terminals get one line an initializer, narrow ones stack the intervals."""
    console = Console(file=io.StringIO(), width=width, highlight=False)
    print_comparison(comparison, console)
    assert console.file.getvalue() == snapshot


def test_a_narrow_table_fits_eighty_columns(comparison):
    """No line is cut or wider than the terminal."""
    console = Console(file=io.StringIO(), width=80, highlight=False)
    print_comparison(comparison, console)
    text = console.file.getvalue()
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text


def said(comparison) -> str:
    return " ".join(notes(comparison))


def test_notes_say_what_is_corrected_for_and_why(comparison):
    """All pairs where the results chose the best, those of a reference that was named, or none."""
    assert "corrected for all 6 pairs; a --reference named in advance asks for 3" in said(
        comparison
    )
    cells = comparison.experiment.cells
    named = replace(comparison, reference=cells[3])
    assert "accuracy of one run to he_uniform" in said(named)
    assert "named in advance: p (Holm) and intervals (Bonferroni) are corrected for its 3" in (
        said(named)
    )
    assert [row[-1] == ("reference",) for row in rows(named)] == [False, False, False, True]
    two = replace(comparison, experiment=replace(comparison.experiment, cells=cells[2:]))
    assert "one pair, so that nothing is corrected" in said(two)
    one = replace(comparison, experiment=replace(comparison.experiment, cells=cells[2:3]))
    assert "against" not in said(one)


def test_notes_say_where_seeds_are_too_few_for_any_p(comparison):
    """Of five seeds no sign flip is rarer than 1 in 16, six times that after the correction."""
    assert "too few seeds" not in said(comparison)
    few = replace(comparison, experiment=replace(comparison.experiment, seeds=(0, 1, 3, 4, 5)))
    assert (
        "too few seeds for p below 0.05, whatever the difference: of 5 the least is 0.375 "
        "(2/2^5 times 6); 8 are enough."
    ) in said(few)


def test_notes_say_what_equal_values_leave_open_and_that_there_is_one_split(comparison):
    """Twelve equal values leave up to 1 - 0.05^(1/12) = 22% of all networks unseen."""
    assert "of 12 equal values, up to 22% of all networks may still give another" in (
        said(comparison)
    )
    assert rows(comparison)[0][2] == ("0.300 stuck", "all equal")
    assert "one split of the data (split seed 42)" in said(comparison)


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        (
            Setting(Data("wine", scale="standard"), MLP((8,), "tanh"), Training(SGD(0.1, 0.9))),
            "wine, standardized: 13-8-3 tanh, softmax, sgd 0.1 momentum 0.9, "
            "10 epochs of batches of 32",
        ),
        (
            Setting(Data("digits"), MLP.uniform(30, 100), Training()),
            "digits: 64-(30 x 100)-10 relu, softmax, adam 0.001, 10 epochs of batches of 32",
        ),
        (
            Setting(Data("synthetic"), MLP((1, 2, 3, 4, 5)), Training()),
            "synthetic: 20-(5 x 1..5)-1 relu, sigmoid, adam 0.001, 10 epochs of batches of 32",
        ),
        (
            Setting(
                Data("iris"),
                MLP((8, 8), "tanh", "batch", residual=True, branch_scale="zero", dropout=0.1),
                Training(),
            ),
            "iris: 4-8-8-3 tanh, batch norm, residual from zero, dropout 0.1, softmax, "
            "adam 0.001, 10 epochs of batches of 32",
        ),
        (
            Setting(Data("iris"), MLP((8, 8), residual=True, branch_scale="depth"), Training()),
            "iris: 4-8-8-3 relu, residual by 1/sqrt(branches), softmax, adam 0.001, "
            "10 epochs of batches of 32",
        ),
        (
            Setting(Data("iris"), MLP((8, 8), residual=True, branch_scale=0.5), Training()),
            "iris: 4-8-8-3 relu, residual by 0.5, softmax, adam 0.001, 10 epochs of batches of 32",
        ),
    ],
)
def test_titles_say_what_was_trained(setting, expected):
    """Data, widths, activation, loss, optimizer and length are in one line."""
    assert title(setting) == expected
