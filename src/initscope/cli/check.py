"""``initscope check``: what is wrong with a model at initialization."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from initscope import imports
from initscope.cli import options, targets
from initscope.errors import InputError

if TYPE_CHECKING:
    from torch import nn

    from initscope.checking import CheckReport, Config, FixResult

_LEVELS = ("error", "warning", "info", "never")
_FORMATS = ("text", "json", "sarif", "github", "html")


@click.command()
@click.argument("target")
@targets.input_option
@click.option("--loss", metavar="FUNCTION", help="Of the output, as package.module:function.")
@click.option(
    "--train/--eval", "train", default=None, help="Mode of the model. [default: as it is built]"
)
@click.option("--select", metavar="RULES", help="Codes or slugs to run, between commas.")
@click.option("--ignore", metavar="RULES", help="Codes or slugs to leave out, between commas.")
@click.option(
    "--fail-level",
    type=click.Choice(_LEVELS),
    help="Exit with 1 if there is a finding at this level or above. [default: error, or the "
    "project's]",
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File of known findings, which are left out.",
)
@click.option("--write-baseline", is_flag=True, help="Write the findings to the --baseline file.")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A pyproject.toml. [default: the nearest with [tool.initscope], upward]",
)
@click.option("--fix", is_flag=True, help="Draw anew what findings name, and check again.")
@click.option(
    "--fix-output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The .safetensors file for the mended weights.",
)
@click.option(
    "--format",
    "kind",
    type=click.Choice(_FORMATS),
    default="text",
    show_default=True,
    help="html needs -o.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write. [default: standard output]",
)
@click.option("--name", help="Keep the report in the store under this name; `lab` shows it.")
@options.storage_option
def check(**given: Any) -> None:
    r"""Say what is wrong with TARGET at initialization, where, why, and what to do.

    TARGET is package.module:factory, found from the current folder, or a built-in network. It runs
    forward and backward once. The exit code is 1 where a finding is at --fail-level or above, 2
    where something cannot be used. [tool.initscope] in pyproject.toml sets select, ignore,
    severity, per-module-ignores and fail-level; options come before it.

    \b
    initscope check mlp:depth=30,activation=relu
    initscope check mypackage.models:build --input 32,64 --format sarif -o check.sarif
    """
    asked = Asked(**given)
    asked.require_usable()
    config = asked.configuration()
    model, example = targets.load(asked.target, asked.inputs)
    report = _checked(asked, model, example, config)
    if asked.write_baseline:
        _write_baseline(asked, report)
        return
    if asked.baseline:
        from initscope.checking import baseline

        report = report.without(baseline.read(asked.baseline))
    result = report.fix(model) if asked.fix else None
    if result and asked.fix_output:
        _save(model, asked.fix_output)
    _emit(asked, report, result)
    last = result.after if result else report
    if asked.name is not None:
        _keep(asked.name, asked.storage, last)
    level = asked.fail_level or config.fail_level
    if level != "never" and last.at_least(level):
        sys.exit(1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed."""

    target: str
    inputs: tuple[str, ...]
    loss: str | None
    train: bool | None
    select: str | None
    ignore: str | None
    fail_level: Any
    baseline: Path | None
    write_baseline: bool
    config: Path | None
    fix: bool
    fix_output: Path | None
    kind: str
    output: Path | None
    name: str | None
    storage: str

    def require_usable(self) -> None:
        """Raise before any work is done if options do not fit or a file cannot be written.

        Raises:
            InputError: an option needs another one.
            StorageError: a file cannot be written.
        """
        from initscope import files

        if self.kind == "html" and not self.output:
            raise InputError("--format html needs a file: -o report.html")
        if self.write_baseline and not self.baseline:
            raise InputError("--write-baseline needs a file: --baseline initscope-baseline.json")
        if self.fix_output and not self.fix:
            raise InputError("--fix-output needs --fix")
        if self.fix_output and self.fix_output.suffix != ".safetensors":
            raise InputError(f"--fix-output {self.fix_output}: expected a name in .safetensors")
        for path in (self.output, self.fix_output):
            if path:
                files.require_writable(path)
        if self.name is not None:
            from initscope.report.check_saved import require_name

            require_name(self.name)

    def configuration(self) -> Config:
        """Return the project's decisions, with the rules that were typed."""
        from initscope.checking import config

        path = self.config or config.find(Path.cwd())
        project = config.read(path) if path else config.Config()
        return project.choosing(
            _names(self.select) if self.select is not None else None, _names(self.ignore)
        )

    @property
    def command(self) -> str:
        """The command line that checks the same again."""
        words = ["initscope", "check", self.target]
        words += [word for shape in self.inputs for word in ("--input", shape)]
        words += ["--loss", self.loss] if self.loss else []
        words += [] if self.train is None else ["--train" if self.train else "--eval"]
        words += ["--select", self.select] if self.select else []
        words += ["--ignore", self.ignore] if self.ignore else []
        return shlex.join(words)


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def _checked(asked: Asked, model: nn.Module, example: Any, config: Config) -> CheckReport:
    from initscope.checking import check as run
    from initscope.planning.example import calls

    if example is None:
        raise InputError(
            f"say what {asked.target} is called with: --input 32,64, or return the module and an "
            "example"
        )
    if asked.train is not None:
        model.train(asked.train)
    loss: Callable[[Any], Any] | None = imports.load(asked.loss, "function") if asked.loss else None
    if loss is not None and not callable(loss):
        raise InputError(f"--loss {asked.loss}: expected a function of the model's output")
    batches = [(call.args, call.kwargs) for call in calls(example)]
    report = run(model, loss=loss, batches=batches, config=config)
    return _at_factory(report, asked.target)


