"""A finding as a page shows it: what it says, and its evidence by name."""

from __future__ import annotations

from typing import Any

from initscope.report import check_text
from initscope.rules import Finding


def card(finding: Finding, also: str) -> dict[str, Any]:
    """Return a finding as plain data for a page; evidence that it lacks is left out.

    Args:
        finding: what a rule found.
        also: the other places, in words.
    """
    rows = {
        "measured": finding.measured,
        "expected": finding.expected,
        "why": check_text.why(finding),
        "remedy": finding.remedy,
        "also": also,
    }
    return {
        "severity": finding.severity,
        "code": finding.code,
        "rule": finding.rule,
        "where": finding.where,
        "message": check_text.sentence(finding.message),
        "rows": {name: value for name, value in rows.items() if value},
    }
