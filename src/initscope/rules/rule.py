"""What a rule is: its words, its statistic, its examples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from initscope.observe import Operation, Parameter
from initscope.rules.evidence import Evidence
from initscope.rules.finding import Finding, Severity


@dataclass(frozen=True, slots=True)
class Example:
    """A model on which a rule fires, or stays quiet.

    Attributes:
        name: what the model is, in words.
        build: makes (model, arguments, options of `initscope.check`), from nothing but torch.
    """

    name: str
    build: Callable[[], tuple[Any, tuple[Any, ...], Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the linter, everything that is known of it.

    Attributes:
        code: never reused, such as "SIG001".
        slug: names the defect, such as "vanishing-signal".
        severity: of its findings, unless the evidence says otherwise.
        what: what it finds, in one sentence.
        why: why that is bad.
        how: the statistic and its threshold, and where the threshold comes from.
        remedy: how to mend it.
        reference: author, year, place.
        find: yields findings from the evidence.
        firing: models on which it must fire.
        quiet: models on which it must not.
        explains: codes of symptoms that follow from this defect: they refer to it.
    """

    code: str
    slug: str
    severity: Severity
    what: str
    why: str
    how: str
    remedy: str
    reference: str
    find: Callable[[Rule, Evidence], Iterable[Finding]]
    firing: tuple[Example, ...]
    quiet: tuple[Example, ...]
    explains: tuple[str, ...] = field(default=())

    def at(
        self,
        place: Operation | Parameter | str,
        message: str,
        measured: str,
        expected: str,
        **more: Any,
    ) -> Finding:
        """Make a finding at an operation, a parameter or a named module."""
        where, file, line = _located(place)
        severity = more.pop("severity", self.severity)
        remedy = more.pop("remedy", self.remedy)
        return Finding(
            self.code,
            self.slug,
            severity,
            where,
            message,
            measured,
            expected,
            remedy,
            file=file,
            line=line,
            **more,
        )


def _located(place: Operation | Parameter | str) -> tuple[str, str | None, int | None]:
    if isinstance(place, str):
        return place, None, None
    if isinstance(place, Operation):
        source = place.source
        where = place.module or place.function
        return (where, source.file, source.line) if source else (where, None, None)
    return place.name, None, None
