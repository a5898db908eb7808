"""Every rule on one model; what follows from a finding is told with it, not beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from initscope.rules.evidence import Evidence
from initscope.rules.finding import Finding
from initscope.rules.rule import Rule


def findings(evidence: Evidence, chosen: Iterable[Rule]) -> tuple[Finding, ...]:
    """Return what the rules find, the worst first, symptoms joined to their cause."""
    found = [(rule, each) for rule in chosen for each in rule.find(rule, evidence)]
    return tuple(sorted(_joined(found), key=lambda each: each.sort_key))


def _joined(found: Sequence[tuple[Rule, Finding]]) -> list[Finding]:
    """Take away symptoms that another finding explains, and name them there."""
    by_code = {finding.code: (rule, finding) for rule, finding in reversed(found)}
    kept: list[Finding] = []
    for rule, finding in found:
        cause = _cause(finding, by_code, rule)
        if cause is None:
            kept.append(finding)
    for index, finding in enumerate(kept):
        symptoms = [
            f"{other.code} {other.where}"
            for rule, other in found
            if _cause(other, by_code, rule) == finding.code
        ]
        if symptoms and by_code[finding.code][1] is finding:
            kept[index] = finding.with_also(*symptoms)
    return kept


def _cause(finding: Finding, by_code: dict[str, tuple[Rule, Finding]], own: Rule) -> str | None:
    """Return the code of a worse or equal finding whose rule explains this one."""
    for code, (rule, cause) in by_code.items():
        mutual = code in own.explains
        worse = cause.sort_key[0] <= finding.sort_key[0]
        if finding.code in rule.explains and code != finding.code and worse and not mutual:
            return code
    return None
