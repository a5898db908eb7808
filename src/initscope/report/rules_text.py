"""The linter's rules for people: a table, a page of each, and the page of them all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from initscope.rules import Rule

_FAMILIES = {
    "SIG": "Signals",
    "GRD": "Gradients",
    "UNI": "Units",
    "PAR": "Parameters",
    "OUT": "Outputs",
}


def print_rules(table: Sequence[Rule], console: Console) -> None:
    """Print a line for each rule."""
    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("code", "rule", "severity"):
        shown.add_column(heading, no_wrap=True)
    shown.add_column("what it finds")
    for rule in table:
        shown.add_row(rule.code, rule.slug, rule.severity, Text(rule.what))
    console.print(shown)
    console.print(Text("initscope explain CODE tells all about one of them.", style="dim"))


def text(rule: Rule) -> str:
    """Return everything that is known of a rule, in Markdown without a heading."""
    sections = (f"**{heading}.** {words}" for heading, words in _sections(rule))
    return "\n\n".join((rule.what, *sections))


def plain(rule: Rule) -> dict[str, Any]:
    """Return a rule as plain data."""
    return {
        "code": rule.code,
        "rule": rule.slug,
        "severity": rule.severity,
        "what": rule.what,
        "why": rule.why,
        "how": rule.how,
        "remedy": rule.remedy,
        "reference": rule.reference,
        "explains": list(rule.explains),
        "firing": [each.name for each in rule.firing],
        "quiet": [each.name for each in rule.quiet],
    }


def page(table: Sequence[Rule]) -> str:
    """Return the page of all rules, in Markdown."""
    return "\n".join([*_opening(table), *(line for rule in table for line in _chapter(rule))])


def _opening(table: Sequence[Rule]) -> Iterator[str]:
    yield from (
        "# Rules",
        "",
        "What `initscope check` looks for. Every rule is one file in",
        "[src/initscope/rules/checks](../src/initscope/rules/checks); this page is made from them",
        "by `scripts/rule_pages`, and the examples are their tests. A code is never reused.",
        "",
        "| code | rule | severity | what it finds |",
        "|---|---|---|---|",
    )
    for rule in table:
        anchor = f"#{rule.code.lower()}-{rule.slug}"
        yield f"| [{rule.code}]({anchor}) | {rule.slug} | {rule.severity} | {rule.what} |"
    yield ""


def _chapter(rule: Rule) -> Iterator[str]:
    family = _FAMILIES.get(rule.code[:3], "")
    yield from (f"## {rule.code} {rule.slug}", "", f"{family}, {rule.severity}. {rule.what}", "")
    for heading, words in _sections(rule):
        yield from (f"**{heading}.** {words}", "")


def _sections(rule: Rule) -> Iterator[tuple[str, str]]:
    yield "Why it is bad", rule.why
    yield "How it is measured", rule.how
    yield "How to mend it", rule.remedy
    if rule.explains:
        yield "What follows from it", f"{', '.join(rule.explains)}: told with it, not beside it."
    yield "Fires on", f"{'; '.join(each.name for each in rule.firing)}."
    yield "Stays quiet on", f"{'; '.join(each.name for each in rule.quiet)}."
    yield "Reference", f"{rule.reference}."
