"""The linter: observe a model once, and let every rule look at what was seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from initscope.checking.report import CheckReport
from initscope.errors import InputError
from initscope.observe import observe
from initscope.planning.inventory import inventory
from initscope.propagate import propagate
from initscope.rules import Evidence, Rule, findings, rule, rules

Batch = tuple[Sequence[Any], Mapping[str, Any]]
Loss = Callable[[Any], Tensor]


def check(
    model: nn.Module,
    /,
    *args: Any,
    loss: Loss | None = None,
    batches: Iterable[Batch] = (),
    select: Sequence[str] | None = None,
    ignore: Sequence[str] = (),
    **kwargs: Any,
) -> CheckReport:
    """Say what is wrong with a model at initialization, where, with what evidence, and what to do.

    The model runs forward and backward, in the modes it is in, and is as before afterwards.

    Args:
        model: any module.
        args: what it is called with, a batch of inputs.
        loss: a function of its output that returns one number; without one, a loss within the
            output is used, else a random direction.
        batches: further inputs, each ``(args, kwargs)``.
        select: codes or slugs of the rules to run; all where left out.
        ignore: codes or slugs of rules to leave out.
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
    chosen = selected(select, ignore)
    if not any(tensor.requires_grad for tensor in model.parameters()):
        raise InputError("no parameter of the model is trained: all are frozen, or there is none")
    trace = observe(model, *args, loss=loss, batches=batches, **kwargs)
    evidence = Evidence(trace, propagate(trace), inventory(model, trace))
    return CheckReport(findings(evidence, chosen), evidence)


def selected(select: Sequence[str] | None, ignore: Sequence[str]) -> tuple[Rule, ...]:
    """Return the rules that were chosen, by codes or slugs."""
    wanted = rules() if select is None else tuple(rule(name) for name in select)
    unwanted = {rule(name).code for name in ignore}
    return tuple(each for each in wanted if each.code not in unwanted)
