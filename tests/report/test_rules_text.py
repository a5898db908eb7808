"""The rules for people."""

from __future__ import annotations

from pathlib import Path

from initscope.report import rules_text
from initscope.rules import rules

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def test_the_page_is_made_from_the_rules():
    """`scripts/rule_pages` would change nothing."""
    assert PAGE.read_text(encoding="utf-8") == rules_text.page(rules())


def test_the_page_has_a_chapter_for_every_rule():
    """Each has all sections, and the table links to it."""
    page = rules_text.page(rules())
    for each in rules():
        assert f"(#{each.code.lower()}-{each.slug})" in page
        assert f"## {each.code} {each.slug}" in page
    assert page.count("**How to mend it.**") == len(rules())


def test_the_page_of_two_rules(table, snapshot):
    """Table and chapters."""
    assert rules_text.page(table) == snapshot


def test_a_rule_as_a_page(table, snapshot):
    """Everything that its file says."""
    assert rules_text.text(table[0]) == snapshot
