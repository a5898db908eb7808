"""What the tutorial and the how-to pages show can be typed, and prints what they show."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from initscope.cli.main import cli

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [DOCS / "tutorial.md", *sorted((DOCS / "howto").glob("*.md"))]
NUMBER = re.compile(r"[−-]?\d+(?:\.\d+)?(?:e[+−-]?\d+)?")
ELIDED = "..."


def blocks(page, language):
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def commands(page):
    """Every command of a page, with the lines of output that it shows."""
    for block in blocks(page, "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, output = part.partition("\n")
            yield (
                line,
                [shown for shown in output.splitlines() if shown.strip() not in ("", ELIDED)],
            )


def run(line):
    program, *arguments = shlex.split(line)
    assert program == "initscope"
    quick = ["--workers", "1"] if arguments[0] == "compare" else []
    done = CliRunner().invoke(cli, [*arguments, *quick], env={"COLUMNS": "80"})
    assert done.exit_code == 0, (line, done.output, done.exception)
    return done.stdout.splitlines()


def agree(shown, printed):
    """Words are equal; numbers within 0.05 or a tenth, since another processor rounds otherwise."""
    if NUMBER.sub("#", shown).split() != NUMBER.sub("#", printed).split():
        return False
    pairs = zip(NUMBER.findall(shown), NUMBER.findall(printed), strict=True)
    return all(
        abs(ours - theirs) <= max(0.05, abs(theirs) / 10)
        for ours, theirs in (
            (float(a.replace("−", "-")), float(b.replace("−", "-"))) for a, b in pairs
        )
    )


@pytest.mark.parametrize("document", PAGES, ids=lambda path: path.stem)
def test_commands_print_what_the_page_shows(document, scratch):
    """Every command succeeds; every line shown is printed, in the order in which it is shown."""
    found = list(commands(document))
    assert found
    for line, shown in found:
        printed = run(line)
        place = 0
        for expected in shown:
            matching = (i for i in range(place, len(printed)) if agree(expected, printed[i]))
            at = next(matching, None)
            assert at is not None, f"{line}: not printed: {expected}"
            place = at + 1


@pytest.mark.parametrize("document", PAGES, ids=lambda path: path.stem)
def test_examples_in_python_run(document, scratch):
    """They are complete; a test that is shown compiles."""
    for block in blocks(document, "python"):
        code = compile(block, document.name, "exec")
        if "def test_" in block:
            assert "initscope_check" in block
        else:
            exec(code, {})  # noqa: S102 - our own example
    assert document.read_text(encoding="utf-8").startswith("# ")


def test_what_is_shown_is_compared():
    """A word or a number that differs is noticed, rounding is not."""
    assert agree("chi_1   0.5   growth", "chi_1 0.5001 growth")
    assert not agree("chi_1   0.5   growth", "chi_1 0.7 growth")
    assert not agree("phase ordered", "phase chaotic")


def test_claims_can_be_listed_shown_and_run(scratch):
    """The commands of their page, but for the one that runs all of them for a minute."""
    lines = [line for line, _ in commands(DOCS / "claims.md") if "--quick" not in line]
    assert len(lines) == 3
    for line in lines:
        assert run(line)
