"""``[tool.initscope]`` in pyproject.toml: which rules run, how severe, and what is let pass."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from initscope.errors import InputError, unknown
from initscope.rules import SEVERITIES, Finding, Rule, Severity, rule, rules

FailLevel = Literal["error", "warning", "info", "never"]

FAIL_LEVELS: tuple[FailLevel, ...] = get_args(FailLevel)
"""Levels from which on findings make a check fail."""

_KEYS = ("select", "ignore", "per-module-ignores", "severity", "fail-level")
_IGNORE_KEYS = ("module", "rules", "reason")


@dataclass(frozen=True, slots=True)
class ModuleIgnore:
    """Rules that are let pass in some modules.

    Attributes:
        module: pattern of places, such as ``blocks.*``; it is held against a finding's `where`.
        rules: their codes.
        reason: why.
    """

    module: str
    rules: tuple[str, ...]
    reason: str

    def covers(self, finding: Finding) -> bool:
        """Whether a finding is let pass."""
        return finding.code in self.rules and fnmatchcase(finding.where, self.module)


@dataclass(frozen=True, slots=True)
class Config:
    """A project's decisions.

    Attributes:
        select: codes of the rules to run; None for all.
        ignore: codes of rules to leave out.
        module_ignores: rules that are let pass in some modules.
        severity: severities that differ from the rules' own, by code.
        fail_level: the level from which on findings make a check fail.
    """

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    module_ignores: tuple[ModuleIgnore, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=lambda: MappingProxyType({}))
    fail_level: FailLevel = "error"

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules to run."""
        wanted = rules() if self.select is None else tuple(map(rule, self.select))
        return tuple(each for each in wanted if each.code not in self.ignore)

    def choosing(self, select: Sequence[str] | None, ignore: Sequence[str]) -> Config:
        """Return the configuration with rules chosen by hand: a selection replaces, ignores add.

        Raises:
            InputError: there is no such rule, or none is left to run.
        """
        chosen = self.select if select is None else _codes(select)
        found = replace(self, select=chosen, ignore=(*self.ignore, *_codes(ignore)))
        _require_rules(found)
        return found

    def judge(self, found: Sequence[Finding]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """Return the findings at the project's severities, the worst first, and those let pass."""
        rated = sorted(
            (each.with_severity(self.severity.get(each.code, each.severity)) for each in found),
            key=lambda each: each.sort_key,
        )
        ignored = [each for each in rated if any(i.covers(each) for i in self.module_ignores)]
        return tuple(each for each in rated if each not in ignored), tuple(ignored)


def _require_rules(config: Config) -> None:
    """Refuse a check that looks for nothing: it would pass whatever the model is."""
    if not config.rules:
        raise InputError(
            "no rule is left to run: expected codes or slugs in select, such as SIG001, or none "
            "of select and ignore for all rules"
        )


def find(folder: Path) -> Path | None:
    """Return the nearest pyproject.toml, from a folder upward, that has a ``[tool.initscope]``."""
    for each in (folder, *folder.parents):
        path = each / "pyproject.toml"
        if path.is_file() and _table(path) is not None:
            return path
    return None


def read(path: Path) -> Config:
    """Read a project's configuration.

    Args:
        path: a pyproject.toml.

    Raises:
        InputError: the file cannot be read, or a key, rule or level in it is unknown.
    """
    try:
        return _config(_table(path) or {})
    except InputError as error:
        raise InputError(f"[tool.initscope] in {path}: {error}") from None


def _table(path: Path) -> dict[str, Any] | None:
    try:
        with path.open("rb") as file:
            tool = tomllib.load(file).get("tool", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"cannot read {path}: {error}") from error
    found = tool.get("initscope") if isinstance(tool, dict) else tool
    if found is None or isinstance(found, dict):
        return found
    raise InputError(f"[tool.initscope] in {path}: expected a table, received {found!r}")


def _config(table: Mapping[str, Any]) -> Config:
    _require_known(table, _KEYS)
    level = table.get("fail-level", Config().fail_level)
    if level not in FAIL_LEVELS:
        raise unknown("fail-level", str(level), FAIL_LEVELS)
    return Config(
        _codes(_texts(table, "select")) if "select" in table else None,
        _codes(_texts(table, "ignore")),
        tuple(map(_module_ignore, _list(table, "per-module-ignores"))),
        MappingProxyType(dict(_severities(table.get("severity", {})))),
        level,
    )


def _module_ignore(entry: Any) -> ModuleIgnore:
    if not isinstance(entry, dict):
        raise InputError(
            "per-module-ignores: expected tables such as "
            '{module = "blocks.*", rules = ["SIG001"], reason = "..."}'
        )
    _require_known(entry, _IGNORE_KEYS)
    for key in _IGNORE_KEYS:
        if not entry.get(key):
            raise InputError(f"per-module-ignores: a {key} is required in {entry}")
    return ModuleIgnore(str(entry["module"]), _codes(_texts(entry, "rules")), str(entry["reason"]))


def _severities(entry: Any) -> list[tuple[str, Severity]]:
    if not isinstance(entry, dict):
        raise InputError('severity: expected a table such as {SIG001 = "info"}')
    for value in entry.values():
        if value not in SEVERITIES:
            raise unknown("severity", str(value), SEVERITIES)
    return [(rule(name).code, value) for name, value in entry.items()]


def _codes(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(rule(name).code for name in names)


def _texts(table: Mapping[str, Any], key: str) -> list[str]:
    found = _list(table, key)
    if not all(isinstance(each, str) for each in found):
        raise InputError(f'{key}: expected codes or slugs of rules, such as ["SIG001"]')
    return found


def _list(table: Mapping[str, Any], key: str) -> list[Any]:
    found = table.get(key, [])
    if not isinstance(found, list):
        raise InputError(f"{key}: expected a list, received {found!r}")
    return found


def _require_known(table: Mapping[str, Any], keys: Sequence[str]) -> None:
    for key in table:
        if key not in keys:
            raise unknown("key", key, keys)
