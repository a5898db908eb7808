"""An assertion on a model at initialization; torch is imported when it is used."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from initscope.checking import CheckReport, Config

_WIDTH = 88


def assert_trainable(
    model: Any,
    /,
    *batch: Any,
    loss: Callable[[Any], Any] | None = None,
    fail_level: Literal["error", "warning", "info"] = "warning",
    ignore: Sequence[str] = (),
    config: Config | str | os.PathLike[str] | None = None,
    **kwargs: Any,
) -> CheckReport:
    """Fail, with the whole report, where a model has a defect at initialization.

    Args:
        model: any module; it is as before afterwards.
        batch: what it is called with.
        loss: a function of its output that returns one number.
        fail_level: the severity from which on a finding fails.
        ignore: codes or slugs of rules to leave out.
        config: a pyproject.toml whose ``[tool.initscope]`` is followed, but for its fail-level.
        kwargs: named arguments of the model.

    Raises:
        AssertionError: there is a finding at the level or above it.
        InputError: the model cannot be checked.

    >>> import torch
    >>> assert_trainable(torch.nn.Linear(8, 2), torch.randn(4, 8)).ok
    True
    """
    __tracebackhide__ = True
    from initscope.checking import check
    from initscope.errors import unknown

    if fail_level not in {"error", "warning", "info"}:
        raise unknown("fail_level", str(fail_level), ["error", "warning", "info"])
    report = check(model, *batch, loss=loss, ignore=ignore, config=config, **kwargs)
    if report.at_least(fail_level):
        from initscope.report.check_text import text

        raise AssertionError(f"the model has defects at initialization\n{text(report, _WIDTH)}")
    return report
