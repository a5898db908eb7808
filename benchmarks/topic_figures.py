"""Run the commands of the questions' pages; store the numbers and charts that the pages show.

scripts/topic_figures           all pages (about a minute on two cores)
scripts/topic_figures Q4 Q11    these alone
"""

from __future__ import annotations

import json
import os
import shlex
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch
from click.testing import CliRunner

from initscope.cli.main import cli
from initscope.topics import question_page
from initscope.topics.question import Chart, Question, at

STORED = Path(question_page.__file__).parent / "questions" / question_page.MEASURED
_DIGITS = 6


def main(chosen: list[str]) -> None:
    """Measure the questions that are named, or all, and store what was found."""
    torch.set_num_threads(1)
    found = dict(question_page.measured())
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for question in question_page.questions():
            if not chosen or question.name in chosen:
                print(question.name, question.title)
                found[question.name] = measure(question)
    names = (question.name for question in question_page.questions())
    stored = {name: found[name] for name in names if name in found}
    STORED.write_text(json.dumps(stored, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def measure(question: Question) -> dict[str, Any]:
    """Run the commands of a page, in the current folder; return its numbers and charts."""
    outputs = [run(command) for command in question.commands]
    values = {
        f"{command} {path}": _rounded(at(outputs[command - 1], path))
        for command, path in question.places
    }
    return {"values": values, "charts": [_chart(chart, outputs) for chart in question.charts]}


def run(command: str) -> Any:
    """Run a command as it is typed, with its output as JSON."""
    _program, *arguments = shlex.split(command)
    # Neither the number of processes nor a report changes a number, and both take time.
    quick = ["--workers", "1", "--no-report"] if arguments[0] == "compare" else []
    done = CliRunner().invoke(cli, [*arguments, *quick, "--format", "json"], catch_exceptions=False)
    if done.exit_code:
        raise RuntimeError(f"{command}: exit code {done.exit_code}: {done.output}")
    return json.loads(done.stdout)


def _chart(chart: Chart, outputs: list[Any]) -> dict[str, Any]:
    lines = [
        {
            "name": line.name,
            "x": at(outputs[line.command - 1], chart.x),
            "y": [_rounded(y) for y in at(outputs[line.command - 1], chart.y)],
        }
        for line in chart.lines
    ]
    return {
        "lines": lines,
        "titles": list(chart.titles),
        "is_logarithmic": chart.is_logarithmic,
        "caption": chart.caption,
    }


def _rounded(value: Any) -> Any:
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value


if __name__ == "__main__":
    main(sys.argv[1:])
