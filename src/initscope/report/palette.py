"""Colours of charts, in pairs for light and dark pages.

Variants of the palette of Okabe and Ito (2008), which people of any colour vision tell apart,
shifted until each has a contrast of at least 3:1 with its page. Charts are drawn in the light
colours; a page in dark mode replaces each by its partner (see `dark_rules`).
"""

from __future__ import annotations

SERIES = (
    ("#0072B2", "#56B4E9"),
    ("#C85200", "#FF9447"),
    ("#00805D", "#2FC79A"),
    ("#A8447F", "#E58FC4"),
    ("#7A6400", "#E3C53B"),
    ("#5B4FC7", "#A99FFF"),
    ("#A33B3B", "#FF8C8C"),
    ("#4D6A6D", "#9FC1C4"),
)

DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4], [1, 3], [10, 4], [3, 1])
"""Line patterns, so that series differ without colour."""

INK = ("#1F2328", "#E6E8EB")
MUTED = ("#59626C", "#A4ACB6")
GRID = ("#D5D9DE", "#3A4048")
PAPER = ("#FFFFFF", "#15181C")

WHISKER = "#101418"  # on bars of any colour, on both pages

OUTCOMES = {"trained": SERIES[2], "stuck": SERIES[1], "diverged": SERIES[3]}

BELOW_ONE = (
    ("#5E9FD3", "#2B74AB"),
    ("#8FBDE2", "#22567D"),
    ("#BCD8EE", "#1B3E58"),
    ("#E0EDF7", "#19303F"),
)
"""From far below one to near it, paler on a light page and dimmer on a dark one."""

ABOVE_ONE = (
    ("#FAE9DA", "#3A2C1E"),
    ("#F4CFAC", "#583A20"),
    ("#EBB07A", "#7F4C22"),
    ("#DD8A43", "#AF6424"),
)
"""From near one to far above it."""

SHARES = (
    ("#F2F7FB", "#1A2128"),
    ("#D8E8F5", "#1B3345"),
    ("#B4D2EB", "#1D4561"),
    ("#8CBBE0", "#20587D"),
    ("#62A1D4", "#256A97"),
)
"""From none to all in fifths, such that ink can be read on each."""

NOWHERE = ("#C9CDD2", "#474D55")
"""Where there is no number to show."""

_PARTNERS = dict((*SERIES, INK, MUTED, GRID, PAPER, *BELOW_ONE, *ABOVE_ONE, *SHARES, NOWHERE))


def dark(svg: str) -> str:
    """Return a chart with every colour replaced by its dark partner."""
    for light, partner in _PARTNERS.items():
        svg = svg.replace(f'"{light}"', f'"{partner}"')
    return svg


def dark_rules() -> str:
    """Return style rules that do the same within a page in dark mode."""
    return "\n".join(
        f'svg [{attribute}="{light}"] {{ {attribute}: {partner}; }}'
        for light, partner in _PARTNERS.items()
        for attribute in ("fill", "stroke")
    )