def _at_factory(report: CheckReport, target: str) -> CheckReport:
    """Point findings without a line at the factory."""
    import inspect

    if ":" not in target:
        return report
    try:
        factory = imports.load(target, "factory")
        file, (_, line) = inspect.getsourcefile(factory), inspect.getsourcelines(factory)
    except (InputError, OSError, TypeError):
        return report
    found = [f if f.file else replace(f, file=file, line=max(line, 1)) for f in report.findings]
    return replace(report, findings=tuple(found))


def _write_baseline(asked: Asked, report: CheckReport) -> None:
    from initscope import files
    from initscope.checking import baseline

    assert asked.baseline is not None  # noqa: S101 - require_usable asked for it
    files.write_text(asked.baseline, baseline.write(report.findings))
    click.echo(f"wrote {asked.baseline}; findings: {len(report.findings)}", err=True)


def _keep(name: str, storage: str, report: CheckReport) -> None:
    from initscope.report.check_saved import save_check

    save_check(report, name, storage)
    click.echo(f"kept as {name!r}", err=True)


def _save(model: nn.Module, path: Path) -> None:
    from initscope.planning.weights import write_model

    write_model(model, path)
    click.echo(f"wrote {path}", err=True)


def _emit(asked: Asked, report: CheckReport, result: FixResult | None) -> None:
    if asked.kind == "text" and not asked.output:
        _print(report, result)
        return
    text = _written(asked, report, result)
    if asked.output:
        from initscope import files

        files.write_text(asked.output, text)
        click.echo(f"wrote {asked.output}", err=True)
    else:
        click.echo(text, nl=False)


def _print(report: CheckReport, result: FixResult | None) -> None:
    from rich.console import Console

    from initscope.report import check_text

    console = Console(highlight=False)
    if result:
        check_text.print_fix(result, console)
    else:
        check_text.print_check(report, console)


def _written(asked: Asked, report: CheckReport, result: FixResult | None) -> str:
    from initscope.report import check_github, check_html, check_json, check_sarif, check_text

    last, here = result.after if result else report, Path.cwd()
    if asked.kind == "json":
        plain = check_json.fixed(result) if result else check_json.plain(report)
        return json.dumps(plain, indent=2) + "\n"
    if asked.kind == "sarif":
        return json.dumps(check_sarif.log(last, here), indent=2) + "\n"
    if asked.kind == "github":
        return check_github.commands(last, here)
    if asked.kind == "html":
        return check_html.render(last, asked.command)
    return check_text.text(report) if result is None else check_text.fixed_text(result)
