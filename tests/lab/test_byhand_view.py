"""The view By hand: one line after the other, with its numbers on the picture."""

from __future__ import annotations

import pytest

import initscope


def test_next_goes_line_by_line_into_the_next_step(visitor):
    """Next and Back move by one line, over the end of a step into the next."""
    page = visitor.go("#byhand?line=31")
    visitor.after(lambda: page.get_by_role("button", name="Next").click())
    assert (visitor.values["step"], visitor.values["line"]) == ("1", "32")
    visitor.after(lambda: page.get_by_role("button", name="Next").press("Enter"))
    assert (visitor.values["step"], visitor.values["line"]) == ("2", "1")
    visitor.after(lambda: page.get_by_role("button", name="Back").click())
    assert (visitor.values["step"], visitor.values["line"]) == ("1", "32")


def test_the_numbers_are_those_of_the_calculation(visitor):
    """The line on the screen and the weights on the edges are those of initscope.byhand."""
    page = visitor.go("#byhand?init=he_normal&seed=1&activation=tanh&line=5")
    step = initscope.byhand("he_normal", "tanh", steps=1, seed=1).steps[0]
    current = page.locator(".current").inner_text().replace("−", "-")
    assert step.forward[4].arithmetic() in current
    labels = dict(each.split(" ")[:2] for each in page.locator("text.weight").all_text_contents())
    for name in ("w11", "w12", "w21", "w22", "v1", "v2"):
        shown = float(labels[name].replace("−", "-"))
        assert shown == pytest.approx(step.before[name], rel=5e-3)


def test_gradients_appear_as_they_are_known(visitor):
    """Before the backward pass no gradient is on the picture; at its end there is one an edge."""
    page = visitor.go("#byhand?line=7")
    assert page.locator(".gradient").count() == 0
    page.get_by_label("Line", exact=True).focus()
    for _ in range(3):
        visitor.after(lambda: page.keyboard.press("ArrowRight"))
    assert page.locator(".gradient").count() == 3
    visitor.after(lambda: page.get_by_role("button", name="dL/db2 = ").click())
    assert page.locator(".gradient").count() == 12


def test_zeros_never_move(visitor):
    """With zeros the verdict says that both units are one, and what never moved."""
    page = visitor.go("#byhand?init=zeros&activation=tanh")
    words = page.locator(".verdict").inner_text()
    assert "they are one unit" in words
    assert "w11, w12, w21, w22, b1, b2, v1, v2" in words


def test_a_target_that_the_loss_cannot_have_is_refused(visitor):
    """Cross-entropy with a target between 0 and 1 is a sentence beside the target."""
    page = visitor.go("#byhand?target=0.5")
    page.get_by_label("Loss", exact=True).select_option("sigmoid")
    error = page.locator(".control .error:visible")
    error.wait_for()
    assert error.inner_text() == ("Target is 0.5: cross-entropy needs 0 or 1, or take squared.")
