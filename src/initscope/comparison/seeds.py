"""Seeds of a comparison: a number of them, the seeds themselves, or their text form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from initscope.errors import InputError

MOST = 1_000_000
"""More networks than anyone trains, and few enough to be listed."""


def expand(seeds: int | str | Iterable[int]) -> tuple[int, ...]:
    """Return the seeds that are meant: a number counts from zero, a text names ranges.

    Raises:
        InputError: the text cannot be read, or the number is not between 1 and a million.

    >>> expand(3), expand("3"), expand("0-2,7"), expand([5, 6])
    ((0, 1, 2), (0, 1, 2), (0, 1, 2, 7), (5, 6))
    """
    if isinstance(seeds, str):
        seeds = _read(seeds)
    if isinstance(seeds, int):
        if seeds < 1:
            raise InputError(f"seeds {seeds}: expected a number of networks above 0, such as 100")
        seeds = range(_bounded(seeds))
    return tuple(seeds)


def text(seeds: Sequence[int]) -> str:
    """Write seeds so that `expand` reads them.

    >>> text(range(100)), text([0]), text([7, 8, 9, 3])
    ('100', '1', '7-9,3-3')
    """
    if list(seeds) == list(range(len(seeds))):
        return str(len(seeds))
    runs: list[list[int]] = []
    for seed in seeds:
        if runs and seed == runs[-1][-1] + 1:
            runs[-1].append(seed)
        else:
            runs.append([seed])
    return ",".join(f"{run[0]}-{run[-1]}" for run in runs)


def _read(written: str) -> int | list[int]:
    try:
        if written.lstrip("-").isdigit():
            return int(written)
        bounds = [
            (int(first), int(last or first))
            for first, _, last in (part.partition("-") for part in written.split(","))
        ]
    except ValueError:
        raise InputError(
            f"seeds {written!r}: expected a number such as 100, or ranges such as 0-49,100-149"
        ) from None
    _bounded(sum(max(0, last - first + 1) for first, last in bounds))
    return [seed for first, last in bounds for seed in range(first, last + 1)]


def _bounded(count: int) -> int:
    if count > MOST:
        raise InputError(f"{count} seeds: expected at most {MOST}")
    return count
