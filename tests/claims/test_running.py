"""Running claims: measured once, stored, judged again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sql

from initscope import InputError
from initscope.claims import claims, run
from initscope.claims.committed import read, written
from initscope.claims.effort import Effort
from initscope.claims.running import stored
from initscope.store import Store
from initscope.theory import MeanField, batch_norm_growth

EVIDENCE = Path(__file__).parents[2] / "docs" / "evidence" / "claims.json"


def test_cheap_claims_come_out_as_theory_has_them():
    """A formula and the gradient of softmax need no more than a quick run."""
    results = {each.claim.id: each.verdict for each in run([10, 14], effort="quick", workers=1)}
    assert {number: verdict.word for number, verdict in results.items()} == {
        10: "fails",
        14: "depends",
    }
    # Twice the formula: by 20 000 normal numbers, five times, to a percent.
    assert results[10].effect.value == pytest.approx(2, rel=0.02)


def test_growth_under_batch_normalization_is_that_of_the_theory():
    """Measured next to predicted: within 5 % a layer at this width and batch."""
    (result,) = run([20], effort="quick", workers=1)
    assert result.verdict.word == "depends"
    wide, finite = batch_norm_growth("relu"), batch_norm_growth("relu", 32)
    assert 0.95 * wide < result.verdict.effect.value < 1.05 * finite


def test_what_is_stored_is_not_measured_again(scratch):
    """The second run takes the evidence from the store, and says so."""
    url = "sqlite:///claims.db"
    (first,) = run(["confident-softmax"], effort="quick", storage=url)
    (second,) = run([14], effort="quick", storage=url)
    assert first.seconds is not None
    assert second.seconds is None
    assert second.evidence == first.evidence
    with Store(url, create=False) as store:
        assert set(stored(store, Effort("quick"))) == {14}
        assert stored(store, Effort("full")) == {}


def test_an_older_store_gets_the_table(scratch):
    """A store from before claims is read as it is, and written when it is opened for that."""
    url = "sqlite:///old.db"
    Store(url).close()
    with sql.create_engine(url).begin() as connection:
        connection.exec_driver_sql("DROP TABLE claim_evidence")
    with Store(url, create=False) as store:
        assert stored(store, Effort("quick")) == {}
    (result,) = run([14], effort="quick", storage=url)
    assert result.seconds is not None
    assert run([14], effort="quick", storage=url)[0].seconds is None


def test_seed_sets_are_measured_apart():
    """Other seeds give other numbers."""
    first, second = (run([14], effort="quick", seed_set=k)[0] for k in (0, 1))
    assert first.evidence != second.evidence
    assert first.verdict.word == second.verdict.word


def test_bad_input_is_refused():
    """Before anything is measured."""
    with pytest.raises(InputError, match="unknown claim '29'"):
        run([29])
    with pytest.raises(InputError, match="workers 0"):
        run([14], workers=0)


def test_committed_evidence_is_of_these_claims():
    """Every claim, with its cases, its recipe, and as many numbers in both sets of seeds."""
    plain = json.loads(EVIDENCE.read_text(encoding="utf-8"))
    assert [(each["effort"], each["seed_set"]) for each in plain] == [("full", 2), ("full", 3)]
    for each in plain:
        assert list(each["claims"]) == [str(claim.id) for claim in claims()]
        for claim in claims():
            entry = each["claims"][str(claim.id)]
            assert entry["recipe"] == claim.recipe
            assert set(entry["values"]) == {case.name for case in claim.cases}


def test_committed_evidence_reads_as_it_was_written():
    """Judged twice, it says the same."""
    runs = read(EVIDENCE)
    assert written(runs) == json.loads(EVIDENCE.read_text(encoding="utf-8"))


def test_committed_numbers_are_those_of_the_theory():
    """Measured next to predicted: 5 % at these widths, 15 % where tanh is chaotic or inputs count.

    The factor of a ReLU layer is fan-in times half the variance; that of the gradient is chi_1.
    """
    found = {result.claim.id: result.verdict.findings for result in read(EVIDENCE)[0]}
    estimates = {
        (number, each.case.name): each.estimate.value
        for number, findings in found.items()
        for each in findings
    }
    predicted = {
        (5, "ReLU, std 0.01, signal"): (64 * 0.01**2 / 2, 0.05),
        (5, "ReLU, std 1, gradient"): (64 / 2, 0.05),
        (9, "Xavier, signal"): (0.5, 0.05),
        (9, "He, gradient"): (1.0, 0.05),
        (10, "glorot_normal"): (2.0, 0.01),
        (12, "ReLU, gradient a layer"): (0.5, 0.05),
        (20, "ReLU, gradient does not explode"): (batch_norm_growth("relu", 32), 0.05),
        (27, "uncorrected cut"): (0.8796, 0.005),
        **{
            (28, f"tanh, gradient, scale {scale}"): (MeanField("tanh", scale).chi_1, 0.15)
            for scale in (2, 3, 5, 20)
        },
    }
    for key, (value, tolerance) in predicted.items():
        assert estimates[key] == pytest.approx(value, rel=tolerance), key
