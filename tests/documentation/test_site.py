"""What Sphinx is given: formulas, links, generated pages."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import SimpleNamespace

import pytest

from initscope.initializers import ROWS as INITIALIZERS
from initscope.rules import rules
from initscope.theory.activations import ROWS as ACTIVATIONS

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def extension(monkeypatch):
    """Import one of the site's extensions."""
    monkeypatch.syspath_prepend(DOCS / "extensions")
    return importlib.import_module


def test_formulas_become_mathml(extension):
    """Names are upright, roots and raised numbers are understood; TeX stays TeX."""
    tex = extension("mathml").tex
    assert tex("Var(z) = n σ_w^2") == r"\mathrm{Var}(z) = n σ_w^2"
    assert tex("√fan_out") == r"\sqrt{\text{fan_out}}"
    assert tex("√E[f^2]") == r"\sqrt{E[f^2]}"
    assert tex("100 · 10⁻⁵") == r"100 \cdot  10^{-5}"
    assert tex(r"\chi_1 = \sigma_w^2 E[f'(z)^2]") == r"\chi_1 = \sigma_w^2 E[f'(z)^2]"


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ("[rules](rules.md)", "[rules](rules.md)"),
        ("[numbers](evidence/check.json)", "[numbers](evidence/check.json)"),
        ("[checks](../src/initscope/rules/checks)", "checks"),
        ("[how](../CONTRIBUTING.md)", "how (`CONTRIBUTING.md`)"),
        ("[why](decisions)", "[why](/decisions/README.md)"),
        ("[paper](https://example.org/a)", "[paper](https://example.org/a)"),
    ],
)
def test_links_that_leave_the_site_become_text(extension, link, kept):
    """Pages are read in the repository too, where such links lead somewhere."""
    env = SimpleNamespace(doc2path=lambda name: f"{name}.md")
    source = [link]
    extension("links")._rewrite(SimpleNamespace(srcdir=DOCS, env=env), "theory", source)
    assert source == [kept]


def test_every_name_has_a_generated_page(extension):
    """Questions, initializers, activations, commands, the Python interface; rules have theirs."""
    pages = dict(extension("pages").pages())
    assert {f"questions/q{number}" for number in range(1, 14)} <= set(pages)
    assert {f"initializers/{row.name}" for row in INITIALIZERS} <= set(pages)
    assert {f"activations/{row.name}" for row in ACTIVATIONS} <= set(pages)
    assert "## initscope claims run" in pages["command-line"]
    assert ".. autofunction:: initscope.compare" in pages["api/compare"]
    assert all("{{" not in text for text in pages.values())
    page = (DOCS / "rules.md").read_text(encoding="utf-8")
    assert all(f"## {rule.code} {rule.slug}" in page for rule in rules())


def test_every_public_name_is_in_the_reference(extension):
    """A name that is added to the package is added to the reference."""
    initscope = importlib.import_module("initscope")
    listed = {
        name
        for _title, module, names in extension("pages").API.values()
        if module in ("initscope", "initscope.theory")
        for name in names
    }
    assert set(initscope.__all__) - {"__version__"} <= listed


def test_pages_are_written_only_where_they_differ(extension, tmp_path, monkeypatch):
    """An unchanged page keeps its time, one that is no page any more is removed."""
    pages = extension("pages")
    monkeypatch.setattr(pages, "pages", lambda: [("a", "one\n"), ("b/c", "two\n")])
    pages.write(tmp_path)
    (tmp_path / "old.md").write_text("old")
    before = (tmp_path / "a.md").stat().st_mtime_ns
    pages.write(tmp_path)
    assert (tmp_path / "a.md").stat().st_mtime_ns == before
    assert sorted(path.name for path in tmp_path.rglob("*.md")) == ["a.md", "c.md"]
