"""The colours of the reports as variables of the page's style, light and dark."""

from __future__ import annotations

from collections.abc import Iterator

from initscope.report import palette

Pair = tuple[str, str]


def stylesheet() -> str:
    """Return the style rules."""
    light, dark = (
        "; ".join(f"--{name}: {pair[index]}" for name, pair in _names()) for index in (0, 1)
    )
    return f":root {{ {light} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"


def _names() -> Iterator[tuple[str, Pair]]:
    yield from (("ink", palette.INK), ("muted", palette.MUTED), ("grid", palette.GRID))
    yield "paper", palette.PAPER
    yield from ((f"series-{index}", pair) for index, pair in enumerate(palette.SERIES, start=1))
    bands = (*palette.BELOW_ONE, *palette.ABOVE_ONE, palette.NOWHERE)
    yield from ((f"chi-{index}", pair) for index, pair in enumerate(bands))
