"""The theory's report in a real browser."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from initscope import write_report
from initscope.report.scales import choose
from initscope.report.theory_findings import Findings, find
from initscope.report.theory_html import render
from initscope.report.theory_network import Plan, find_network
from initscope.theory import activation


@pytest.fixture(scope="module")
def found() -> Findings:
    """A gelu network, whose critical point is missed."""
    f = activation("gelu")
    scales = choose(f, None, None)
    network = find_network(f, scales, Plan(6, 40, networks=3))
    return Findings(find(f, scales).field, scales, network)


@pytest.fixture(scope="module")
def report(found, tmp_path_factory):
    path = tmp_path_factory.mktemp("theory") / "report.html"
    write_report(found, path)
    return path


@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 1280)])
def test_axe_finds_no_violation(page: Page, report, scheme, width):
    """Accessible in both colour schemes, narrow and wide; no request goes elsewhere."""
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(message.text))
    page.on(
        "request",
        lambda request: None if request.url.startswith("file:") else trouble.append(request.url),
    )
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(report.as_uri())
    for details in page.locator("summary").all():
        details.click()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert trouble == []


def test_every_chart_has_its_data_as_a_table(page: Page, report):
    """A reader who sees no chart finds the same numbers below it."""
    page.goto(report.as_uri())
    figures = page.locator("figure")
    assert figures.count() == 4
    for figure in figures.all():
        figure.locator("summary").click()
        assert figure.locator("tbody tr").count() >= 18


def test_print_shows_everything_on_pages(page: Page, report):
    """A printed report has no clipped chart."""
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 794, "height": 1123})  # A4 at 96 dots an inch
    page.goto(report.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 794


def test_the_file_asks_for_nothing_and_says_how_to_make_it_again(found):
    """One file without script; numbers and command are in it."""
    html = render(found)
    assert len(html) < 600_000
    assert "<script" not in html
    addresses = set(re.findall(r"https?://[^\s\"'<>]+", html))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert "initscope theory gelu --sigma-w 1.408211013" in html
    assert "The critical point is half-stable" in html
    assert "&infin;" not in html
