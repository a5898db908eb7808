"""The HTML report in a real browser: light, dark, narrow, wide, printed."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

import initscope
from initscope.report.compare_html import render


@pytest.fixture
def report(comparison, tmp_path):
    path = tmp_path / "report.html"
    initscope.write_report(comparison, path)
    return path


@pytest.fixture
def quiet(page: Page):
    """A page that fails the test on any console message, error or request to elsewhere."""
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(message.text))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on(
        "request",
        lambda request: None if request.url.startswith("file:") else trouble.append(request.url),
    )
    yield page
    assert trouble == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280, 3840])
def test_axe_finds_no_violation(quiet, report, scheme, width):
    """Accessible in both colour schemes, from a telephone to a wall."""
    quiet.emulate_media(color_scheme=scheme)
    quiet.set_viewport_size({"width": width, "height": 900})
    quiet.goto(report.as_uri())
    for details in quiet.locator("summary").all():
        details.click()
    found = Axe().run(quiet)
    assert found.violations_count == 0, found.generate_report()
    assert quiet.evaluate("document.documentElement.scrollWidth") <= width


def test_the_dark_page_is_dark_and_so_are_its_charts(quiet, report):
    """Page, text and chart colours follow the system's setting."""

    def colours() -> tuple[str, str, str]:
        return (
            quiet.evaluate("getComputedStyle(document.body).backgroundColor"),
            quiet.evaluate("getComputedStyle(document.querySelector('h1')).color"),
            quiet.evaluate(
                "getComputedStyle(document.querySelector('figure svg .mark-line path')).stroke"
            ),
        )

    quiet.emulate_media(color_scheme="light")
    quiet.goto(report.as_uri())
    assert colours() == ("rgb(255, 255, 255)", "rgb(31, 35, 40)", "rgb(0, 114, 178)")
    quiet.emulate_media(color_scheme="dark")
    assert colours() == ("rgb(21, 24, 28)", "rgb(230, 232, 235)", "rgb(86, 180, 233)")


def test_every_chart_has_its_data_as_a_table(quiet, report):
    """A reader who sees no chart finds the same numbers below it."""
    quiet.goto(report.as_uri())
    figures = quiet.locator("figure")
    assert figures.count() == 3
    for figure in figures.all():
        table = figure.locator("table")
        assert not table.is_visible()
        figure.locator("summary").click()
        assert table.is_visible()
        assert table.locator("tbody tr").count() > 3
    counts = figures.nth(2).locator("tbody tr").all_inner_texts()
    assert "normal(std=3)\tdiverged\t2\t0.1667\t2" in counts


def test_the_summary_table_says_what_the_terminal_says(quiet, report):
    """Names are row headers; the best is in bold."""
    quiet.goto(report.as_uri())
    table = quiet.get_by_role("region", name="Summary table")
    names = table.get_by_role("rowheader").all_inner_texts()
    assert names == ["zeros", "normal(std=3)", "glorot_uniform", "he_uniform"]
    weight = "element => getComputedStyle(element).fontWeight"
    assert table.get_by_role("rowheader", name="glorot_uniform").evaluate(weight) == "700"


def test_keyboard_reaches_tables_and_data(quiet, report):
    """Scrolling regions and data tables are reached with the tab key and opened with Enter."""
    quiet.goto(report.as_uri())
    names = []
    for _ in range(4):
        quiet.keyboard.press("Tab")
        names.append(quiet.evaluate("document.activeElement.tagName"))
    assert names == ["DIV", "DIV", "SUMMARY", "DIV"]
    quiet.keyboard.press("Shift+Tab")
    quiet.keyboard.press("Enter")
    assert quiet.locator("figure table").first.is_visible()


def test_print_shows_everything_on_pages(quiet, report):
    """A printed report has no clipped chart."""
    quiet.emulate_media(media="print")
    quiet.set_viewport_size({"width": 794, "height": 1123})  # A4 at 96 dots an inch
    quiet.goto(report.as_uri())
    assert quiet.evaluate("document.documentElement.scrollWidth") <= 794
    assert len(quiet.pdf()) > 10_000


def test_the_file_is_small_and_asks_for_nothing(comparison):
    """One file, no script, no address of anything else but XML's namespaces."""
    html = render(comparison)
    assert len(html) < 300_000
    assert "<script" not in html
    addresses = set(re.findall(r"https?://[^\s\"'<>]+", html))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_the_command_in_the_report_is_shown_as_text(comparison):
    """Names with special signs are escaped."""
    assert "--init &#39;zeros,normal(std=3),glorot_uniform,he_uniform&#39;" in render(comparison)
