"""A check as annotations that GitHub Actions shows beside the lines of a change."""

from __future__ import annotations

from pathlib import Path

from initscope.checking import CheckReport
from initscope.report.source_lines import relative
from initscope.rules import Finding

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}


def commands(report: CheckReport, root: Path) -> str:
    """Return one workflow command a finding.

    Args:
        report: what was found.
        root: folder that file names are relative to: the repository's.
    """
    return "".join(f"{_command(each, root)}\n" for each in report.findings)


def _command(finding: Finding, root: Path) -> str:
    properties = {"title": f"{finding.code} {finding.rule} at {finding.where}"}
    if finding.file:
        properties = {
            "file": relative(finding.file, root),
            "line": str(finding.line or 1),
            **properties,
        }
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    lines = (
        finding.message,
        f"measured: {finding.measured}",
        f"expected: {finding.expected}",
        f"remedy: {finding.remedy}",
    )
    return f"::{_COMMANDS[finding.severity]} {written}::{_data(chr(10).join(lines))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
