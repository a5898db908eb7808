"""Remedies that can be proven: new values for the parameters that findings name."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import torch
from torch import nn

from initscope.checking.baseline import fingerprint
from initscope.checking.check import run
from initscope.checking.report import CheckReport
from initscope.errors import InputError
from initscope.planning import Audit, Plan, plan
from initscope.planning.choice import keep
from initscope.planning.plan import Row
from initscope.rules import SEVERITIES, Finding

_CALLS = ("initscope.plan(", "initscope.init_(")
"""A remedy that names one of these is a new initialization."""

_ROUNDS = 30  # one defect hides another, which shows once the first is gone


@dataclass(frozen=True, slots=True)
class FixResult:
    """A model before and after new values.

    Attributes:
        applied: the parameters that were drawn anew; none where nothing could be mended so.
        before: the report that was acted on.
        after: the report of the model as it is now.
        audit: proof that the values are what the plan declares; None where nothing was applied.
        reverted: why values that had been applied were taken back; empty where they stand.
    """

    applied: tuple[str, ...]
    before: CheckReport
    after: CheckReport
    audit: Audit | None = None
    reverted: str = ""

    @property
    def remaining(self) -> tuple[Finding, ...]:
        """Findings whose remedies are yours to choose: architecture, data, learning rate."""
        return self.after.findings


def fix(report: CheckReport, model: nn.Module, seed: int = 0) -> FixResult:
    """Draw anew the parameters that findings name, by the plan "auto", and measure again.

    Acted on are errors and warnings whose remedy is a new initialization. Where such a finding
    names no parameters the whole plan is applied. Frozen parameters are kept, and so is whatever
    no finding names. What the next measurement names beside is drawn too, and so on, thirty times
    at most. Unless the last one shows fewer errors, or as many and fewer warnings, every value is
    put back; so it is where a measurement fails.

    Args:
        report: what `check` returned for this model.
        model: the model; its parameters are changed, and nothing else of it.
        seed: of the new values.

    Raises:
        InputError: the report was not made by a check, or the model is another one.

    >>> import torch, initscope
    >>> layers = [torch.nn.Linear(64, 64, bias=False) for _ in range(30)]
    >>> model = torch.nn.Sequential(*layers)
    >>> report = initscope.check(model, torch.randn(32, 64), select=["SIG001"])
    >>> result = report.fix(model)
    >>> report.ok, len(result.applied), result.after.ok
    (False, 30, True)
    """
    if report.call is None:
        raise InputError("this report knows no inputs: only a report that check() made can fix")
    if not _mendable(report):
        return FixResult((), report, report)
    with _all_or_nothing(model) as values:
        drawn, audit, after = _drawn(report, model, seed)
        if audit is None:
            return FixResult((), report, report)
        if _rank(after) >= _rank(report):
            values.restore()
            return FixResult((), report, report, reverted=_verdict(after))
    return FixResult(_names(drawn), report, after, audit)


def _drawn(
    report: CheckReport, model: nn.Module, seed: int
) -> tuple[Plan, Audit | None, CheckReport]:
    """Draw what findings name, and again with what is named then, as far as that goes on."""
    assert report.call is not None  # noqa: S101 - asked for before
    whole = _plan(report, model)
    targets, audit, after = _targets(_mendable(report)), None, report
    for _ in range(_ROUNDS):
        drawn = _restricted(whole, targets)
        if not _names(drawn):
            break
        audit = drawn.apply(model, seed)
        after = run(model, report.call).without(_fingerprints(report))
        named = _targets(_mendable(after))
        if targets is None or (named is not None and named <= targets):
            break
        targets = None if named is None else targets | named
    return drawn, audit, after


def _mendable(report: CheckReport) -> list[Finding]:
    return [each for each in report.at_least("warning") if is_mendable(each)]


def _names(drawn: Plan) -> tuple[str, ...]:
    return tuple(row.name for row in drawn.rows if row.choice and row.choice.action != "keep")


def is_mendable(finding: Finding) -> bool:
    """Whether a finding's remedy is a new initialization."""
    return bool(finding.parameters) or any(call in finding.remedy for call in _CALLS)


def _plan(report: CheckReport, model: nn.Module) -> Plan:
    assert report.call is not None  # noqa: S101 - asked for before
    args, kwargs = report.call.batches[0] if report.call.batches else ((), {})
    if not kwargs:
        return plan(model, "auto", tuple(args))
    # An example has either kind of argument: positional ones get their names.
    named = dict(zip(inspect.signature(model.forward).parameters, args, strict=False))
    return plan(model, "auto", {**named, **kwargs})


def _targets(mendable: Sequence[Finding]) -> frozenset[str] | None:
    """Return the parameters that are named; None for all of them."""
    if not all(each.parameters for each in mendable):
        return None
    return frozenset(name for each in mendable for name in each.parameters)


def _restricted(whole: Plan, targets: frozenset[str] | None) -> Plan:
    return replace(whole, rows=tuple(_row(row, targets) for row in whole.rows))


def _row(row: Row, targets: frozenset[str] | None) -> Row:
    if row.choice is None:
        return replace(row, choice=keep("no scheme for its role"))
    if targets is None or targets.intersection((row.name, *row.slot.aliases)):
        return row
    return replace(row, choice=keep("named by no finding"))


def _fingerprints(report: CheckReport) -> frozenset[str]:
    return frozenset(map(fingerprint, report.known))


def _rank(report: CheckReport) -> tuple[int, ...]:
    return tuple(report.count(severity) for severity in SEVERITIES[:2])


def _verdict(after: CheckReport) -> str:
    errors, warnings = _rank(after)
    return f"with new values there was nothing better: errors {errors}, warnings {warnings}"


class _Values:
    """The parameters' values at one time."""

    def __init__(self, model: nn.Module) -> None:
        self._values = [(tensor, tensor.detach().clone()) for tensor in model.parameters()]

    def restore(self) -> None:
        """Put every value back."""
        with torch.no_grad():
            for tensor, value in self._values:
                tensor.copy_(value)


@contextmanager
def _all_or_nothing(model: nn.Module) -> Iterator[_Values]:
    values = _Values(model)
    try:
        yield values
    except BaseException:
        values.restore()
        raise
