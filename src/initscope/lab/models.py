"""Models: what `check` found in models of one's own, as the store keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from initscope.lab.fields import FieldError
from initscope.lab.link import Link
from initscope.lab.requests import Models
from initscope.report import check_json
from initscope.report.finding_card import card
from initscope.rules import SEVERITIES
from initscope.store import Store, StoredCheck

MOST_LISTED = 500
_MOST_PLACES = 6


def run(request: Models, link: Link) -> None:
    """Send the list of checks, and the one that is asked for."""
    kept, address = _kept(link.storage)
    if request.document:
        link.report(_document(_chosen(kept, request.check)))
        return
    link.part("checks", [_row(each) for each in kept[:MOST_LISTED]])
    if not kept and not request.check:
        return
    chosen = _chosen(kept, request.check)
    link.part("check", {**_row(chosen), **_report(chosen.report)})
    link.part("again", _again(chosen, address))


def _kept(storage: str) -> tuple[list[StoredCheck], str]:
    """Return the checks of the store, and its address without a password."""
    with Store(storage) as store:
        return store.checks(), store.url


def _chosen(kept: list[StoredCheck], number: int) -> StoredCheck:
    """Return a check by its number; 0 is the newest."""
    for each in kept:
        if number in (0, each.id):
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
        "notes": _said(report),
        "findings": [_finding(each) for each in report["findings"]],
    }


def _finding(plain: Mapping[str, Any]) -> dict[str, Any]:
    finding = check_json.finding(plain)
    return card(finding, ", ".join(finding.also[:_MOST_PLACES]))


def _document(check: StoredCheck) -> str:
    from initscope.report import check_kept  # draws charts, which takes a second to load

    findings = [
        {**each, "place": each["where"]} for each in map(_finding, check.report["findings"])
    ]
    return check_kept.render(check, findings, _said(check.report))


def _said(report: Mapping[str, Any]) -> list[str]:
    """Say what was seen, and what was not."""
    seen = report["coverage"]
    words = [f"{seen['observed']} operations observed."]
    if seen["predicted"] is not None:
        words.append(
            f"Predictions: {seen['predicted']} of {seen['predictable']} measured statistics have "
            f"one{_within(seen.get('within'))}."
        )
    return [*words, *report["notes"]]


def _within(count: int | None) -> str:
    """Say how many predictions hold; reports of older versions do not tell."""
    return "" if count is None else f"; {count} of them lie within its 95% interval"


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
