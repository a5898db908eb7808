"""The table of a comparison, as people see it. Golden: rewrite with --snapshot-update."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from initscope import MLP, SGD, Data, Training
from initscope.comparison import Setting
from initscope.report.compare_text import print_comparison, title


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
