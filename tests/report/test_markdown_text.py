"""Pages in the terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from initscope.report import markdown_text, palette
from initscope.report.charts_theme import svg
from initscope.report.topic_charts import chart
from initscope.topics.question_page import measured


@pytest.mark.parametrize(
    ("formula", "plain"),
    [
        (r"\sigma^2 = \frac{2}{n + m}", "σ² = 2/(n + m)"),
        (r"\sqrt{6 / n}", "√(6 / n)"),
        (r"\sqrt{2}", "√2"),
        (r"x_{12}^{-1}", "x₁₂⁻¹"),
        (r"a \cdot \frac{1}{2}, \qquad b", "a · 1/2,    b"),
    ],
)
def test_formulas_become_plain_signs(formula, plain):
    """Fractions, roots, indices and powers."""
    assert markdown_text.plain(formula) == plain


def test_a_page_in_the_terminal(snapshot):
    """A heading, a formula, code, a table; charts are left out."""
    text = (
        "Keeps $\\sigma_w^2 = 1$.\n\n## Table\n\n| $\\chi_1$ | b |\n|---|---|\n| 1 | 2 |\n\n"
        "```{chart} 1\n:x: a\nA caption.\n```\n\n```console\n$ initscope gain\n```\n"
    )
    console = Console(file=io.StringIO(), width=80, color_system=None)
    markdown_text.print_page("A title", text, console)
    assert console.file.getvalue() == snapshot


def test_charts_have_a_dark_partner_for_every_colour():
    """What is drawn in light colours can be shown on a dark page."""
    for found in measured().values():
        for each in found["charts"]:
            drawn = svg(chart(each))
            assert drawn.startswith("<svg")
            assert palette.dark(drawn) != drawn
            assert all(line["name"] in drawn for line in each["lines"])
