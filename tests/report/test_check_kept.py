"""Kept checks as HTML: what the store holds of a report is what the page shows."""

from __future__ import annotations

import torch

import initscope
from initscope.report import check_kept
from initscope.report.check_json import plain
from initscope.store import Store


def kept(depth: int):
    """Check a chain, keep the report and return it as the store holds it."""
    layers = [torch.nn.Linear(8, 8) for _ in range(depth)]
    with Store("sqlite://") as store:
        store.add_check(
            "a <b>", plain(initscope.check(torch.nn.Sequential(*layers), torch.ones(4, 8)))
        )
        return store.checks()[0]


def test_the_page_has_the_profile_and_the_words():
    """Every layer has its row with the measured number, and text is escaped."""
    check = kept(3)
    words = {"place": "0", "severity": "info", "code": "X", "rule": "y", "message": "m", "rows": {}}
    html = check_kept.render(check, [words], ["One note."])
    assert "One note." in html
    assert "<h1>a &lt;b&gt;: will it train?</h1>\n<p>Sequential</p>" in html
    assert "<b>" not in html
    for layer in check.report["layers"]:
        assert f"{layer['signal']:.4g}".replace("-", "−") in html


def test_numbers_that_were_not_finite_are_left_out_of_the_chart():
    """A null of the store is no point, and the page is made all the same."""
    check = kept(3)
    check.report["layers"][1]["signal"] = None
    for layer in check.report["layers"]:
        layer["predicted_gradient"] = {"second_moment": 1.0, "low": 0.5, "high": None}
    assert "<svg" in check_kept.render(check, [], [])
    for layer in check.report["layers"]:
        layer["signal"] = layer["gradient"] = None
    assert "<svg" not in check_kept.render(check, [], [])
