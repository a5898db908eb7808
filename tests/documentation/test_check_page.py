"""The linter's page says what its numbers say, and a part of the corpus gives them again."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOUND = json.loads((ROOT / "docs" / "evidence" / "check.json").read_text(encoding="utf-8"))
ROWS = {row["name"]: row for row in FOUND["entries"]}

SAMPLE = (
    "GPT-2, 2 layers",
    "ConvNeXt, 10 blocks",
    "He under ReLU, depth 30, seed 2",
    "orthogonal under tanh, depth 30",
    "pre-norm transformer, 4 layers",
    "zero classifier head",
    "Xavier under ReLU, depth 30",
    "one layer of thirty times 1e-3",
    "He times 1.4, depth 30",
    "60 layers of batch norm",
    "a detached branch",
    "sqrt at zero",
    "std 1 under tanh, depth 3",
    "half of the units of every layer",
    "one weight is NaN",
    "embeddings of std 1 tied to the head",
)


@pytest.fixture
def corpus(monkeypatch):
    """The module that made the page."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return importlib.import_module("check_corpus")


def test_the_page_is_the_rendering_of_its_numbers(corpus):
    """`benchmarks/check_corpus.py --render` would change nothing."""
    page = (ROOT / "docs" / "check-evidence.md").read_text(encoding="utf-8")
    assert page == corpus.render(FOUND)


def test_the_corpus_is_as_large_as_promised_and_has_every_rule(corpus):
    """Forty healthy models, sixty defects, at least three of each rule, all names different."""
    entries = (*corpus.HEALTHY, *corpus.DEFECTS)
    assert len({entry.name for entry in entries}) == len(entries) == len(ROWS)
    assert len(corpus.HEALTHY) >= 40
    assert len(corpus.DEFECTS) >= 60
    planted = [entry.defect for entry in corpus.DEFECTS]
    assert {slug for slug in planted if planted.count(slug) >= 3} >= set(FOUND["rules"])


@pytest.mark.parametrize("name", SAMPLE)
@pytest.mark.filterwarnings("ignore")  # what models and torch warn of is not the linter's
def test_a_model_of_the_corpus_gives_the_same_again(corpus, name):
    """The first draw of a model has the findings of the page."""
    (entry,) = (each for each in (*corpus.HEALTHY, *corpus.DEFECTS) if each.name == name)
    fresh = sorted(map(list, corpus.said(corpus.linted(entry))))
    assert fresh == ROWS[name]["found"][0]


def test_wilsons_interval_is_the_published_one(corpus):
    """Brown, Cai and DasGupta, 2001: ends solve (p - x/n)^2 = z^2 p (1 - p) / n."""
    score = importlib.import_module("check_score")
    for count, of in ((0, 10), (8, 10), (60, 60)):
        for end in score.wilson(count, of):
            inside = (end - count / of) ** 2 - 1.959963985**2 * end * (1 - end) / of
            assert inside == pytest.approx(0, abs=1e-9)
