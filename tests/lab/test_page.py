"""Every view for everybody: accessible, narrow and wide, light and dark, by keyboard alone."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

import initscope
from initscope.report.check_saved import save_check

VIEWS = {
    "claims": "#claims?claim=10",
    "models": "#models",
    "signal": "#signal?depth=12&width=48&activation=relu&init=normal(std=0.01)",
    "map": "#map?activation=tanh&sigma_w=1.3&sigma_b=0.2",
    "byhand": "#byhand?step=1&line=20",
    "race": "#race?seeds=3&epochs=2&inits=zeros&width=8&depth=1",
}


def fill(lab, view: str) -> None:
    """Put into the store what a view shows of it."""
    if view == "models":
        save_check(initscope.check(torch.nn.Linear(8, 8), torch.randn(16, 8)), "one", lab.storage)
    params = {
        "race": {"seeds": 3, "epochs": 2, "inits": "zeros", "width": 8, "depth": 1, "train": True},
        "claims": {"claim": 10, "test": True},
    }
    if view in params:
        with lab.socket() as socket:
            assert lab.ask(socket, id=1, job=view, params=params[view])[-1]["kind"] == "done"


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 1280)])
def test_axe_finds_no_violation(visitor, lab, view, scheme, width):
    """Accessible narrow and light, wide and dark, with all tables open; nothing sticks out."""
    page = visitor.page
    fill(lab, view)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    visitor.go(VIEWS[view])
    for summary in page.locator("summary:visible").all():
        summary.click()
    page.locator("tbody tr").first.wait_for(state="attached")
    results = Axe().run(page, options={"resultTypes": ["violations"]})
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_nothing_sticks_out_in_4k(visitor):
    """On the largest screens no view scrolls sideways, and charts fill their frames."""
    width = 3840
    page = visitor.page
    page.set_viewport_size({"width": width, "height": 900})
    for view, address in VIEWS.items():
        visitor.go(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if view not in ("signal", "map", "byhand"):
            continue  # what they draw, they draw when asked
        picture = page.locator("figure svg").first.bounding_box()
        frame = page.locator("figure .chart").first.bounding_box()
        assert picture["width"] == pytest.approx(frame["width"], abs=2)


@pytest.mark.parametrize("view", VIEWS)
def test_every_control_has_a_name_and_is_reached_by_tab(visitor, view):
    """Tab visits every control that can be used, and each has an accessible name."""
    page = visitor.go(VIEWS[view])
    page.locator(".skip").focus()
    wanted = page.locator(
        "button:enabled:visible, input:enabled:visible, select:visible, summary:visible, a[href]"
    ).count()
    names = []
    for _ in range(wanted + 60):
        page.keyboard.press("Tab")
        name = page.evaluate(
            "(() => { const e = document.activeElement; return e.ariaLabel || e.innerText || "
            "[...(e.labels ?? [])].map((each) => each.innerText).join(' ') || e.tagName; })()"
        )
        if names and name == "BODY":
            break
        names.append(name)
    assert len(names) >= wanted - 1
    assert not {"", "INPUT", "SELECT", "BUTTON"} & set(names)


def test_the_skip_link_leads_past_the_menu(visitor):
    """The first Tab offers to skip; the address keeps the view."""
    page = visitor.go(VIEWS["map"])
    before = page.url
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Skip to the view"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "view"
    assert page.url == before


def test_a_change_is_announced(visitor):
    """Who does not see the picture hears what it shows."""
    page = visitor.go(VIEWS["signal"])
    visitor.after(lambda: page.get_by_label("Depth, exact").fill("5"))
    expect(page.locator("#announcer")).to_contain_text("at layer 5. Findings:")
    assert page.locator("#announcer").get_attribute("aria-live") == "polite"


def test_a_first_visit_offers_the_tour(page, lab):
    """The tour has five steps, leads to the map, ends with Escape, and does not come back."""
    page.goto(lab.url)
    tour = page.get_by_role("dialog")
    tour.wait_for()
    assert "Step 1 of 5" in tour.inner_text()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    for step in range(2, 6):
        tour.get_by_role("button", name="Next").click()
        assert f"Step {step} of 5" in tour.inner_text()
    expect(page.locator("h1")).to_have_text("Map")
    tour.get_by_role("button", name="Back").click()
    expect(page.locator("h1")).to_have_text("Signal")
    tour.focus()
    page.keyboard.press("Escape")
    expect(tour).to_be_hidden()
    page.goto("about:blank")
    page.goto(lab.url)
    page.wait_for_selector("html[data-drawn]", state="attached")
    expect(tour).to_be_hidden()
    page.get_by_role("button", name="Tour").click()
    expect(tour).to_be_visible()


def test_the_link_is_copied(visitor, context):
    """Copy link puts the address, with every value, on the clipboard."""
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visitor.go(VIEWS["signal"])
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#share")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    page.get_by_role("button", name="Copy Command").click()
    assert page.evaluate("navigator.clipboard.readText()").startswith("initscope check 'mlp:")


def test_two_browsers_are_independent(visitor, elsewhere):
    """What one does leaves the other's picture as it is."""
    page = visitor.go(VIEWS["signal"])
    elsewhere.goto(page.url)
    elsewhere.wait_for_selector("html[data-drawn]", state="attached")
    visitor.after(lambda: page.get_by_label("Depth, exact").fill("3"))
    assert page.locator(".ridge").count() == 3
    assert elsewhere.locator(".ridge").count() == 12


def test_its_process_ends_when_the_browser_is_killed(lab, until, chromium_path, tmp_path):
    """A browser that is killed outright leaves no process behind."""
    before = lab.workers()
    command = [chromium_path, "--headless", "--no-sandbox", "--disable-gpu"]
    command += [f"--user-data-dir={tmp_path}", "--disable-background-networking"]
    command += ["--remote-debugging-port=0", lab.url + VIEWS["signal"]]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as browser:
        until(lambda: lab.workers() - before)
        os.killpg(browser.pid, signal.SIGKILL)
    until(lambda: lab.workers() <= before)
    assert lab.process.poll() is None
