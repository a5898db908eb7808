"""The line of the user's code that a finding points at."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import replace

from torch import nn

from initscope.observe import Line, Operation, Trace
from initscope.rules import Finding

_LIBRARIES = frozenset({"torch", "initscope"})


def placed(finding: Finding, trace: Trace, model: nn.Module, outside: Line | None) -> Finding:
    """Return the finding at the best line there is for it.

    An operation that no code of the model calls by itself, such as a layer in a Sequential, seems
    to be called from where the check was: that line says nothing. The class of the module around it
    is named instead, if it is not one of torch's.

    Args:
        finding: with or without a line.
        trace: what was observed.
        model: whose modules have source files.
        outside: the line that called the check.
    """
    if finding.file is not None and not _at(finding, outside):
        return finding
    for line in _lines(finding.where, trace, model):
        if outside is None or (line.file, line.line) != (outside.file, outside.line):
            return replace(finding, file=line.file, line=line.line)
    return replace(finding, file=None, line=None)


def _at(finding: Finding, line: Line | None) -> bool:
    return line is not None and (finding.file, finding.line) == (line.file, line.line)


def _lines(where: str, trace: Trace, model: nn.Module) -> Iterator[Line]:
    """Yield the lines of operations at a place, then of the classes around it."""
    for row in trace.operations:
        if row.source is not None and _concerns(row, where):
            yield row.source
    modules = dict(model.named_modules())
    for path in _upward(where):
        module = modules.get(path)
        line = _definition(type(module)) if module is not None else None
        if line is not None:
            yield line


def _concerns(row: Operation, where: str) -> bool:
    inside = row.module == where or row.module.startswith(f"{where}.")
    return inside or any(use.name == where for use in row.parameters)


def _upward(where: str) -> Iterator[str]:
    parts = where.split(".")
    for end in range(len(parts), -1, -1):
        yield ".".join(parts[:end])


def _definition(kind: type) -> Line | None:
    if kind.__module__.partition(".")[0] in _LIBRARIES:
        return None
    try:
        file, (_, number) = inspect.getsourcefile(kind), inspect.getsourcelines(kind)
    except (OSError, TypeError):
        return None
    return Line(file, max(number, 1), kind.__name__) if file else None
