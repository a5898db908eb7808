"""The commands of docs/compare.md name the experiments that its tables show."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from initscope.cli import compare as cli
from initscope.cli.main import cli as main

PAGE = (Path(__file__).parents[2] / "docs" / "compare.md").read_text(encoding="utf-8")
NUMBER = re.compile(r"[−-]?\d+(?:\.\d+)?")


def commands() -> list[list[str]]:
    blocks = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [shlex.split(line.removeprefix("$ ")) for line in lines]


def test_every_command_is_understood_and_of_thirty_seeds():
    """Each line parses into settings, on the data and the seeds that the page names."""
    *found, splits = commands()
    assert len(found) >= 5
    assert splits[:3] == ["initscope", "compare", "iris"]
    for words in found:
        assert words[:3] == ["initscope", "compare", "digits"]
        parameters = cli.compare.make_context("compare", words[2:]).params
        arguments = cli._arguments(parameters.pop("task"), parameters)
        assert arguments["task"].scale == "standard"
        assert arguments["seeds"] == "30"
        assert len(arguments["network"].hidden) in (10, 30)


def test_splits_are_summed_up_as_the_page_shows(scratch, monkeypatch):
    """The table over splits is printed as it stands; numbers within 0.05, as processors round."""
    monkeypatch.setenv("COLUMNS", "80")
    done = CliRunner().invoke(main, [*commands()[-1][1:], "--no-report", "--workers", "1"])
    assert done.exit_code == 0, done.output
    printed = done.stdout[done.stdout.index("Over the 5 splits") :]
    shown = re.search(r"```text\n(.*?)```", PAGE, re.DOTALL)[1]
    words = [NUMBER.sub("#", text).split() for text in (shown, printed)]
    assert words[1][: len(words[0])] == words[0]
    found, expected = (
        [float(each.replace("−", "-")) for each in NUMBER.findall(text)]
        for text in (printed, shown)
    )
    assert found[: len(expected)] == pytest.approx(expected, abs=0.05)
