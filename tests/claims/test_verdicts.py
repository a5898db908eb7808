"""Verdicts are arithmetic: other numbers give another verdict, for every claim."""

from __future__ import annotations

import json
import math

import pytest

from initscope import InputError
from initscope.claims import Case, Claim, Effort, Evidence, claim, claims
from initscope.claims.claim import bounds
from initscope.claims.verdict import judge


def _values(case, *, holds):
    """Forty numbers that meet a criterion beyond doubt, or miss it."""
    if case.kind == "share":
        return [float((case.low > 0) == holds)] * 40
    low, high, factor = case.low, case.high, case.kind == "ratio"
    if low == high:
        return [low if holds else low + 1] * 40
    if math.isinf(high):
        above, below = (2 * low, low / 2) if factor else (low + 1, low - 1)
        return [above if holds else below] * 40
    inside = (high / 2 if factor else high - 1) if math.isinf(low) else (low + high) / 2
    return [inside if holds else (2 * high if factor else high + 1)] * 40


def _evidence(found, *, holds, premises=True):
    return Evidence.of(
        {
            case.name: _values(case, holds=premises if case.premise else holds)
            for case in found.cases
        }
    )


@pytest.mark.parametrize("found", claims(), ids=lambda each: each.slug)
def test_every_verdict_can_come_out_otherwise(found):
    """Numbers that meet every bound give "holds", opposite ones "fails", half of each "depends"."""
    assert judge(found, _evidence(found, holds=True)).word == "holds"
    assert judge(found, _evidence(found, holds=False)).word == "fails"
    tested = [case for case in found.cases if not case.premise]
    if len(tested) > 1:
        mixed = dict(_evidence(found, holds=True).values)
        mixed[tested[-1].name] = tuple(_values(tested[-1], holds=False))
        verdict = judge(found, Evidence.of(mixed))
        assert verdict.word == "depends"
        assert "Fails for" in verdict.condition


@pytest.mark.parametrize("found", claims(), ids=lambda each: each.slug)
def test_an_experiment_without_its_premise_says_nothing(found):
    """The verdict is undecided, and the condition names the premise."""
    premises = [case.name for case in found.cases if case.premise]
    verdict = judge(found, _evidence(found, holds=True, premises=False))
    assert verdict.word == ("undecided" if premises else "holds")
    assert all(name in verdict.condition for name in premises)


@pytest.mark.parametrize("found", claims(), ids=lambda each: each.slug)
def test_every_claim_is_complete(found):
    """It has all its words, cases with different names and bounds, and rules that exist."""
    from initscope.initializers import NAMES
    from initscope.rules import rule

    words = ("statement", "said", "first", "experiment", "statistic", "why", "practice")
    assert all(len(getattr(found, name)) > 3 for name in words)
    names = [case.name for case in found.cases]
    assert len(set(names)) == len(names)
    assert not found.effect or found.effect in names
    for case in found.cases:
        assert math.isfinite(case.low) or math.isfinite(case.high)
        assert bool(case.group) == (case.at is not None)
    assert bool(found.axis) == any(case.group for case in found.cases)
    assert all(rule(code).code == code for code in found.rules)
    assert all(name in NAMES for name in found.initializers)


def test_numbers_and_names_are_unique_and_in_order():
    """There are 28, numbered from 1."""
    assert [each.id for each in claims()] == list(range(1, 29))
    assert len({each.slug for each in claims()}) == 28
    assert claim("20") is claim(20) is claim("batch-norm-and-gradients")
    with pytest.raises(InputError, match="unknown claim 'xavier-formla': did you mean 'xavier-fo"):
        claim("xavier-formla")


def _claim(*cases, axis=""):
    words = dict.fromkeys(
        ("slug", "statement", "said", "first", "experiment", "statistic", "why", "practice"), "x"
    )
    return Claim(id=99, **words, cases=cases, axis=axis, measure=lambda _effort: Evidence.of({}))


def test_an_interval_that_straddles_its_bound_is_undecided():
    """Neither side is claimed; one decided case beside it does not help."""
    found = _claim(Case("a", 0.5), Case("b", 0.5))
    straddling = [0.0, 0.4, 0.6, 1.0]
    assert judge(found, Evidence.of({"a": straddling, "b": [1.0]})).word == "undecided"
    assert judge(found, Evidence.of({"a": straddling, "b": straddling})).condition == ""


def test_neighbouring_numbers_are_told_as_ranges():
    """The condition names where it holds along the axis."""
    cases = [Case(f"std 1, {n}", 1.0, group="std 1", at=n) for n in (2, 4, 8, 16, 32)]
    numbers = dict(zip([case.name for case in cases], [0, 2, 2, 0, 2], strict=True))
    evidence = Evidence.of({name: [float(value)] for name, value in numbers.items()})
    verdict = judge(_claim(*cases, axis="fan-in"), evidence)
    assert verdict.condition == (
        "Holds for std 1 at fan-in 4 to 8 and 32. Fails for std 1 at fan-in 2 and 16"
    )


def test_estimates_are_those_of_scipy():
    """Student's t for means, on logarithms for ratios; Wilson for shares."""
    import numpy as np
    from scipy import stats

    from initscope.claims.estimate import estimate

    sample = [0.5, 1.5, 2.5, 4.0]
    low, high = stats.t.interval(0.95, 3, np.mean(sample), stats.sem(sample))
    assert estimate(sample, "mean").ci95 == pytest.approx((low, high), rel=1e-12)
    logs = np.log(sample)
    ends = stats.t.interval(0.95, 3, logs.mean(), stats.sem(logs))
    assert estimate(sample, "ratio").ci95 == pytest.approx(tuple(np.exp(ends)), rel=1e-12)
    wilson = stats.binomtest(3, 8).proportion_ci(0.95, method="wilson")
    shares = [1.0] * 3 + [0.0] * 5
    assert estimate(shares, "share").ci95 == pytest.approx((wilson.low, wilson.high), rel=1e-12)


def test_nothing_measured_is_nothing_known():
    """Pairs may all be missing: the interval is endless."""
    found = _claim(Case("a", 0.5))
    assert judge(found, Evidence.of({"a": []})).word == "undecided"


def test_evidence_survives_json():
    """Infinities are words there."""
    evidence = Evidence.of({"a": [1.0, math.inf, -math.inf]}, "A note.")
    assert Evidence.from_dict(json.loads(json.dumps(evidence.to_dict()))) == evidence


def test_efforts_share_no_seeds_between_sets():
    """Quick runs take the first seeds of the full ones."""
    assert set(Effort("quick").seeds(full=9, quick=3)) < set(Effort("full").seeds(full=9, quick=3))
    assert not set(Effort(seed_set=1).seeds(full=999, quick=1)) & set(
        Effort(seed_set=0).seeds(full=999, quick=1)
    )
    with pytest.raises(InputError, match="unknown effort 'fast'"):
        Effort("fast")
    with pytest.raises(InputError, match="seed set -1"):
        Effort(seed_set=-1)


def test_bounds_are_told_in_words():
    """The criterion names cases with equal bounds together."""
    assert bounds(Case("", high=2.0)) == "at most 2"
    found = _claim(Case("a", 0.5), Case("b", 0.5), Case("c", high=1.0, premise=True))
    assert found.criterion == "x: at least 0.5 for a; b. at most 1 for c (premise)"
