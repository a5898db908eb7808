"""The view Map: the point moves by mouse and keyboard, and a signal follows it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from initscope.theory import MeanField

ADDRESS = "#map?activation=tanh&sigma_w=1.3&sigma_b=0.2"


def test_the_point_says_what_the_theory_says(visitor):
    """chi_1, q* and the phase beside the map are those of MeanField."""
    page = visitor.go(ADDRESS)
    field = MeanField("tanh", 1.3, 0.2)
    facts = page.locator(".facts dd").all_inner_texts()
    assert float(facts[0]) == pytest.approx(field.chi_1, rel=1e-3)
    assert float(facts[1]) == pytest.approx(field.q_star, rel=1e-3)
    assert float(facts[2]) == pytest.approx(field.c_star, rel=1e-3)
    assert float(facts[3].split()[0]) == pytest.approx(field.xi_c, rel=1e-2)
    assert page.locator(".point .verdict").inner_text().lower().startswith(field.phase)


def test_arrow_keys_move_the_point(visitor):
    """Arrows move by 0.02, with Shift by 0.2; the controls and the address follow."""
    page = visitor.go(ADDRESS)
    plane = page.get_by_role("application")
    plane.focus()
    visitor.after(lambda: page.keyboard.press("ArrowRight"))
    visitor.after(lambda: page.keyboard.press("Shift+ArrowUp"))
    assert (visitor.values["sigma_w"], visitor.values["sigma_b"]) == ("1.32", "0.4")
    assert page.get_by_label("Std of the biases σb, exact").input_value() == "0.4"


def test_a_click_moves_the_point_and_its_signal_follows(visitor):
    """A click in the chaotic corner shows a growing gradient, and leads to the same in Signal."""
    page = visitor.go(ADDRESS)
    page.locator(".map-gradient path.measured").wait_for()
    before = page.locator(".map-gradient path.measured").get_attribute("d")
    box = page.locator("path.heat").first.locator("xpath=..").bounding_box()
    visitor.after(
        lambda: page.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + 0.6 * box["height"])
    )
    sigma_w = float(visitor.values["sigma_w"])
    assert 2.6 < sigma_w < 3.3
    assert page.locator(".point .verdict").inner_text().startswith("Chaotic")
    page.locator(f".map-gradient path.measured:not([d='{before}'])").wait_for()
    page.get_by_role("link", name="Open in Signal").click()
    page.locator(".distributions .ridge").first.wait_for()
    assert visitor.values["init"] == f"variance_scaling(scale={sigma_w * sigma_w:.6g})"
    expect(page.locator(".phase")).to_contain_text(f"σw {sigma_w:.3g}")


@pytest.mark.parametrize("activation", ["relu", "gelu", "identity", "sigmoid"])
def test_every_kind_of_activation_has_its_map(visitor, activation):
    """With a curve for an edge, a point, or none at all, the map is drawn."""
    page = visitor.go(f"#map?activation={activation}&sigma_w=1.2&sigma_b=0.3")
    assert page.locator("path.heat").count() >= 3
    assert page.locator(".facts dd").count() == 4


def test_the_colours_are_those_of_the_theory(visitor):
    """The table of the map has chi_1 as MeanField has it."""
    page = visitor.go(ADDRESS)
    page.locator("figure.map summary").click()
    page.locator("figure.map tbody tr").nth(20).wait_for()
    for row in page.locator("figure.map tbody tr").all()[13:40:9]:
        sigma_b, sigma_w, chi = (float(cell) for cell in row.locator("td").all_inner_texts())
        assert chi == pytest.approx(MeanField("tanh", sigma_w, sigma_b).chi_1, rel=2e-3)
