"""How numbers are written for people; a value that does not exist is a dash."""

from __future__ import annotations

Interval = tuple[float, float]

MISSING = "–"
_MINUS = "−"


def decimal(value: float | None, digits: int = 3) -> str:
    """Write a number with a fixed number of decimals.

    >>> decimal(0.88333), decimal(-0.5), decimal(None)
    ('0.883', '−0.500', '–')
    """
    if value is None:
        return MISSING
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", _MINUS)


def interval(bounds: Interval | None, digits: int = 3) -> str:
    """Write an interval.

    >>> interval((0.8676, 0.8983))
    '[0.868, 0.898]'
    """
    return f"[{decimal(bounds[0], digits)}, {decimal(bounds[1], digits)}]" if bounds else ""


def percent(share: float) -> str:
    """Write a share as a whole percentage, and never as 0% or 100% when it is neither.

    >>> percent(0.5), percent(0.001), percent(0.999), percent(1)
    ('50%', '<1%', '>99%', '100%')
    """
    rounded = round(100 * share)
    if rounded == 0 and share > 0:
        return "<1%"
    if rounded == 100 and share < 1:
        return ">99%"
    return f"{rounded}%"


def percent_interval(bounds: Interval) -> str:
    """Write an interval of shares.

    >>> percent_interval((0.963, 1.0))
    '[96, 100]'
    """
    return f"[{100 * bounds[0]:.0f}, {100 * bounds[1]:.0f}]"


def p_value(p: float) -> str:
    """Write a p-value; below 0.001 only that it is.

    >>> p_value(0.0004), p_value(0.0238)
    ('p<0.001', 'p=0.024')
    """
    return "p<0.001" if p < 0.001 else f"p={p:.3f}"


def epochs(value: float | None) -> str:
    """Write a median of epochs.

    >>> epochs(8.0), epochs(8.5), epochs(None)
    ('8', '8.5', '–')
    """
    return MISSING if value is None else f"{value:g}"


def significant(value: float | None, digits: int = 4) -> str:
    """Write a number of any size with this many significant digits.

    >>> significant(1.59254), significant(-2e-7), significant(float("inf")), significant(None)
    ('1.593', '−2e−07', '∞', '–')
    """
    if value is None:
        return MISSING
    text = f"{value:.{digits}g}".replace("inf", "∞")
    return text.removeprefix("-" if float(value) == 0 else "").replace("-", _MINUS)
