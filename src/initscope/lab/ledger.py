"""Claims: what textbooks say, with the verdicts that the store holds, and a test at the click."""

from __future__ import annotations

from typing import Any

from initscope.claims import Result, Verdict
from initscope.claims import claim as named
from initscope.claims import claims as table
from initscope.claims import run as measure
from initscope.claims.effort import EFFORTS, Effort
from initscope.claims.running import stored
from initscope.errors import InputError
from initscope.lab.fields import FieldError
from initscope.lab.link import Link
from initscope.lab.requests import Claims
from initscope.report.claim_charts import case_rows
from initscope.report.claims_text import sections
from initscope.store import Store


def run(request: Claims, link: Link) -> None:
    """Send the ledger and one claim; measure it first where that is asked for."""
    try:
        claim = named(request.claim)
    except InputError as error:
        raise FieldError("claim", str(error)) from None
    known = _known(link.storage)
    link.part("ledger", [_row(each.id, known) for each in table()])
    effort = request.effort if request.test else _best(known, claim.id)
    link.part("words", {"statement": claim.statement, "sections": list(sections(claim))})
    if effort:
        result = _result(claim.id, effort, link)
        known[claim.id] = {**known.get(claim.id, {}), effort: result.verdict}
        link.part("ledger", [_row(each.id, known) for each in table()])
        link.part("verdict", _verdict(result))
    words = "--quick" if request.effort == "quick" else ""
    link.part("again", _again(claim.id, words))


Known = dict[int, dict[str, Verdict]]
"""Verdicts by the claim's number and the effort."""


def _known(storage: str) -> Known:
    found: Known = {}
    with Store(storage) as store:
        for effort in EFFORTS:
            for number, verdict in stored(store, Effort(effort)).items():
                found.setdefault(number, {})[effort] = verdict
    return found


def _best(known: Known, number: int) -> str | None:
    return next((effort for effort in EFFORTS if effort in known.get(number, {})), None)


def _row(number: int, known: Known) -> dict[str, Any]:
    claim, effort = named(number), _best(known, number)
    return {
        "id": claim.id,
        "statement": claim.statement,
        "verdict": known[number][effort].word if effort else None,
    }


def _result(number: int, effort: str, link: Link) -> Result:
    """Return a claim's result: out of the store, or measured now."""
    link.interrupts = True  # evidence is stored whole or not at all
    try:
        link.proceed()
        chosen = next(each for each in EFFORTS if each == effort)
        return measure([number], effort=chosen, storage=link.storage, workers=1)[0]
    finally:
        link.interrupts = False


def _verdict(result: Result) -> dict[str, Any]:
    return {
        "word": result.verdict.word,
        "condition": result.verdict.condition,
        "statistic": result.claim.statistic,
        "effort": result.effort.name,
        "logarithmic": _is_logarithmic(result),
        "cases": case_rows(result),
        "notes": list(result.evidence.notes),
        "seconds": result.seconds,
    }


def _again(number: int, words: str) -> dict[str, str]:
    effort = "quick" if words else "full"
    return {
        "command": f"initscope claims run {number} {words}".strip(),
        "python": (
            "from initscope.claims import run\n\n"
            f"result = run([{number}], effort={effort!r})[0]\n"
            "print(result.verdict.word, result.verdict.condition)\n"
            "for each in result.verdict.findings:\n"
            "    print(each.case.name, each.estimate.value, each.estimate.ci95, each.outcome)\n"
        ),
    }


def _is_logarithmic(result: Result) -> bool:
    """Whether ratios are among what one axis shows, and all of it has a logarithm."""
    findings = result.verdict.findings
    some = any(each.case.kind == "ratio" for each in findings)
    return some and all(each.estimate.ci95[0] > 0 for each in findings)
