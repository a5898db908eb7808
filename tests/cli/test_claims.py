"""``initscope claims`` as a user types it."""

from __future__ import annotations

import json

import pytest


def test_the_list_has_every_claim(initscope):
    """Without a store there are no verdicts."""
    done = initscope("claims", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    assert [each["id"] for each in result["claims"]] == list(range(1, 29))
    assert {each["verdict"] for each in result["claims"]} == {None}
    text = initscope("claims").stdout
    assert "Zero weights are acceptable with ReLU" in text
    assert "verdict" not in text


def test_a_run_is_stored_and_listed(initscope, scratch):
    """The verdict then stands in the list and on the claim's page."""
    done = initscope("claims", "run", "14", "--quick", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    assert result["schema_version"] == 1
    (row,) = result["claims"]
    wanted = {"id", "statement", "verdict", "effect", "ci95", "criterion", "cases", "condition"}
    assert wanted <= set(row)
    assert (row["id"], row["verdict"]) == (14, "depends")
    assert row["ci95"][0] <= row["effect"] <= row["ci95"][1]
    assert "depends" in initscope("claims").stdout
    shown = json.loads(initscope("claims", "show", "14", "--format", "json").stdout)
    assert shown["verdict"] == "depends"
    page = initscope("claims", "show", "confident-softmax").stdout
    assert "Verdict: depends" in page
    assert "wrong: all other classes" in page


def test_a_page_without_a_run_says_how_to_get_one(initscope):
    """The command to type is at the end."""
    page = initscope("claims", "show", "20").stdout
    assert "Ioffe and Szegedy, 2015" in page
    assert "initscope claims run 20" in page.splitlines()[-1]
    assert (
        json.loads(initscope("claims", "show", "20", "--format", "json").stdout)["verdict"] is None
    )


def test_text_tells_verdict_effect_and_condition(initscope, scratch):
    """And the charts are written where they are asked for."""
    done = initscope("claims", "run", "10", "14", "--quick", "--workers", "1", "--charts", "charts")
    assert done.returncode == 0
    assert "fails" in done.stdout
    assert "2 claims: 1 fails, 1 depends; quick effort, seed set 0." in done.stdout
    names = sorted(path.name for path in (scratch / "charts").iterdir())
    assert names == ["10-xavier-formula.svg", "14-confident-softmax.svg"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "29"], "unknown claim '29'"),
        (["show", "batchnorm"], "unknown claim 'batchnorm'"),
        (["run", "14", "--seed-set", "-1"], "seed set -1: expected a whole number from 0"),
    ],
)
def test_bad_input_is_one_line(initscope, arguments, message):
    """Exit code 2."""
    done = initscope("claims", *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith(f"initscope: error: {message}")
    assert done.stderr.count("\n") == 1
