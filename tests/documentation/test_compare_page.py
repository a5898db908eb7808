"""The commands of docs/compare.md name the experiments that its tables show."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from initscope.cli import compare as cli

PAGE = (Path(__file__).parents[2] / "docs" / "compare.md").read_text(encoding="utf-8")


def commands() -> list[list[str]]:
    blocks = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [shlex.split(line.removeprefix("$ ")) for line in lines]


def test_every_command_is_understood_and_of_thirty_seeds():
    """Each line parses into settings, on the data and the seeds that the page names."""
    found = commands()
    assert len(found) >= 5
    for words in found:
        assert words[:3] == ["initscope", "compare", "digits"]
        parameters = cli.compare.make_context("compare", words[2:]).params
        arguments = cli._arguments(parameters.pop("task"), parameters)
        assert arguments["task"].scale == "standard"
        assert arguments["seeds"] == "30"
        assert len(arguments["network"].hidden) in (10, 30)
