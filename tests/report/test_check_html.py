"""A check's page in a real browser."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from initscope import write_report
from initscope.report.check_charts import profile_chart, profile_rows
from initscope.report.check_html import render
from initscope.report.check_profile import profile


def test_html(checked, snapshot):
    """The findings and notes of the page; the chart has tests of its own."""
    page = render(checked)
    assert page[page.index("<main>") : page.index("<figure>")] == snapshot


@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 1280)])
def test_axe_finds_no_violation(page: Page, predicted, tmp_path, scheme, width):
    """Accessible in both colour schemes, narrow and wide; no request goes elsewhere."""
    write_report(predicted, tmp_path / "check.html")
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(message.text))
    page.on(
        "request",
        lambda request: None if request.url.startswith("file:") else trouble.append(request.url),
    )
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto((tmp_path / "check.html").as_uri())
    page.locator("summary").click()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("figure tbody tr").count() == 16
    assert trouble == []


def test_print_shows_everything_on_pages(page: Page, predicted, tmp_path):
    """A printed report has no clipped chart."""
    write_report(predicted, tmp_path / "check.html")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 794, "height": 1123})  # A4 at 96 dots an inch
    page.goto((tmp_path / "check.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 794


def test_a_page_is_safe_and_asks_for_nothing(checked):
    """No script, no address; what a model is called is text."""
    page = render(checked, command="initscope check '<b>:x'")
    assert "<script" not in page
    assert "<b>" not in page
    addresses = set(re.findall(r"https?://[^\s\"'<>]+", page))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_the_chart_has_a_band_only_where_there_is_a_prediction(checked, predicted):
    """Measured alone, or with line and band beside it."""
    alone = profile_chart(profile(checked)).to_json()
    beside = profile_chart(profile(predicted)).to_json()
    assert '"area"' not in alone
    assert '"area"' in beside
    rows = profile_rows(profile(predicted))
    assert [row["low"] for row in rows if row["quantity"] == "signal"] == [0.5] * 7 + [None]
    # The gradient's prediction is in the units of what is drawn: a whole input's, of 64 elements.
    gradients = [row["predicted"] for row in rows if row["quantity"] == "gradient"]
    assert gradients == pytest.approx([64 * 2.0**-9] * 7 + [None])


def test_a_model_without_a_path_has_no_chart():
    """Nothing to draw is no error."""
    assert profile_chart([]) is None
