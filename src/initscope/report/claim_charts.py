"""The chart of a claim: every case's estimate and interval, beside where the claim holds."""

from __future__ import annotations

import math
from typing import Any

import altair as alt

from initscope.claims import Finding, Result
from initscope.claims.claim import bounds
from initscope.claims.estimate import Kind
from initscope.report import palette
from initscope.report.charts_theme import Rows, scale, theme

COLOURS = {"holds": palette.SERIES[2], "fails": palette.SERIES[1], "undecided": palette.MUTED}
_SHAPES = {"holds": "circle", "fails": "cross", "undecided": "diamond"}
_LEGEND = alt.Legend(orient="top", title=None, symbolSize=90, symbolOpacity=1)
_ROW = 22  # pixels
_MARGIN = 0.06  # of the axis, beyond the outermost numbers


def case_rows(result: Result) -> Rows:
    """Return a row for each case: estimate, interval, criterion, outcome."""
    return [_row(each) for each in result.verdict.findings]


def _row(found: Finding) -> dict[str, Any]:
    case, (low, high) = found.case, found.estimate.ci95
    return {
        "case": f"{case.name}{' (premise)' if case.premise else ''}",
        "estimate": found.estimate.value,
        "low": low,
        "high": high,
        "from": case.low,
        "to": case.high,
        "criterion": bounds(case),
        "outcome": found.outcome,
        "n": found.estimate.n,
    }


def forest(result: Result) -> alt.VConcatChart:
    """Draw each case as a point with its interval, on a band that is its criterion.

    Factors have a logarithmic axis; means and shares beside them have a panel of their own.
    """
    kind = result.claim.case(result.claim.headline).kind
    title, _, other = result.claim.statistic.partition("; ")
    titles = {kind: title}
    for case in result.claim.cases:
        titles.setdefault(case.kind, other or case.kind)
    chart: alt.VConcatChart = alt.vconcat(
        *(_panel(result, each, words) for each, words in titles.items())
    ).configure(**theme())
    return chart


def _panel(result: Result, kind: Kind, title: str) -> alt.LayerChart | alt.FacetChart:
    found = [each for each in result.verdict.findings if each.case.kind == kind]
    rows = [row for row in map(_row, found) if math.isfinite(row["low"] + row["high"])]
    logarithmic = kind == "ratio"
    domain = _domain(rows, logarithmic=logarithmic)
    x = alt.Scale(type="log" if logarithmic else "linear", domain=list(domain), nice=False)
    base = alt.Chart(alt.Data(values=[_within(row, domain) for row in rows])).encode(
        y=alt.Y("case:N", sort=[row["case"] for row in rows], title=None)
    )
    band = base.mark_bar(color=palette.GRID[0], opacity=0.6, height=_ROW - 6).encode(
        x=alt.X("from:Q", scale=x, title=_broken(title)), x2="to:Q"
    )
    return alt.layer(band, *_estimates(base, x)).properties(
        width=440, height=_ROW * max(len(rows), 2)
    )


def _estimates(base: alt.Chart, x: alt.Scale) -> tuple[alt.Chart, alt.Chart]:
    """Draw intervals, and points that differ in colour and shape by outcome."""
    colours = scale(list(COLOURS), [light for light, _ in COLOURS.values()])
    colour = alt.Color("outcome:N", scale=colours, legend=_LEGEND)
    shapes = scale(list(_SHAPES), list(_SHAPES.values()))
    intervals = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", scale=x), x2="high:Q", color=colour
    )
    points = base.mark_point(filled=True, size=70, opacity=1).encode(
        x=alt.X("estimate:Q", scale=x),
        color=colour,
        shape=alt.Shape("outcome:N", scale=shapes),
        tooltip=["case:N", "estimate:Q", "low:Q", "high:Q", "criterion:N", "n:Q"],
    )
    return intervals, points


def _domain(rows: Rows, *, logarithmic: bool) -> tuple[float, float]:
    """Return the ends of the axis: every interval, and every bound that is finite."""
    ends = [row[name] for row in rows for name in ("low", "high", "from", "to")]
    known = [value for value in ends if math.isfinite(value) and (value > 0 or not logarithmic)]
    low, high = min(known, default=1.0), max(known, default=1.0)
    if logarithmic:
        play = (high / low) ** _MARGIN if high > low else 2.0
        return low / play, high * play
    play = _MARGIN * (high - low) or 0.5
    return low - play, high + play


def _within(row: dict[str, Any], domain: tuple[float, float]) -> dict[str, Any]:
    """Cut the criterion at the ends of the axis; a criterion of one number gets a width."""
    low, high = domain
    start, end = (min(max(row[name], low), high) for name in ("from", "to"))
    if start == end:
        play = (high - low) / 200
        start, end = start - play, end + play
    return {**row, "from": start, "to": end}


def _broken(words: str) -> list[str]:
    """Break a long title into lines."""
    lines = [""]
    for word in words.split():
        if len(lines[-1]) + len(word) > 60:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
