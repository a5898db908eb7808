"""The list of stored experiments, for the terminal and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from initscope.comparison import Setting
from initscope.errors import InputError
from initscope.report.compare_text import title
from initscope.store import StoredExperiment

SCHEMA_VERSION = 1


def plain(experiments: Sequence[StoredExperiment]) -> dict[str, Any]:
    """Return the list as plain data."""
    return {
        "schema_version": SCHEMA_VERSION,
        "experiments": [
            {
                "id": experiment.id,
                "created": experiment.created.isoformat(timespec="seconds"),
                "setting": experiment.setting,
                "networks": experiment.counts,
            }
            for experiment in experiments
        ],
    }


def print_experiments(experiments: Sequence[StoredExperiment], console: Console) -> None:
    """Print one line an experiment."""
    if not experiments:
        console.print("The store holds no experiment yet.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("experiment", "created", "networks", "setting"):
        table.add_column(heading, no_wrap=heading != "setting")
    for experiment in experiments:
        table.add_row(
            experiment.id,
            f"{experiment.created:%Y-%m-%d %H:%M}",
            str(sum(experiment.counts.values())),
            _title(experiment),
        )
    console.print(table)


def _title(experiment: StoredExperiment) -> str:
    """Say what was trained; of data that are not here any more, only their name."""
    try:
        return title(Setting.from_dict(experiment.setting))
    except InputError:
        return f"{experiment.setting['data']['task']}, whose data are not here as they were"
