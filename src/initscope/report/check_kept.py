"""A check that a store keeps, as one HTML file."""

from __future__ import annotations

from typing import Any

import initscope
from initscope.report.check_html import figures
from initscope.report.check_profile import Band, Stop
from initscope.report.page import render_page
from initscope.store import StoredCheck

_UNMEASURED = float("nan")  # null in the store: no finite number, and no place on a chart


def render(check: StoredCheck, findings: list[dict[str, Any]], notes: list[str]) -> str:
    """Return a kept check as an HTML document.

    Args:
        check: what the store holds.
        findings: of the check, as a page shows them: `place`, `message` and `rows` of words.
        notes: what was seen, in sentences.
    """
    report: Any = check.report
    return render_page(
        "check.html.j2",
        name=check.name,
        title=report["model"],
        findings=findings,
        notes=notes,
        figures=figures(tuple(_stop(layer) for layer in report["layers"])),
        command=f"initscope check package.module:factory --name {check.name!r}",
        provenance=[
            f"initscope {initscope.__version__}",
            f"checked {check.created:%Y-%m-%d %H:%M}",
        ],
    )


def _stop(layer: dict[str, Any]) -> Stop:
    signal = layer["signal"]
    return Stop(
        **{name: layer[name] for name in ("layer", "name", "kind", "gradient")},
        signal=_UNMEASURED if signal is None else signal,
        predicted_signal=_band(layer["predicted_signal"]),
        predicted_gradient=_band(layer["predicted_gradient"]),
    )


def _band(found: dict[str, float | None] | None) -> Band | None:
    """Return a band; none where one of its numbers was not finite."""
    if found is None:
        return None
    low, middle, high = (found[name] for name in ("low", "second_moment", "high"))
    if low is None or middle is None or high is None:
        return None
    return Band(middle, low, high)
