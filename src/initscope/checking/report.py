"""What a check found."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from torch import nn

from initscope.checking.baseline import fingerprint
from initscope.checking.call import Call
from initscope.observe import Coverage
from initscope.rules import SEVERITIES, Evidence, Finding, Severity
from initscope.rules.profile import Step

if TYPE_CHECKING:
    from initscope.checking.fix import FixResult


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The findings, and what they rest on.

    Attributes:
        findings: the worst first.
        evidence: the trace, the prediction and the parameters' roles.
        ignored: findings that the project lets pass where they are.
        known: findings that a baseline names.
        call: what was asked for; None for a report that was not made by a check.
    """

    findings: tuple[Finding, ...]
    evidence: Evidence = field(repr=False, compare=False)
    ignored: tuple[Finding, ...] = ()
    known: tuple[Finding, ...] = ()
    call: Call | None = field(default=None, repr=False, compare=False)

    @property
    def ok(self) -> bool:
        """Whether there is neither an error nor a warning."""
        return not self.at_least("warning")

    @property
    def layers(self) -> tuple[Step, ...]:
        """Second moments of signal and gradient along the main path."""
        return self.evidence.path

    @property
    def coverage(self) -> Coverage:
        """What was observed, and what was not."""
        return self.evidence.trace.coverage

    def at_least(self, level: Severity) -> tuple[Finding, ...]:
        """Return the findings at a level or above it."""
        allowed = SEVERITIES[: SEVERITIES.index(level) + 1]
        return tuple(each for each in self.findings if each.severity in allowed)

    def count(self, severity: Severity) -> int:
        """Return how many findings have a severity."""
        return sum(each.severity == severity for each in self.findings)

    def without(self, known: Collection[str]) -> CheckReport:
        """Return the report without the findings whose fingerprints a baseline holds."""
        left = tuple(each for each in self.findings if fingerprint(each) not in known)
        gone = tuple(each for each in self.findings if fingerprint(each) in known)
        return replace(self, findings=left, known=(*self.known, *gone))

    def fix(self, model: nn.Module, seed: int = 0) -> FixResult:
        """Draw anew the parameters that findings name, and measure again.

        See :func:`initscope.checking.fix.fix`.
        """
        from initscope.checking.fix import fix

        return fix(self, model, seed)

    def __str__(self) -> str:
        lines = [f"{f.severity} {f.code} {f.rule} at {f.where}: {f.message}" for f in self.findings]
        return "\n".join([*lines, str(self.coverage)])
