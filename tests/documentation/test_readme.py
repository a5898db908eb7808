"""What the README shows is what the software does."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from initscope.cli.main import main

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
NUMBER = re.compile(r"[−-]?\d+(?:\.\d+)?")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def commands() -> list[tuple[str, str]]:
    """Every command that the README shows, with the output below it."""
    found = []
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, output = part.partition("\n")
            found.append((line, output))
    return found


@pytest.fixture
def run(scratch, monkeypatch, capfd):
    """Run a command in an empty folder, in a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")

    def run(line: str) -> str:
        monkeypatch.setattr(sys, "argv", shlex.split(line))
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        output, errors = capfd.readouterr()
        assert ended.value.code == 0, errors
        return output

    return run


def test_the_demo_prints_what_the_readme_shows(run):
    """Words are equal; numbers within 0.05, since another processor rounds otherwise."""
    line, shown = next((line, output) for line, output in commands() if output)
    printed = run(line)
    # The number of seconds is a measurement.
    shown, printed = (re.sub(r"in \d+\.\d s", "in some s", text) for text in (shown, printed))
    words = [NUMBER.sub("#", text).split() for text in (shown, printed)]
    assert words[0] == words[1]
    for ours, theirs in zip(NUMBER.findall(printed), NUMBER.findall(shown), strict=True):
        difference = float(ours.replace("−", "-")) - float(theirs.replace("−", "-"))
        assert abs(difference) <= (0.05 if "." in theirs else 3)


def test_gains_are_those_that_the_readme_shows(run):
    """Numbers of the theory are the same on every machine."""
    line, shown = next((line, output) for line, output in commands() if "gain" in line)
    assert run(line).split() == shown.split()


def test_every_command_runs(run):
    """The commands are run in the order in which they are shown."""
    lines = [line for line, output in commands() if not output]
    assert len(lines) >= 5
    for line in lines:
        assert run(line)


def test_every_python_block_runs(scratch):
    """Examples in Python are complete programs."""
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), {})  # noqa: S102 - our own example
    assert (scratch / "digits.html").exists()


def test_the_readme_opens_with_the_two_commands_and_a_picture():
    """`make demo` and `make test` come first; pictures exist, in light and dark."""
    assert README.index("make demo") < README.index("make test") < README.index("## ")
    pictures = re.findall(r'(?:src|srcset)="([^"]+)"', README)
    assert len(pictures) == 2
    for picture in pictures:
        assert (Path(__file__).parents[2] / picture).read_text().startswith("<svg")


def _is_made(page: Path) -> bool:
    """Whether the site's build makes this page; it checks links to and from it."""
    return bool({"generated", "_build"} & set(page.parts))


def test_links_lead_somewhere():
    """Every relative link of the Markdown pages names a file of the repository."""
    root = Path(__file__).parents[2]
    pages = [
        root / "README.md",
        root / "CONTRIBUTING.md",
        *(page for page in (root / "docs").rglob("*.md") if not _is_made(page)),
        root / "benchmarks" / "README.md",
    ]
    for page in pages:
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            target = page.parent / link
            assert target.exists() or _is_made(target), f"{page.name}: {link}"
