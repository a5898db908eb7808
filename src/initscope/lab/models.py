"""Models: what `check` found in models of one's own, as the store keeps it."""

from __future__ import annotations

from typing import Any

from initscope.errors import InputError
from initscope.lab.fields import FieldError
from initscope.lab.link import Link
from initscope.lab.requests import Models
from initscope.report import check_text
from initscope.rules import SEVERITIES, rule
from initscope.store import Store, StoredCheck

MOST_LISTED = 500


def run(request: Models, link: Link) -> None:
    """Send the list of checks, and the one that is asked for."""
    kept, address = _kept(link.storage)
    link.part("checks", [_row(each) for each in kept[:MOST_LISTED]])
    if not kept and not request.check:
        return
    chosen = kept[0] if not request.check else _by_id(kept, request.check)
    link.part("report", {**_row(chosen), **_report(chosen.report)})
    link.part("again", _again(chosen, address))


def _kept(storage: str) -> tuple[list[StoredCheck], str]:
    """Return the checks of the store, and its address without a password."""
    with Store(storage) as store:
        return store.checks(), store.url


def _by_id(kept: list[StoredCheck], number: int) -> StoredCheck:
    for each in kept:
        if each.id == number:
            return each
    raise FieldError("check", f"there is no check {number} in the store")


def _row(check: StoredCheck) -> dict[str, Any]:
    return {
        "id": check.id,
        "name": check.name,
        "created": check.created.isoformat(timespec="seconds"),
        "model": check.report["model"],
        "verdict": _verdict(check),
    }


def _verdict(check: StoredCheck) -> str:
    found = [each["severity"] for each in check.report["findings"]]
    counts = [(severity, found.count(severity)) for severity in SEVERITIES]
    words = [f"{n} {severity}{'s' * (n > 1 and severity != 'info')}" for severity, n in counts if n]
    return ", ".join(words) or "nothing found"


def _report(report: Any) -> dict[str, Any]:
    return {
        "layers": report["layers"],
        "notes": report["notes"],
        "coverage": report["coverage"],
        "findings": [_finding(each) for each in report["findings"]],
    }


def _finding(finding: dict[str, Any]) -> dict[str, Any]:
    rows = {
        "measured": finding["measured"],
        "expected": finding["expected"],
        "why": finding["cause"] or _why(finding["code"]),
        "remedy": finding["remedy"],
        "also": ", ".join(finding["also"][:6]),
    }
    return {
        **{name: finding[name] for name in ("severity", "code", "rule", "where")},
        "message": check_text.sentence(finding["message"]),
        "rows": {name: value for name, value in rows.items() if value},
    }


def _why(code: str) -> str:
    """Return why a defect is bad; nothing for a rule that this version does not know."""
    try:
        return rule(code).why
    except InputError:
        return ""


def _again(check: StoredCheck, storage: str) -> dict[str, str]:
    return {
        "command": f"initscope check package.module:factory --name {check.name!r}",
        "python": (
            "import initscope\n"
            "from initscope.report.check_saved import save_check\n\n"
            "report = initscope.check(model, inputs)\n"
            f"save_check(report, {check.name!r}, {storage!r})\n"
        ),
    }
