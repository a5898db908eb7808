"""Each initializer's own best learning rate, chosen on validation data by a stated rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from initscope.comparison.experiment import Experiment
from initscope.comparison.result import Comparison
from initscope.comparison.tuning import Grid, Trial, Tuning
from initscope.errors import InputError
from initscope.training import Initialization, optimizer_named, typed

VALIDATION = 0.2
"""Share of the training data on which rates are judged; the final networks learn from all of it."""

SEEDS = tuple(range(10**9, 10**9 + 10))
"""Seeds of the search, beyond any that a report counts: no final network took part in it."""


def search(base: Experiment, grid: Grid) -> list[Experiment]:
    """Return the experiments of a search, one a rate, on validation data.

    Raises:
        InputError: seeds of the result would take part in the search, the rate is given, or the
            data are judged on validation data already.
    """
    setting = base.setting
    if set(SEEDS) & set(base.seeds):
        raise InputError(f"seeds {SEEDS[0]} to {SEEDS[-1]} choose learning rates: take others")
    optimizer = setting.training.optimizer
    if optimizer.learning_rate != optimizer_named(optimizer.name).learning_rate:
        raise InputError("the learning rate is given and to be tuned: leave out one of them")
    if setting.data.validation:
        raise InputError("tuning splits off its own validation data: leave out --validation")
    held_out = replace(setting, data=replace(setting.data, validation=VALIDATION))
    rates = grid.at(optimizer)
    return [Experiment(held_out.at_rate(rate), base.cells, SEEDS) for rate in rates]


def choose(tried: Sequence[Comparison]) -> Tuning:
    """Choose each initialization's rate: that of the highest mean score, of equals the smallest.

    Args:
        tried: what the experiments of `search` gave, by ascending rate.
    """
    first = tried[0].experiment
    found: list[Trial] = []
    for cell in first.cells:
        trials = [_trial(comparison, cell) for comparison in tried]
        best = int(np.argmax([trial.score.mean for trial in trials]))  # the first of equals
        trials[best] = replace(trials[best], chosen=True)
        found += trials
    return Tuning(
        tuple(each.experiment.setting.training.optimizer.learning_rate for each in tried),
        first.seeds,
        first.setting.data.validation,
        tuple(found),
    )


def tuned(base: Experiment, tuning: Tuning) -> list[Experiment]:
    """Return the final experiments: the initializations of each chosen rate, on all the data."""
    by_rate: dict[float, list[Initialization]] = {}
    for cell in base.cells:
        by_rate.setdefault(tuning.rate(cell), []).append(cell)
    return [
        replace(base, setting=base.setting.at_rate(rate), cells=tuple(cells))
        for rate, cells in sorted(by_rate.items())
    ]


def _trial(comparison: Comparison, cell: Initialization) -> Trial:
    records, setting = comparison.of(cell), comparison.experiment.setting
    return Trial(
        initializer=typed(cell.hidden),
        head=typed(cell.head),
        learning_rate=setting.training.optimizer.learning_rate,
        experiment=setting.id,
        n=len(records),
        trained=sum(record.outcome == "trained" for record in records),
        diverged=sum(record.outcome == "diverged" for record in records),
        score=comparison.expected(cell),
    )
