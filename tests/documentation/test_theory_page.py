"""The theory's page says what its numbers say, and the numbers come again."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOUND = json.loads((ROOT / "docs" / "evidence" / "theory.json").read_text(encoding="utf-8"))


@pytest.fixture
def evidence(monkeypatch):
    """The module that made the page."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return importlib.import_module("theory_evidence")


def test_the_page_is_the_rendering_of_its_numbers(evidence):
    """`scripts/theory_evidence --render` would change nothing."""
    assert (ROOT / "docs" / "theory.md").read_text(encoding="utf-8") == evidence.render(FOUND)


@pytest.mark.parametrize("name", ["relu", "tanh"])
def test_other_networks_give_the_same_means(evidence, name):
    """Six fresh networks and the fifty of the page differ by less than five standard errors."""
    fresh = {row["quantity"]: row for row in evidence.compare(name, range(1000, 1006))}
    for row in FOUND["comparisons"]:
        if row["activation"] != name:
            continue
        again = fresh[row["quantity"]]
        assert again["predicted"] == pytest.approx(row["predicted"], rel=1e-6)
        # The standard deviation is that of fifty networks; six give the mean of theirs.
        deviation = row["standard_error"] * FOUND["networks"] ** 0.5
        error = (deviation**2 / 6 + row["standard_error"] ** 2) ** 0.5
        assert abs(again["measured"] - row["measured"]) < 5 * error


def test_every_activation_is_compared_and_the_threshold_is_the_corrected_one(evidence):
    """Three quantities of each; the limit is Student's quantile for so many."""
    rows = FOUND["comparisons"]
    assert {row["activation"] for row in rows} == set(evidence.NAMES)
    assert len(rows) == 3 * len(evidence.NAMES)
    assert FOUND["threshold"] == pytest.approx(evidence.threshold(len(rows)))
    for row in rows:
        z = (row["measured"] - row["predicted"]) / row["standard_error"]
        assert row["z"] == pytest.approx(z)


def test_tables_and_published_numbers_come_again(evidence):
    """Gains, critical points and published numbers are those that the software gives now."""
    assert [row["ours"] for row in evidence.published()] == pytest.approx(
        [row["ours"] for row in FOUND["published"]], rel=1e-7
    )
    for row in FOUND["gains"]:
        assert evidence.gain_row(row["activation"])["forward"] == pytest.approx(row["forward"])
    for row in FOUND["published"]:
        # Published numbers have between three and ten digits.
        assert row["ours"] == pytest.approx(row["published"], rel=1e-3)
