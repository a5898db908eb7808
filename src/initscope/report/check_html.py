"""A check as one HTML file."""

from __future__ import annotations

from typing import Any

import initscope
from initscope.checking import CheckReport
from initscope.report import check_text
from initscope.report.charts_theme import Rows, svg
from initscope.report.check_charts import profile_chart, profile_rows
from initscope.report.check_profile import Stop, profile
from initscope.report.finding_card import card
from initscope.report.numbers import significant
from initscope.report.page import Figure, render_page, versions
from initscope.rules import Finding


def render(report: CheckReport, command: str = "initscope.check(model, ...)") -> str:
    """Return a check as an HTML document."""
    return render_page(
        "check.html.j2",
        name=report.evidence.trace.model_class,
        title=check_text.verdict(report),
        findings=[_finding(each) for each in report.findings],
        notes=list(check_text.notes(report)),
        figures=figures(profile(report)),
        command=command,
        provenance=[f"initscope {initscope.__version__}", versions(("torch", "numpy"))],
    )


def _finding(finding: Finding) -> dict[str, Any]:
    return {**card(finding, ", ".join(finding.also)), "place": check_text.place(finding)}


def figures(stops: tuple[Stop, ...]) -> list[Figure]:
    """Return the depth profile; nothing where there is no value to draw."""
    chart = profile_chart(stops)
    if chart is None:
        return []
    predicted = any(stop.predicted_signal or stop.predicted_gradient for stop in stops)
    theory = (
        " Dashed: what mean-field theory expects of these parameters; bands hold 95% of all "
        "networks of these sizes."
        if predicted
        else ""
    )
    caption = (
        "Second moment of the signal, and squared norm of the gradient of one input, along the "
        f"main path of the model, from the input to the output.{theory}"
    )
    return [Figure("Depth profile", caption, svg(chart), _written(profile_rows(stops)))]


def _written(rows: Rows) -> Rows:
    return [
        {
            name: significant(value) if value is None or isinstance(value, float) else value
            for name, value in row.items()
        }
        for row in rows
    ]
