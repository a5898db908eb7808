"""A report as one HTML file: no script, no request, readable in print and in the dark."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from initscope.report import palette
from initscope.report.charts_theme import Rows


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with the data behind it."""

    title: str
    caption: str
    svg: str
    rows: Rows


def render_page(template: str, **content: Any) -> str:
    """Fill a template that extends ``page.html.j2``."""
    page = _environment().get_template(template)
    return page.render(dark_rules=palette.dark_rules(), **content)


def versions(libraries: Sequence[str]) -> str:
    """Say which libraries, which Python and which machine made a report."""
    named = ", ".join(f"{name} {version(name)}" for name in libraries)
    system = f"{platform.system()} {platform.machine()}"
    return f"{named}; Python {platform.python_version()}, {system}"


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("initscope.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    environment.filters["number"] = _number
    return environment


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
