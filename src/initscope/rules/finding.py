"""What a rule says of a model."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

Severity = Literal["error", "warning", "info"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""From the worst on."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect, with its evidence.

    Attributes:
        code: the rule's code, such as "SIG001".
        rule: its slug, such as "vanishing-signal".
        severity: "error", "warning" or "info".
        where: the module, parameter or operation at which it begins.
        message: what was found, in one sentence.
        measured: the statistic that was measured, in words and numbers.
        expected: what a healthy model shows.
        cause: why, as far as the model tells.
        remedy: what to do.
        file: the source file of the operation or module, where one is known.
        line: the line in it.
        also: other places of the same cause, and symptoms that follow from it.
        parameters: the parameters that a new initialization would have to change.
        own: whether these alone are the cause, so that no defect of others explains the finding.
    """

    code: str
    rule: str
    severity: Severity
    where: str
    message: str
    measured: str
    expected: str
    remedy: str
    cause: str = ""
    file: str | None = None
    line: int | None = None
    also: tuple[str, ...] = ()
    parameters: tuple[str, ...] = field(default=(), repr=False)
    own: bool = field(default=False, repr=False, compare=False)

    def with_also(self, *places: str) -> Finding:
        """Return the finding with further places."""
        return replace(self, also=(*self.also, *places))

    def with_severity(self, severity: Severity) -> Finding:
        """Return the finding at another severity."""
        return replace(self, severity=severity)

    @property
    def sort_key(self) -> tuple[int, str, str]:
        """The worst first, then by code and place."""
        return SEVERITIES.index(self.severity), self.code, self.where
