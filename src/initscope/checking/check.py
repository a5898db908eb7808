"""The linter: observe a model once, and let every rule look at what was seen."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from torch import nn

from initscope.checking import config as configuration
from initscope.checking import refusals
from initscope.checking.call import Batch, Call, Loss
from initscope.checking.config import Config
from initscope.checking.places import placed
from initscope.checking.report import CheckReport
from initscope.observe import ObservationError, Trace, observe
from initscope.observe.source import caller
from initscope.planning.inventory import inventory
from initscope.propagate import propagate
from initscope.rules import Evidence, findings


def check(  # noqa: PLR0913 - a model's own arguments, and five of the check
    model: nn.Module,
    /,
    *args: Any,
    loss: Loss | None = None,
    batches: Iterable[Batch] = (),
    select: Sequence[str] | None = None,
    ignore: Sequence[str] = (),
    config: Config | str | os.PathLike[str] | None = None,
    **kwargs: Any,
) -> CheckReport:
    """Say what is wrong with a model at initialization, where, with what evidence, and what to do.

    The model runs forward and backward, in the modes it is in, and is as before afterwards. The
    report keeps the inputs, so that :meth:`CheckReport.fix` can measure again.

    Args:
        model: any module.
        args: what it is called with, a batch of inputs.
        loss: a function of its output that returns one number; without one, a loss within the
            output is used, else a random direction.
        batches: further inputs, each ``(args, kwargs)``.
        select: codes or slugs of the rules to run; all where left out.
        ignore: codes or slugs of rules to leave out.
        config: a pyproject.toml whose ``[tool.initscope]`` is followed; none where left out.
        kwargs: named arguments of the model.

    Raises:
        InputError: the model has no parameters or no differentiable output, an input does not fit,
            or a rule is unknown; a model's own error is its cause.

    >>> import torch, initscope
    >>> layers = [layer for _ in range(30) for layer in (torch.nn.Linear(64, 64), torch.nn.ReLU())]
    >>> model = torch.nn.Sequential(*layers, torch.nn.Linear(64, 10))
    >>> report = initscope.check(model, torch.randn(32, 64))
    >>> report.findings[0].rule
    'vanishing-gradient'
    """
    refusals.require_trainable(model)
    chosen = config if isinstance(config, Config) else _read(config)
    given: tuple[Batch, ...] = ((args, kwargs),) if args or kwargs else ()
    call = Call((*given, *batches), loss, chosen.choosing(select, ignore))
    return run(model, call)


def run(model: nn.Module, call: Call) -> CheckReport:
    """Check a model as a call says."""
    outside = caller()
    trace = _observed(model, call)
    refusals.require_seen(trace)
    refusals.require_gradient(trace)
    evidence = Evidence(trace, propagate(trace), inventory(model, trace))
    found = [placed(each, trace, model, outside) for each in findings(evidence, call.config.rules)]
    kept, ignored = call.config.judge(found)
    return CheckReport(kept, evidence, ignored, call=call)


def _observed(model: nn.Module, call: Call) -> Trace:
    try:
        return observe(model, loss=call.loss, batches=call.batches)
    except ObservationError as error:
        raise refusals.explained(error, model) from error.__cause__


def _read(config: str | os.PathLike[str] | None) -> Config:
    return Config() if config is None else configuration.read(Path(config))
