"""What docs/ci.md shows can be typed and committed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import yaml

from initscope.checking import config
from initscope.cli.check import check

PAGE = (Path(__file__).parents[2] / "docs" / "ci.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """Every initscope command of the page, wherever it stands."""
    hook, workflow = map(yaml.safe_load, blocks("yaml"))
    found = [hook["repos"][0]["hooks"][0]["entry"]]
    found += [step.get("run", "") for step in workflow["jobs"]["check"]["steps"]]
    found += [line for block in blocks("sh") for line in block.splitlines()]
    return [line for line in found if line.startswith("initscope ")]


def test_every_command_can_be_parsed():
    """Options and their values exist."""
    found = commands()
    assert len(found) == 5
    for line in found:
        program, command, *arguments = shlex.split(line)
        assert (program, command) == ("initscope", "check")
        context = check.make_context("check", arguments)
        assert isinstance(context, click.Context)


def test_the_configuration_can_be_read(tmp_path):
    """The example of pyproject.toml is a valid one, with every key there is."""
    path = tmp_path / "pyproject.toml"
    (text,) = blocks("toml")
    path.write_text(text)
    assert config.read(path).module_ignores[0].module == "stem.*"
    assert all(re.search(rf"^{key} = ", text, flags=re.MULTILINE) for key in config._KEYS)


def test_examples_in_python_compile():
    """The test that the page shows is Python, and takes the fixture."""
    (block,) = blocks("python")
    assert "initscope_check" in compile(block, "ci.md", "exec").co_consts[3].co_varnames


def test_the_workflow_uploads_what_the_check_writes():
    """One step's output is the other's input."""
    steps = yaml.safe_load(blocks("yaml")[1])["jobs"]["check"]["steps"]
    uploaded = next(step["with"]["sarif_file"] for step in steps if "sarif_file" in str(step))
    assert any(f"-o {uploaded}" in step.get("run", "") for step in steps)
