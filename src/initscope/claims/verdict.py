"""From evidence to a verdict: nothing but arithmetic, so that other numbers give another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any, Literal

from initscope.claims.claim import Case, Claim
from initscope.claims.estimate import Estimate, estimate
from initscope.claims.evidence import Evidence

Outcome = Literal["holds", "fails", "undecided"]
Word = Literal["holds", "fails", "depends", "undecided"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one case says.

    Attributes:
        case: the condition and its criterion.
        estimate: the statistic there.
        outcome: "holds", "fails", or "undecided" where the interval straddles a bound.
    """

    case: Case
    estimate: Estimate
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the evidence says of a claim.

    Attributes:
        word: "holds" or "fails" where all cases agree; "depends" where some hold and others fail;
            "undecided" where no decided case contradicts another, and one is undecided; also where
            a premise is not met.
        condition: under which it holds and fails, where that depends.
        effect: the estimate of the case that stands for the claim.
        findings: of every case.
    """

    word: Word
    condition: str
    effect: Estimate
    findings: tuple[Finding, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


def judge(claim: Claim, evidence: Evidence) -> Verdict:
    """Hold the evidence against the claim's criterion."""
    findings = tuple(_finding(case, evidence) for case in claim.cases)
    effect = next(each.estimate for each in findings if each.case.name == claim.headline)
    word = _word(findings)
    return Verdict(word, _condition(findings, claim.axis), effect, findings)


def _finding(case: Case, evidence: Evidence) -> Finding:
    found = estimate(evidence.values[case.name], case.kind)
    low, high = found.ci95
    if case.low <= low and high <= case.high:
        return Finding(case, found, "holds")
    if high < case.low or low > case.high:
        return Finding(case, found, "fails")
    return Finding(case, found, "undecided")


def _word(findings: Sequence[Finding]) -> Word:
    if any(each.case.premise and each.outcome != "holds" for each in findings):
        return "undecided"
    outcomes = {each.outcome for each in findings if not each.case.premise}
    if {"holds", "fails"} <= outcomes:
        return "depends"
    if "undecided" in outcomes:
        return "undecided"
    return "holds" if outcomes == {"holds"} else "fails"


def _condition(findings: Sequence[Finding], axis: str) -> str:
    """Say for which cases it holds and for which not, ranges of a number as ranges."""
    unmet = [each.case.name for each in findings if each.case.premise and each.outcome != "holds"]
    if unmet:
        return f"Premise not met: {', '.join(unmet)}"
    tested = [each for each in findings if not each.case.premise]
    words: list[Outcome] = ["holds", "fails", "undecided"]
    parts = {word: _named(tested, word, axis) for word in words}
    told = [f"{word.capitalize()} for {'; '.join(names)}" for word, names in parts.items() if names]
    return ". ".join(told) if len(told) > 1 else ""


def _named(findings: Sequence[Finding], word: Outcome, axis: str) -> list[str]:
    """Name the cases of one outcome; neighbours in a group are a range."""
    named: list[str] = []
    ranges: dict[str, list[str]] = {}
    for (group, outcome), run in groupby(findings, lambda each: (each.case.group, each.outcome)):
        cases = [each.case for each in run]
        if outcome != word:
            continue
        if not group:
            named += [case.name for case in cases]
            continue
        ends = dict.fromkeys(f"{case.at:g}" for case in (cases[0], cases[-1]))
        ranges.setdefault(group, []).append(" to ".join(ends))
    return named + [f"{group} at {axis} {' and '.join(ends)}" for group, ends in ranges.items()]
