"""The view Models: checks that were kept by name, from the command and from Python."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from playwright.sync_api import expect

import initscope
from initscope.report.check_saved import save_check


def kept(lab, target: str, name: str) -> str:
    """Keep a check by the command, in the store of a lab."""
    command = [sys.executable, "-m", "initscope", "check", target, "--fail-level", "never"]
    done = subprocess.run(
        [*command, "--name", name, "--storage", lab.storage],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr


def test_an_empty_store_says_what_to_type(visitor, lab):
    """Without a report the view gives the command that keeps one."""
    page = visitor.go("#models")
    assert "initscope check" in page.locator(".kept pre").inner_text()


def test_kept_checks_are_listed_and_shown(visitor, lab):
    """The newest is open; another one is opened by its link, and the address keeps it."""
    assert kept(lab, "mlp:depth=20,width=32,activation=tanh", "chain") == "kept as 'chain'\n"
    model = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
    save_check(initscope.check(model, torch.randn(16, 8)), "small <b>", lab.storage)
    page = visitor.go("#models")
    names = page.locator(".kept tbody th").all_inner_texts()
    assert names[:2] == ["small <b>", "chain"]
    expect(page.locator(".stage h2").first).to_contain_text("small <b>")
    page.get_by_role("link", name="chain", exact=True).click()
    expect(page.locator(".stage h2").first).to_contain_text("chain, ")
    assert page.locator(".stage h2 + .model").inner_text() == "Sequential"
    assert "GRD001" in page.locator(".findings").inner_text()
    assert page.locator(".model-signal path.measured").count() == 1
    page.get_by_role("button", name="Make the HTML report").click()
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Open the report").click()
    paper = opened.value
    paper.wait_for_load_state()
    assert paper.locator("h1").inner_text() == "chain: will it train?"
    assert paper.locator("header p").inner_text() == "Sequential"
    assert "GRD001" in paper.locator("body").inner_text()
    assert paper.locator("figure svg").count() == 1
    paper.close()
    page.reload()
    expect(page.locator(".stage h2").first).to_contain_text("chain, ")
    expect(page.locator(".findings .finding").first).to_be_visible()


def test_a_check_that_is_not_there_is_refused(lab):
    """A number that the store does not have is a sentence beside the control."""
    with lab.socket() as socket:
        answer = lab.ask(socket, id=1, job="models", params={"check": 999})[-1]
    assert (answer["kind"], answer["field"]) == ("refused", "check")
    assert answer["message"] == "there is no check 999 in the store"


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 201])
def test_a_name_that_cannot_be_shown_is_refused(name, tmp_path):
    """Nothing is stored under an empty, long or unprintable name."""
    report = initscope.check(torch.nn.Linear(4, 4), torch.randn(8, 4))
    with pytest.raises(initscope.InputError, match="expected 1 to 200 characters"):
        save_check(report, name, f"sqlite:///{tmp_path}/store.db")
    assert not (tmp_path / "store.db").exists()
