"""The rules of the linter: one file each, one table, one way to run them."""

from initscope.rules.evidence import Evidence
from initscope.rules.finding import SEVERITIES, Finding, Severity
from initscope.rules.findings import findings
from initscope.rules.rule import Example, Rule
from initscope.rules.table import rule, rules

__all__ = [
    "SEVERITIES",
    "Evidence",
    "Example",
    "Finding",
    "Rule",
    "Severity",
    "findings",
    "rule",
    "rules",
]
