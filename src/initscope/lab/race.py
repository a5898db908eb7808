"""Race: initializers trained against each other, with curves while they train."""

from __future__ import annotations

import time
from typing import Any

from initscope.comparison import Comparison, Experiment, Throughput, compare
from initscope.comparison.result import default_threshold
from initscope.lab import entry
from initscope.lab.link import Link
from initscope.lab.requests import Race
from initscope.lab.snippet import python
from initscope.report import compare_html, compare_notes, compare_text
from initscope.report.command import command
from initscope.report.compare_charts import curve_rows
from initscope.store import Store

_EVERY = 0.2  # seconds between two pictures


def run(request: Race, link: Link) -> None:
    """Train what the store lacks, or only say how much that is, and send what is there."""
    experiment = entry.experiment(request)
    seen = Spectator(experiment, link)
    if not request.train and seen.missing():
        seen.show(trained=0)
        link.part("missing", {"networks": seen.missing(), "total": seen.total})
        return
    link.interrupts = True  # the store holds whole chunks or nothing of them
    try:
        link.proceed()
        result = _compared(experiment, request, link, seen)
    finally:
        link.interrupts = False
    _finish(result, request, link)


def _compared(experiment: Experiment, request: Race, link: Link, seen: Spectator) -> Comparison:
    setting = experiment.setting
    return compare(
        setting.data,
        [cell.hidden for cell in experiment.cells],
        head=entry.head(request),
        seeds=experiment.seeds,
        network=setting.network,
        training=setting.training,
        gain=setting.gain,
        storage=link.storage,
        workers=1,  # the page's own process; others have theirs
        progress=seen.progress,
    )


class Spectator:
    """Watches the store while networks train, and tells the page."""

    def __init__(self, experiment: Experiment, link: Link) -> None:
        self._experiment, self._link = experiment, link
        self._split = experiment.setting.data.load()
        self._shown = 0.0
        self.total = len(experiment.cells) * len(experiment.seeds)

    def progress(self, done: int, todo: int) -> None:
        """Take in that networks are finished; here a race pauses and is cancelled."""
        if time.monotonic() - self._shown > _EVERY or done == todo:
            self.show(trained=done)
            self._shown = time.monotonic()
        self._link.proceed()

    def missing(self) -> int:
        """Return how many networks the store lacks."""
        with Store(self._link.storage) as store:
            stored = store.seeds(self._experiment.setting.id)
        wanted = set(self._experiment.seeds)
        return sum(len(wanted - stored.get(str(cell), set())) for cell in self._experiment.cells)

    def show(self, trained: int) -> None:
        """Send the curves over the seeds that all initializers have."""
        with Store(self._link.storage) as store:
            stored = store.seeds(self._experiment.setting.id)
            cells = [stored.get(str(cell), set()) for cell in self._experiment.cells]
            shared = set.intersection(set(self._experiment.seeds), *cells)
            if not shared:
                return
            records = store.records(self._experiment.setting.id)
        setting = self._experiment.setting
        partial = Comparison(
            Experiment(setting, self._experiment.cells, tuple(sorted(shared))),
            records,
            self._split.baseline,
            default_threshold(setting.data),
            Throughput(trained, 0.0),
            "",
        )
        self._link.part("curves", _curves(partial, self.total))


def _curves(comparison: Comparison, total: int) -> dict[str, Any]:
    labels = [comparison.label(cell) for cell in comparison.experiment.cells]
    return {
        "networks": len(labels) * len(comparison.experiment.seeds),
        "total": total,
        "labels": labels,
        "rows": curve_rows(comparison),
    }


def _finish(result: Comparison, request: Race, link: Link) -> None:
    link.part(
        "curves", _curves(result, len(result.experiment.cells) * len(result.experiment.seeds))
    )
    link.part(
        "table",
        {
            "columns": compare_text.columns(result),
            "rows": [
                {"entries": [list(entry) for entry in entries], "best": cell is result.best}
                for entries, cell in zip(compare_text.rows(result), result.cells, strict=True)
            ],
            "notes": compare_notes.notes(result),
            "trained": result.throughput.networks,
            "seconds": result.throughput.seconds,
        },
    )
    link.part("again", {"command": command(result), "python": python(result, entry.head(request))})
    link.report(compare_html.render(result))
