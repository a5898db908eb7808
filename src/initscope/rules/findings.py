"""Every rule on one model; what follows from a finding is told with it, not beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from operator import not_

from initscope.rules.evidence import Evidence
from initscope.rules.finding import SEVERITIES, Finding
from initscope.rules.rule import Rule

_FAMILIES = ("PAR", "UNI", "SIG", "GRD", "OUT")
"""From causes to symptoms: of several causes, the first is named."""


def findings(evidence: Evidence, chosen: Iterable[Rule]) -> tuple[Finding, ...]:
    """Return what the rules find, the worst first, symptoms joined to their cause."""
    found = [(rule, each) for rule in chosen for each in rule.find(rule, evidence)]
    return tuple(sorted(_joined(found), key=lambda each: each.sort_key))


def _joined(found: Sequence[tuple[Rule, Finding]]) -> list[Finding]:
    """Take away symptoms that another finding explains, and name them there.

    A cause is as bad as its worst symptom.
    """
    rules = {finding.code: rule for rule, finding in found}
    causes = _causes(found, rules)
    roots = {code: _root(code, causes) for code in rules}
    all_found = [finding for _, finding in found]
    stands = [_is_cause(each, roots[each.code], all_found) for each in all_found]
    kept = list(compress(all_found, stands))
    told: dict[int, list[Finding]] = {index: [] for index in range(len(kept))}
    for finding in compress(all_found, map(not_, stands)):
        told[_nearest(finding, roots[finding.code], kept)].append(finding)
    return [_with_symptoms(finding, told[index]) for index, finding in enumerate(kept)]


def _is_cause(finding: Finding, root: str, found: Sequence[Finding]) -> bool:
    """Whether a finding stands by itself: nothing explains its code, or nothing at its place."""
    if root == finding.code:
        return True
    causes = [other for other in found if other.code == root]
    return finding.own and not any(_places(finding) & _places(other) for other in causes)


def _nearest(symptom: Finding, code: str, kept: Sequence[Finding]) -> int:
    """Choose among the findings of one rule: the worst, and of these one that shares a place."""
    places = _places(symptom)
    known = [index for index, finding in enumerate(kept) if finding.code == code]
    return min(
        known,
        key=lambda i: (SEVERITIES.index(kept[i].severity), not places & _places(kept[i]), i),
    )


def _places(finding: Finding) -> set[str]:
    return {finding.where, *finding.parameters, *finding.also}


def _with_symptoms(finding: Finding, symptoms: Sequence[Finding]) -> Finding:
    worst = min((finding, *symptoms), key=lambda each: SEVERITIES.index(each.severity))
    places = (f"{other.code} {other.where}" for other in symptoms)
    return finding.with_also(*places).with_severity(worst.severity)


def _causes(
    found: Sequence[tuple[Rule, Finding]], rules: Mapping[str, Rule]
) -> dict[str, str | None]:
    """Return for each code that was found the code that explains it."""
    worst = {
        code: min(SEVERITIES.index(each.severity) for _, each in found if each.code == code)
        for code in rules
    }
    return {code: _cause(code, rules, worst) for code in rules}


def _cause(code: str, rules: Mapping[str, Rule], worst: Mapping[str, int]) -> str | None:
    """Choose among the rules that explain a code; a remark explains no defect."""
    remark = SEVERITIES.index("info")
    known = [
        other
        for other, rule in rules.items()
        if other != code
        and code in rule.explains
        and other not in rules[code].explains
        and (worst[other] < remark or worst[code] == remark)
    ]
    return min(known, key=lambda other: (_FAMILIES.index(other[:3]), other), default=None)


def _root(code: str, causes: Mapping[str, str | None]) -> str:
    """Follow causes to the one that nothing explains."""
    seen = [code]
    while (cause := causes[seen[-1]]) is not None and cause not in seen:
        seen.append(cause)
    return seen[-1] if cause is None else min(seen)
