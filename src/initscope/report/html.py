"""Any result as one HTML file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeAlias

from initscope import files
from initscope.checking import CheckReport
from initscope.comparison import Comparison, Sweep
from initscope.errors import InputError
from initscope.report import check_html, compare_html, sweep_html, theory_html
from initscope.report.theory_findings import Findings

Result: TypeAlias = Comparison | Sweep | CheckReport | Findings


def write_report(result: Result, path: str | os.PathLike[str]) -> None:
    """Write the report of a result to one HTML file, whole or not at all.

    Args:
        result: what :func:`initscope.compare` or :func:`initscope.check` returned.
        path: the file to write.

    Raises:
        InputError: there is no report of such a result.
        StorageError: the file cannot be written.
    """
    files.write_text(Path(path), render(result))


def render(result: Result) -> str:
    """Return the report of a result as an HTML document.

    Raises:
        InputError: there is no report of such a result.
    """
    if isinstance(result, Comparison):
        return compare_html.render(result)
    if isinstance(result, Sweep):
        return sweep_html.render(result)
    if isinstance(result, CheckReport):
        return check_html.render(result)
    if isinstance(result, Findings):
        return theory_html.render(result)
    raise InputError(
        f"no report of a {type(result).__name__}: expected what initscope.compare or "
        "initscope.check returned"
    )
