"""A check in the Static Analysis Results Interchange Format, SARIF 2.1.0 (OASIS, 2020)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import initscope
from initscope.checking import CheckReport
from initscope.checking.baseline import fingerprint
from initscope.report.source_lines import uri
from initscope.rules import Finding, Rule, rules

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def log(report: CheckReport, root: Path, table: Sequence[Rule] | None = None) -> dict[str, Any]:
    """Return a SARIF log.

    Args:
        report: what was found; known and ignored findings are counted.
        root: folder that file names are relative to: the repository's.
        table: the rules to describe; all of them where left out.
    """
    described = rules() if table is None else tuple(table)
    indices = {rule.code: index for index, rule in enumerate(described)}
    driver = {
        "name": "initscope",
        "semanticVersion": initscope.__version__,
        "rules": [_rule(rule) for rule in described],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": True}],
        "originalUriBaseIds": {"ROOT": {"uri": f"{root.as_uri()}/"}},
        "results": [_result(each, root, indices) for each in report.findings],
        "properties": {"known": len(report.known), "ignored": len(report.ignored)},
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> dict[str, Any]:
    words = f"{rule.why}\n\nMeasured: {rule.how}\n\nRemedy: {rule.remedy}\n\n{rule.reference}"
    return {
        "id": rule.code,
        "name": rule.slug,
        "shortDescription": {"text": rule.what},
        "fullDescription": {"text": rule.why},
        "help": {"text": words},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(finding: Finding, root: Path, indices: dict[str, int]) -> dict[str, Any]:
    index = {"ruleIndex": indices[finding.code]} if finding.code in indices else {}
    return {
        "ruleId": finding.code,
        **index,
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(finding)},
        "locations": [_location(finding, root)],
        "partialFingerprints": {"initscope/v1": fingerprint(finding)},
        "properties": {
            "measured": finding.measured,
            "expected": finding.expected,
            "remedy": finding.remedy,
            "cause": finding.cause,
            "also": list(finding.also),
            "parameters": list(finding.parameters),
        },
    }


def _message(finding: Finding) -> str:
    return (
        f"{finding.where}: {finding.message} (measured: {finding.measured}; expected: "
        f"{finding.expected}). {finding.remedy}"
    )


def _location(finding: Finding, root: Path) -> dict[str, Any]:
    logical = [{"fullyQualifiedName": finding.where, "kind": "member"}]
    if not finding.file:
        return {"logicalLocations": logical}
    reference = uri(finding.file, root)
    base = {} if reference.startswith("file:") else {"uriBaseId": "ROOT"}
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": reference, **base},
            "region": {"startLine": finding.line or 1},
        },
        "logicalLocations": logical,
    }
