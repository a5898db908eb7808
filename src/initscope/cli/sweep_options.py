"""Sweeps on the command line, and comparisons written in a file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from initscope.errors import InputError, unknown

if TYPE_CHECKING:
    from initscope.comparison.tuning import Tune

sweep_option = click.option(
    "--sweep",
    "axes",
    multiple=True,
    metavar="AXIS=VALUES",
    help="Compare at every value, such as depth=2,5,10; repeat it for every combination.",
)


def read_axes(given: tuple[str, ...]) -> dict[str, list[float | str | None]]:
    """Read axes such as ``lr=0.1,0.01``; ``none`` stands for no threshold of clipping."""
    axes: dict[str, list[float | str | None]] = {}
    for text in given:
        name, found, values = text.partition("=")
        if not found or not values:
            raise InputError(f"cannot read --sweep {text!r}: expected such as depth=2,5,10")
        if name in axes:
            raise InputError(f"--sweep {name} is given twice: write all its values in one")
        axes[name] = [_value(part.strip()) for part in values.split(",")]
        if name.startswith("clip"):
            axes[name] = [None if value == "none" else value for value in axes[name]]
    return axes


tune_option = click.option(
    "--tune",
    metavar="lr[=RATES]",
    help="Give each initializer its own best learning rate, chosen on validation data.",
)


def read_tune(text: str | None) -> Tune | None:
    """Read ``lr`` or ``lr=0.001,0.01``."""
    if text is None or "=" not in text:
        return text
    name, _, values = text.partition("=")
    rates: dict[str, Any] = {name: [_value(part.strip()) for part in values.split(",")]}
    return rates


def _value(text: str) -> float | str:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _read_config(
    context: click.Context, _parameter: click.Parameter, path: Path | None
) -> Path | None:
    """Let what a TOML file says stand where the command line says nothing."""
    if path is None:
        return None
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {path}: {error}") from error
    context.default_map = {**(context.default_map or {}), **_defaults(context.command, written)}
    return path


def _defaults(command: click.Command, written: dict[str, Any]) -> dict[str, Any]:
    typed = {_typed(parameter): parameter for parameter in command.params}
    found: dict[str, Any] = {}
    for name, value in written.items():
        parameter = typed.get(name.replace("_", "-"))
        if parameter is None or name == "config":
            raise unknown("setting in the file", name, set(typed) - {"config", "help"})
        found[str(parameter.name)] = _as_typed(name, value)
    return found


def _typed(parameter: click.Parameter) -> str:
    """Return the name that users type for a parameter."""
    return max(parameter.opts, key=len).removeprefix("--")


def _as_typed(name: str, value: Any) -> Any:
    """Return a value of the file as the command line would have it."""
    if name == "sweep":
        if not isinstance(value, dict):
            raise InputError(
                "sweep in the file: expected a table [sweep] with a list for each axis"
            )
        return [f"{axis}={','.join(map(str, values))}" for axis, values in value.items()]
    if name == "tune" and isinstance(value, dict):
        return ",".join(f"{key}={','.join(map(str, values))}" for key, values in value.items())
    if name == "init":
        return [value] if isinstance(value, str) else value
    if isinstance(value, list):
        return ",".join(map(str, value))
    return value


config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    is_eager=True,
    expose_value=False,
    callback=_read_config,
    help="A TOML file with any of these options by name, and a table [sweep].",
)
