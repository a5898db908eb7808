"""The rounds of one call: the search for rates, the networks, and more seeds where asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from initscope.comparison.enough import Enough
from initscope.comparison.experiment import Experiment
from initscope.comparison.result import Comparison, Throughput
from initscope.comparison.search import choose, search, tuned
from initscope.comparison.trainer import Progress, train
from initscope.comparison.tuning import Grid, Tuning
from initscope.store import Store
from initscope.training import Data, Initialization, Network, Split
from initscope.training.drawn import require_starts


@dataclass
class Rounds:
    """What the rounds share, and what they have spent.

    Attributes:
        store: holds what is trained.
        threshold: the test score of `Cell.epochs_to_threshold`.
        workers: processes; None to decide by the work.
        progress: called as networks finish.
        reference: what differences are taken to, where it was named.
        spent: what was trained so far.
    """

    store: Store
    threshold: float
    workers: int | None
    progress: Progress | None
    reference: Initialization | None = None
    spent: Throughput = field(default_factory=lambda: Throughput(0, 0.0))
    _splits: dict[Data, Split] = field(default_factory=dict)

    def run(
        self, points: Sequence[Experiment], grid: Grid | None, enough: Enough
    ) -> list[Comparison]:
        """Compare at every point of a sweep, with as many seeds as are needed.

        Args:
            points: experiments of the same cells and seeds.
            grid: learning rates to choose from, each initialization its own; None for none.
            enough: when to add seeds.
        """
        tunings = self._tunings(points, grid) if grid else [None] * len(points)
        while True:
            comparisons = self._compare(points, tunings)
            more = enough.more(points[0].seeds, comparisons)
            if not more:
                return comparisons
            points = [replace(point, seeds=(*point.seeds, *more)) for point in points]

    def _tunings(self, points: Sequence[Experiment], grid: Grid) -> list[Tuning | None]:
        searches = [search(point, grid) for point in points]
        self._train(experiment for tried in searches for experiment in tried)
        return [choose([self._summed(each, [each]) for each in tried]) for tried in searches]

    def _compare(
        self, points: Sequence[Experiment], tunings: Sequence[Tuning | None]
    ) -> list[Comparison]:
        parts = [
            tuned(point, tuning) if tuning else [point]
            for point, tuning in zip(points, tunings, strict=True)
        ]
        self._train(experiment for those in parts for experiment in those)
        return [
            self._summed(point, those, tuning)
            for point, those, tuning in zip(points, parts, tunings, strict=True)
        ]

    def _train(self, experiments: Iterable[Experiment]) -> None:
        todo = list(experiments)
        for data in {each.setting.data for each in todo} - self._splits.keys():
            self._splits[data] = data.load()
        for setting in (each.setting for each in todo):
            examples = len(self._splits[setting.data].y_train)
            setting.network.require_batches(examples, setting.training.batch_size)
        for data, network, outputs, cells in dict.fromkeys(map(_start, todo)):
            require_starts(network, self._splits[data], outputs, cells)
        now = train(todo, self._splits, self.store, self.workers, self.progress)
        networks, seconds = self.spent.networks + now.networks, self.spent.seconds + now.seconds
        self.spent = Throughput(networks, seconds)

    def _summed(
        self, point: Experiment, parts: Sequence[Experiment], tuning: Tuning | None = None
    ) -> Comparison:
        """Summarize what the store holds of the experiments that make up a point."""
        split = self._splits[parts[0].setting.data]
        names = {part.setting.id: {str(cell) for cell in part.cells} for part in parts}
        return Comparison(
            point,
            [
                record
                for setting, cells in names.items()
                for record in self.store.records(setting)
                if record.cell in cells
            ],
            split.baseline,
            self.threshold,
            self.spent,
            self.store.url,
            split.target_scale,
            tuning,
            self.reference,
        )


def _start(
    experiment: Experiment,
) -> tuple[Data, Network, int, tuple[Initialization, ...]]:
    """Return what decides whether networks can start."""
    setting = experiment.setting
    return setting.data, setting.network, setting.outputs, experiment.cells
