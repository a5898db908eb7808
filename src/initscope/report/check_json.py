"""A check as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from initscope.checking import CheckReport, FixResult
from initscope.report.check_profile import Band, Stop, profile
from initscope.report.plain import finite
from initscope.rules import Finding

SCHEMA_VERSION = 1


def plain(report: CheckReport) -> dict[str, Any]:
    """Return a report as plain data; null stands for a number that is not finite."""
    trace = report.evidence.trace
    found = {
        "schema_version": SCHEMA_VERSION,
        "model": trace.model_class,
        "objective": trace.objective,
        "loss": trace.loss,
        "batches": trace.batches,
        "ok": report.ok,
        "findings": findings(report.findings),
        "ignored": findings(report.ignored),
        "known": findings(report.known),
        "layers": [_layer(stop) for stop in profile(report)],
        "coverage": _coverage(report),
        "notes": list(trace.notes),
    }
    return dict(finite(found))


def fixed(result: FixResult) -> dict[str, Any]:
    """Return the report after mending, and under "fix" what was done and how it was before."""
    return {
        **plain(result.after),
        "fix": {
            "applied": list(result.applied),
            "reverted": result.reverted or None,
            "audit_ok": result.audit.ok if result.audit else None,
            "before": findings(result.before.findings),
        },
    }


def findings(found: Sequence[Finding]) -> list[dict[str, Any]]:
    """Return findings as plain data."""
    return [
        {
            "code": each.code,
            "rule": each.rule,
            "severity": each.severity,
            "where": each.where,
            "message": each.message,
            "measured": each.measured,
            "expected": each.expected,
            "cause": each.cause or None,
            "remedy": each.remedy,
            "file": each.file,
            "line": each.line,
            "also": list(each.also),
            "parameters": list(each.parameters),
        }
        for each in found
    ]


def finding(plain: Mapping[str, Any]) -> Finding:
    """Return a finding from its plain data, as `findings` made it."""
    texts = {"cause": plain["cause"] or ""}
    places = {name: tuple(plain[name]) for name in ("also", "parameters")}
    return Finding(**{**plain, **texts, **places})


def _layer(stop: Stop) -> dict[str, Any]:
    return {
        "layer": stop.layer,
        "name": stop.name,
        "kind": stop.kind,
        "signal": stop.signal,
        "gradient": stop.gradient,
        "predicted_signal": _band(stop.predicted_signal),
        "predicted_gradient": _band(stop.predicted_gradient),
    }


def _band(band: Band | None) -> dict[str, float] | None:
    if band is None:
        return None
    return {"second_moment": band.second_moment, "low": band.low, "high": band.high}


def _coverage(report: CheckReport) -> dict[str, Any]:
    seen, prediction = report.coverage, report.evidence.prediction
    return {
        "observed": seen.observed,
        "other": dict(seen.other),
        "opaque": dict(seen.opaque),
        "custom_gradients": list(seen.custom_gradients),
        "unused_parameters": list(seen.unused_parameters),
        "unused_modules": list(seen.unused_modules),
        "without_gradient": seen.without_gradient,
        "predicted": prediction.predicted if prediction is not None else None,
        "within": prediction.within if prediction is not None else None,
        "predictable": prediction.measured if prediction is not None else None,
    }
