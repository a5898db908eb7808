"""A plan as text: one line for each parameter, reasons below."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from initscope.planning.plan import Plan, Row

_WIDTH = 140
_LONG = re.compile(r"\d+\.\d{5,}(e-?\d+)?")
_BY_FAN_IN = re.compile(r"^variance_scaling(\(scale=[^,)]+\))?$")

HEADINGS = ("parameter", "role", "fans", "feeds", "initializer", "std", "reason")


def text(plan: Plan) -> str:
    """Return a plan as lines of text."""
    console = Console(width=_WIDTH, highlight=False, color_system=None)
    with console.capture() as capture:
        console.print(table(plan))
    return capture.get() + "\n".join(notes(plan))


def table(plan: Plan) -> Table:
    """Return a plan as a table."""
    found = Table(box=None, pad_edge=False, header_style="bold")
    for heading in HEADINGS:
        found.add_column(heading, overflow="fold", no_wrap=heading in {"parameter", "role", "std"})
    for row in plan.rows:
        found.add_row(*entries(row))
    return found


def entries(row: Row) -> tuple[str, ...]:
    """Return the columns of one parameter."""
    fans = row.slot.fans if row.slot.is_weight else None
    std = row.std
    return (
        row.name + (f" (tied: {', '.join(row.slot.aliases)})" if row.slot.aliases else ""),
        row.role.replace("_", " "),
        f"{fans.fan_in}, {fans.fan_out}" if fans else "",
        row.activation,
        _short(row),
        "" if std is None else f"{std:.4g}",
        row.reason,
    )


def notes(plan: Plan) -> list[str]:
    """Return what a reader of the table should know."""
    filled = sum(row.choice is not None and row.choice.action != "keep" for row in plan.rows)
    kept = sum(row.choice is not None and row.choice.action == "keep" for row in plan.rows)
    lines = [f"{plan.scheme}: {filled} parameters of {plan.model_class} are written, {kept} kept."]
    if plan.uncovered:
        lines.append(f"Uncovered, so that it cannot be applied: {', '.join(plan.uncovered)}")
    if plan.unused_rules:
        lines.append(f"Rules that met no parameter: {', '.join(plan.unused_rules)}")
    if plan.measure:
        lines.append(
            f"Weights are then rescaled to their {plan.measure} second moment on the example."
        )
    return lines


def _short(row: Row) -> str:
    """Round what is written in full elsewhere, and leave out what the columns say anyway."""
    name = _LONG.sub(lambda found: f"{float(found.group()):.4g}", row.initializer)
    return _BY_FAN_IN.sub("normal, by fan_in", name)
