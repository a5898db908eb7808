"""Comparisons that a store already holds."""

from __future__ import annotations

from initscope.comparison.experiment import Experiment, Setting
from initscope.comparison.result import Comparison, Throughput, default_threshold
from initscope.errors import InputError
from initscope.store import Store, StoredExperiment
from initscope.training import Initialization


def find(store: Store, prefix: str) -> StoredExperiment:
    """Return the experiment whose identifier begins with a prefix.

    Raises:
        InputError: none does, or more than one.
    """
    known = store.experiments()
    found = [experiment for experiment in known if experiment.id.startswith(prefix)]
    if len(found) != 1:
        problem = "more than one experiment begins" if found else "no experiment begins"
        names = ", ".join(experiment.id for experiment in found or known) or "an empty store"
        raise InputError(f"{problem} with {prefix!r}: expected one of {names}")
    return found[0]


def load(store: Store, prefix: str, threshold: float | None = None) -> Comparison:
    """Summarize a stored experiment over the seeds that all its initializers share.

    Raises:
        InputError: there is no such experiment, or no seed is complete.
    """
    stored = find(store, prefix)
    seeds = store.seeds(stored.id)
    shared = set.intersection(*seeds.values()) if seeds else set()
    if not shared:
        raise InputError(f"experiment {stored.id} has no seed that every initializer finished")
    experiment = Experiment(
        Setting.from_dict(stored.setting),
        tuple(Initialization.parse(cell) for cell in sorted(seeds)),
        tuple(sorted(shared)),
    )
    data = experiment.setting.data
    split = data.load()
    return Comparison(
        experiment,
        store.records(stored.id),
        split.baseline,
        default_threshold(data) if threshold is None else threshold,
        Throughput(0, 0.0),
        store.url,
        split.target_scale,
    )
