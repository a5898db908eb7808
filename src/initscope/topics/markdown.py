"""Pieces of Markdown that several pages are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from initscope.report.numbers import significant


def number(value: float | None, digits: int = 4) -> str:
    """Write a number of any size; powers of ten as people write them.

    >>> number(0.14142), number(1.3e-9), number(None)
    ('0.1414', '1.3·10⁻⁹', '–')
    """
    mantissa, mark, exponent = significant(value, digits).partition("e")
    if not mark:
        return mantissa
    power = str(int(exponent.replace("−", "-"))).translate(_RAISED)
    return f"10{power}" if mantissa == "1" else f"{mantissa}·10{power}"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table.

    >>> print(table(["a", "b"], [["1", "2"]]))
    | a | b |
    |---|---|
    | 1 | 2 |
    """
    lines = [_line(headings), "|" + "---|" * len(headings), *map(_line, rows)]
    return "\n".join(lines)


def numbered(steps: Iterable[str]) -> str:
    """Write steps as a numbered list."""
    return "\n".join(f"{index}. {step}" for index, step in enumerate(steps, 1))


def _line(entries: Sequence[str]) -> str:
    return f"| {' | '.join(entries)} |"


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
