"""The view Claims: read a claim, test it, and find the verdict again."""

from __future__ import annotations

from playwright.sync_api import expect

from initscope.claims import claim, claims


def test_a_claim_is_read_and_tested(visitor, lab):
    """Words before the verdict; after the test its chart, its verdict in the ledger, and a link."""
    page = visitor.go("#claims?claim=10&effort=quick")
    expect(page.locator(".statement")).to_have_text(claim(10).statement)
    assert page.locator(".claims-list li").count() == len(claims())
    assert "Criterion, fixed in advance" in page.locator(".words").inner_text()
    expect(page.locator(".detail .verdict")).to_contain_text("Not tested yet")
    page.get_by_role("button", name="Test it").click()
    expect(page.locator(".detail .verdict")).to_contain_text("fails (quick)")
    assert page.locator(".claim-cases .outcome").count() >= 1
    expect(page.locator(".claims-list [aria-current]")).to_contain_text("fails")
    page.reload()
    expect(page.locator(".detail .verdict")).to_contain_text("fails (quick)")


def test_another_claim_is_opened_from_the_ledger(visitor):
    """A click on a line of the ledger opens it, and the address follows."""
    page = visitor.go("#claims?claim=10")
    page.locator(".claims-list a").nth(2).click()
    expect(page.locator(".statement")).to_have_text(claim(3).statement)
    assert visitor.values["claim"] == "3"


def test_a_claim_that_is_not_there_is_refused(lab):
    """A number without a claim is a sentence beside the control."""
    with lab.socket() as socket:
        answer = lab.ask(socket, id=1, job="claims", params={"claim": 999})[-1]
    assert (answer["kind"], answer["field"]) == ("refused", "claim")
