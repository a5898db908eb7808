"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass, field

from initscope.observe import Coverage
from initscope.rules import SEVERITIES, Evidence, Finding, Severity
from initscope.rules.profile import Step


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The findings, and what they rest on.

    Attributes:
        findings: the worst first.
        evidence: the trace, the prediction and the parameters' roles.
    """

    findings: tuple[Finding, ...]
    evidence: Evidence = field(repr=False, compare=False)

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
