"""Rules on units and parameters fire on their firing examples, and not on their quiet ones."""

import pytest

from initscope.observe import observe
from initscope.planning.inventory import inventory
from initscope.rules import Evidence, Example, Rule, rules

FAMILIES = ("UNI", "PAR")
OWN = [rule for rule in rules() if rule.code.startswith(FAMILIES)]


def cases(kind: str) -> list[object]:
    """Name each example by its rule."""
    return [
        pytest.param(rule, example, id=f"{rule.code}-{example.name}")
        for rule in OWN
        for example in getattr(rule, kind)
    ]


def severities(rule: Rule, example: Example) -> list[str]:
    """Run one rule on one example."""
    model, args, options = example.build()
    trace = observe(model, *args, **options)
    evidence = Evidence(trace, None, inventory(model, trace))
    return [finding.severity for finding in rule.find(rule, evidence)]


@pytest.mark.parametrize(("rule", "example"), cases("firing"))
def test_firing_example(rule: Rule, example: Example) -> None:
    """A rule fires with a warning or an error."""
    assert {"warning", "error"}.intersection(severities(rule, example))


@pytest.mark.parametrize(("rule", "example"), cases("quiet"))
def test_quiet_example(rule: Rule, example: Example) -> None:
    """A rule says no more than information."""
    assert set(severities(rule, example)) <= {"info"}
