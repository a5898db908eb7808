"""Every rule's examples are its tests; the table is the design's."""

from __future__ import annotations

import re

import pytest

from initscope.errors import InputError
from initscope.rules import findings, rule, rules

SLUGS = {
    "SIG001": "vanishing-signal",
    "SIG002": "exploding-signal",
    "SIG003": "non-finite-signal",
    "SIG004": "half-precision-range",
    "SIG005": "collapsed-correlation",
    "GRD001": "vanishing-gradient",
    "GRD002": "exploding-gradient",
    "GRD003": "no-gradient",
    "GRD004": "non-finite-gradient",
    "UNI001": "saturated-units",
    "UNI002": "dead-units",
    "UNI003": "duplicate-units",
    "PAR001": "constant-weight",
    "PAR002": "wrong-fan-scale",
    "PAR003": "duplicate-layers",
    "PAR004": "non-finite-parameter",
    "PAR005": "gain-mismatch",
    "PAR006": "unscaled-residual",
    "PAR007": "recurrent-scale",
    "OUT001": "initial-loss",
    "OUT002": "output-scale",
}

RULES = [pytest.param(each, id=each.code) for each in rules()]
FIRING = [
    pytest.param(each, one, id=f"{each.code} {one.name}") for each in rules() for one in each.firing
]
QUIET = [
    pytest.param(each, one, id=f"{each.code} {one.name}") for each in rules() for one in each.quiet
]


def codes(finding):
    """Return a finding's code and those of its symptoms."""
    return {finding.code, *(each.split()[0] for each in finding.also)}


@pytest.mark.parametrize(("each", "one"), FIRING)
def test_a_firing_example_is_found_and_what_follows_is_joined(each, one, evidence):
    """A firing example gives the rule's finding, or one that has it among its symptoms."""
    seen = evidence(*one.build())
    assert list(each.find(each, seen))
    found = findings(seen, rules())
    assert each.code in set().union(*(codes(finding) for finding in found))


@pytest.mark.parametrize(("each", "one"), QUIET)
def test_a_quiet_example_gives_nothing(each, one, evidence):
    """A quiet example gives no finding of the rule, nor of rules that it explains."""
    found = list(each.find(each, evidence(*one.build())))
    assert found == []


@pytest.mark.parametrize("each", RULES)
def test_a_rule_has_all_its_words(each):
    """A rule says what, why, how, the remedy and its source, and has two examples of each kind."""
    for words in (each.what, each.why, each.how, each.remedy):
        assert len(words.split()) >= 5
        assert words.endswith(".")
    assert re.search(r"\b(19|20)\d\d\b", each.reference) or "documentation" in each.reference
    assert len(each.firing) >= 2
    assert len(each.quiet) >= 2


@pytest.mark.parametrize("each", RULES)
def test_codes_and_slugs_are_the_designs(each):
    """A code belongs to one slug for ever, and explains only codes that exist."""
    assert SLUGS[each.code] == each.slug
    assert set(each.explains) <= SLUGS.keys() - {each.code}


def test_codes_are_unique():
    """No two rules share a code, a slug or a file."""
    assert len({each.code for each in rules()}) == len(rules())
    assert len({each.slug for each in rules()}) == len(rules())
    assert len({each.find.__module__ for each in rules()}) == len(rules())


def test_a_rule_is_named_by_code_or_slug():
    """A rule is found by its code in any case, or by its slug; others are refused by name."""
    assert rule("sig001") is rule("vanishing-signal")
    with pytest.raises(InputError, match="vanishing-sgnal.*vanishing-signal"):
        rule("vanishing-sgnal")


def test_only_joined_symptoms_stand_beside_a_collapse(evidence):
    """A deep collapse is one finding, whose symptoms are named in it."""
    collapses = [rule("SIG001"), rule("SIG002"), rule("GRD001"), rule("GRD002"), rule("SIG005")]
    for each in collapses:
        found = findings(evidence(*each.firing[0].build()), rules())
        causes = [finding for finding in found if finding.code[:3] in {"SIG", "GRD", "OUT"}]
        assert len(causes) <= 1
