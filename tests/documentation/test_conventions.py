"""Conventions that a reader relies on, checked."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

import initscope

ROOT = Path(__file__).parents[2]
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))


def test_public_names():
    """The public names are these; a change is a decision."""
    assert sorted(initscope.__all__) == [
        "Adagrad",
        "Adam",
        "AdamW",
        "Audit",
        "BuiltIn",
        "ByHand",
        "CheckReport",
        "Comparison",
        "Custom",
        "Data",
        "Draw",
        "Fans",
        "Initializer",
        "InitscopeError",
        "InputError",
        "MLP",
        "MissingExtraError",
        "Plan",
        "RMSprop",
        "SGD",
        "StorageError",
        "Sweep",
        "Topic",
        "Training",
        "__version__",
        "byhand",
        "charts",
        "check",
        "compare",
        "draw",
        "explain",
        "gain",
        "get",
        "init_",
        "plan",
        "write_report",
    ]
    for name in initscope.__all__:
        assert getattr(initscope, name) is not None
    assert set(initscope.__all__) <= set(dir(initscope))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = initscope.nothing


@pytest.mark.parametrize("name", [n for n in initscope.__all__ if n != "__version__"])
def test_public_names_are_documented(name):
    """Every public name has a docstring; a function's shows an example or says what it raises."""
    value = getattr(initscope, name)
    text = inspect.getdoc(value)
    assert text
    if inspect.isfunction(value):
        assert "Raises:" in text


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT / "tests")))
def test_every_test_says_what_it_shows(path):
    """A test's docstring is about behaviour, in the present tense; and a test asserts something."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            docstring = ast.get_docstring(node)
            assert docstring, f"{path.name}: {node.name}"
            assert docstring.splitlines()[0].endswith("."), f"{path.name}: {node.name}"
            checks = [
                inner
                for inner in ast.walk(node)
                if isinstance(inner, ast.Assert)
                or (
                    isinstance(inner, ast.Attribute)
                    and inner.attr.startswith(("assert_", "raises"))
                )
            ]
            assert checks, f"{path.name}: {node.name} asserts nothing"


def test_tests_mirror_the_source():
    """Every room of the package has a room of tests."""
    rooms = {
        path.name
        for path in (ROOT / "src" / "initscope").iterdir()
        if (path / "__init__.py").exists()
    }
    tested = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}
    assert rooms <= tested


def test_every_decision_is_listed():
    """The list of decisions links to every record."""
    listed = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    for record in (ROOT / "docs" / "decisions").glob("0*.md"):
        assert f"({record.name})" in listed
