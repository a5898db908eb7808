"""Claims for people: a table, a page of each, and what a run found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from initscope.claims import Claim, Finding, Result, Verdict
from initscope.claims.claim import bounds
from initscope.report import numbers

STYLES = {"holds": "green", "fails": "red", "depends": "yellow", "undecided": "dim"}


def print_claims(table: Sequence[Claim], verdicts: Mapping[int, Verdict], console: Console) -> None:
    """Print a line for each claim, with the verdicts that are known."""
    shown = _table("", "claim", *(["verdict"] if verdicts else []))
    for claim in table:
        known = verdicts.get(claim.id)
        word = [_word(known.word) if known else numbers.MISSING] if verdicts else []
        shown.add_row(str(claim.id), Text(claim.statement), *word)
    console.print(shown)
    hint = "initscope claims show ID tells all about one, initscope claims run ID tests it."
    console.print(Text(hint, style="dim"))


def print_claim(claim: Claim, verdict: Verdict | None, console: Console) -> None:
    """Print everything that is known of a claim."""
    console.print(Text(f"{claim.id} {claim.slug}", style="bold"))
    console.print(Text(claim.statement))
    for heading, words in sections(claim):
        console.print()
        console.print(Text(heading, style="bold"))
        console.print(Text(words))
    console.print()
    if verdict is None:
        console.print(Text(f"No verdict is stored: initscope claims run {claim.id}", style="dim"))
        return
    console.print(Text("Verdict: ", style="bold").append(_word(verdict.word)))
    if verdict.condition:
        console.print(Text(f"{verdict.condition}."))
    console.print(_cases(verdict.findings))


def print_results(results: Sequence[Result], console: Console) -> None:
    """Print a line for each claim that was run, and below it where it depends on what."""
    shown = _table("", "verdict", "effect", "95% interval", "claim")
    for result in results:
        found = result.verdict
        words = Text(result.claim.statement)
        condition = [f"{found.condition}."] if found.condition else []
        for line in (*condition, *result.evidence.notes):
            words.append(f"\n{line}", style="dim")
        shown.add_row(
            str(result.claim.id),
            _word(found.word),
            numbers.significant(found.effect.value, 3),
            interval(found.effect.ci95),
            words,
        )
    console.print(shown)
    console.print(Text(_counted(results), style="dim"))


def sections(claim: Claim) -> Iterator[tuple[str, str]]:
    """Yield the words of a claim under their headings."""
    yield "Where it is said", f"{claim.said[0].upper()}{claim.said[1:]}."
    yield "Who showed it", f"{claim.first[0].upper()}{claim.first[1:]}."
    yield "Experiment", claim.experiment
    yield "Statistic", f"{claim.statistic[0].upper()}{claim.statistic[1:]}."
    yield "Criterion, fixed in advance", claim.why
    yield "In practice", claim.practice
    concerned = [*claim.rules, *claim.initializers]
    if concerned:
        yield "Concerns", f"{', '.join(concerned)}."


def plain(claim: Claim) -> dict[str, Any]:
    """Return a claim as plain data."""
    return {
        "id": claim.id,
        "slug": claim.slug,
        "statement": claim.statement,
        "said": claim.said,
        "first": claim.first,
        "experiment": claim.experiment,
        "statistic": claim.statistic,
        "criterion": claim.criterion,
        "why": claim.why,
        "practice": claim.practice,
        "rules": list(claim.rules),
        "initializers": list(claim.initializers),
    }


def interval(ends: tuple[float, float]) -> str:
    """Write an interval with three significant digits.

    >>> interval((0.12345, 1e-7))
    '[0.123, 1e−07]'
    """
    return f"[{numbers.significant(ends[0], 3)}, {numbers.significant(ends[1], 3)}]"


def _cases(findings: Sequence[Finding]) -> Table:
    shown = _table("case", "estimate", "95% interval", "holds", "")
    for each in findings:
        premise = " (premise)" if each.case.premise else ""
        shown.add_row(
            Text(f"{each.case.name}{premise}"),
            numbers.significant(each.estimate.value, 3),
            interval(each.estimate.ci95),
            bounds(each.case),
            _word(each.outcome),
        )
    return shown


def _counted(results: Sequence[Result]) -> str:
    words = [result.verdict.word for result in results]
    told = ", ".join(f"{words.count(word)} {word}" for word in STYLES if word in words)
    effort = results[0].effort if results else None
    seeds = f"; {effort.name} effort, seed set {effort.seed_set}" if effort else ""
    return f"{len(results)} claims: {told}{seeds}."


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in headings:
        table.add_column(heading, no_wrap=heading not in {"claim", "case"})
    return table


def _word(word: str) -> Text:
    return Text(word, style=STYLES[word])
