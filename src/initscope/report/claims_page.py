"""The page of all claims, in Markdown, from evidence of two sets of seeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from initscope.claims import Finding, Result
from initscope.claims.claim import bounds
from initscope.report import numbers
from initscope.report.claims_text import interval, sections


def page(first: Sequence[Result], second: Sequence[Result]) -> str:
    """Return the page.

    Args:
        first: every claim, from one set of seeds.
        second: the same claims from another set.
    """
    pairs = list(zip(first, second, strict=True))
    lines = [*_opening(pairs), *(line for pair in pairs for line in _chapter(*pair))]
    return "\n".join(lines)


Pairs = Sequence[tuple[Result, Result]]


def _opening(pairs: Pairs) -> Iterator[str]:
    yield from (
        "# Claims",
        "",
        "What textbooks and tutorials say of initialization, tested. Every claim is one file in",
        "[src/initscope/claims/statements](../src/initscope/claims/statements): its words, its",
        "experiment, a criterion that was fixed in advance. A verdict is computed from what the",
        "experiment measured, and from nothing else: *holds* or *fails* where the whole 95% "
        "interval",
        "of every case lies on one side of its bound, *depends* where some cases hold and others",
        "fail, *undecided* where an interval straddles its bound or a premise is not met. This "
        "page is",
        "made from [the evidence](evidence/claims.json) by `scripts/claim_pages`.",
        "",
        _agreement(pairs),
        "",
        "```console",
        "$ initscope claims",
        "$ initscope claims show 20",
        "$ initscope claims run 20",
        "$ initscope claims run --quick",
        "```",
        "",
        "| | claim | verdict | effect [95% interval] | other seeds |",
        "|---|---|---|---|---|",
    )
    for result, other in pairs:
        yield (
            f"| [{result.claim.id}](#{_anchor(result)}) | {result.claim.statement} "
            f"| {result.verdict.word} | {_effect(result)}: {result.claim.headline} "
            f"| {other.verdict.word}, {_effect(other)} |"
        )
    yield ""


def _agreement(pairs: Pairs) -> str:
    apart = [each for each, other in pairs if each.verdict.word != other.verdict.word]
    counted = f"{_cases(pairs)} Neither set was seen while experiments and criteria were settled."
    if not apart:
        return f"Two sets of seeds that share none give the same {len(pairs)} verdicts. {counted}"
    names = ", ".join(f"{each.claim.id} ({each.claim.slug})" for each in apart)
    return (
        f"Of {len(pairs)} verdicts, two sets of seeds that share none agree in "
        f"{len(pairs) - len(apart)}. They differ in {names}. {counted}"
    )


def _cases(pairs: Pairs) -> str:
    """Count the cases in which another set of seeds could have said something else."""
    rows = [
        (each.outcome == again.outcome, _is_exact(result, other, each.case.name))
        for result, other in pairs
        for each, again in zip(result.verdict.findings, other.verdict.findings, strict=True)
    ]
    alike = [outcome for outcome, exact in rows if not exact]
    return (
        f"Of {len(alike)} cases in which seeds differ, {sum(alike)} come out alike. The other "
        f"{len(rows) - len(alike)}, marked *exact*, have one number for every seed of both sets: "
        "identities, predictions of the theory, shares of all networks or of none."
    )


def _is_exact(result: Result, other: Result, name: str) -> bool:
    """Whether a case has the same number for every seed of both sets."""
    return len({*result.evidence.values[name], *other.evidence.values[name]}) == 1


def _anchor(result: Result) -> str:
    return f"{result.claim.id}-{result.claim.slug}"


def _effect(result: Result) -> str:
    found = result.verdict.effect
    return f"{numbers.significant(found.value, 3)} {interval(found.ci95)}"


def _chapter(result: Result, other: Result) -> Iterator[str]:
    claim, found = result.claim, result.verdict
    yield from (f"## {claim.id} {claim.slug}", "", claim.statement, "")
    condition = f" {found.condition}." if found.condition else ""
    yield from (f"**Verdict: {found.word}.**{condition}", "")
    for heading, words in sections(claim):
        yield from (f"**{heading}.** {words}", "")
    yield from ("| case | estimate [95% interval] | n | holds | outcome | other seeds |",)
    yield "|---|---|---|---|---|---|"
    for each, again in zip(found.findings, other.verdict.findings, strict=True):
        yield _row(each, again, exact=_is_exact(result, other, each.case.name))
    yield ""
    for note in result.evidence.notes:
        yield from (note, "")


def _row(found: Finding, again: Finding, *, exact: bool) -> str:
    case = found.case
    outcome = f"{found.outcome}, exact" if exact else found.outcome
    premise = " (premise)" if case.premise else ""
    estimates = [
        f"{numbers.significant(each.estimate.value, 3)} {interval(each.estimate.ci95)}"
        for each in (found, again)
    ]
    return (
        f"| {case.name}{premise} | {estimates[0]} | {found.estimate.n} | {bounds(case)} "
        f"| {outcome} | {again.outcome}, {estimates[1]} |"
    )
