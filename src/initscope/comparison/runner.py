"""Run a comparison: train what the store does not hold, then summarize what it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, overload

from initscope.comparison.axes import Axes, points
from initscope.comparison.enough import MOST_SEEDS, Enough
from initscope.comparison.experiment import Experiment, Setting
from initscope.comparison.named import network_of
from initscope.comparison.presets import SAME, preset
from initscope.comparison.result import Comparison, Throughput, default_threshold
from initscope.comparison.seeds import expand
from initscope.comparison.sweep import Sweep
from initscope.comparison.trainer import Progress, Splits, train
from initscope.errors import InputError
from initscope.store import Store
from initscope.training import Data, Initialization, Network, Scheme, Start, Training, start
from initscope.training.drawn import require_starts


@overload
def compare(
    task: str | Data,
    initializers: Iterable[str | Start] | None = None,
    *,
    seeds: int | str | Iterable[int] = 100,
    head: str | Start | None = None,
    network: str | Network | Callable[..., Any] | None = None,
    training: Training | None = None,
    threshold: float | None = None,
    storage: str = "sqlite://",
    workers: int | None = None,
    progress: Progress | None = None,
    sweep: None = None,
    until_ci: float | None = None,
    max_seeds: int = MOST_SEEDS,
) -> Comparison: ...


@overload
def compare(
    task: str | Data,
    initializers: Iterable[str | Start] | None = None,
    *,
    seeds: int | str | Iterable[int] = 100,
    head: str | Start | None = None,
    network: str | Network | Callable[..., Any] | None = None,
    training: Training | None = None,
    threshold: float | None = None,
    storage: str = "sqlite://",
    workers: int | None = None,
    progress: Progress | None = None,
    sweep: Axes,
    until_ci: float | None = None,
    max_seeds: int = MOST_SEEDS,
) -> Sweep: ...


def compare(  # noqa: PLR0913 - a comparison has this many aspects, most of them optional
    task: str | Data,
    initializers: Iterable[str | Start] | None = None,
    *,
    seeds: int | str | Iterable[int] = 100,
    head: str | Start | None = None,
    network: str | Network | Callable[..., Any] | None = None,
    training: Training | None = None,
    threshold: float | None = None,
    storage: str = "sqlite://",
    workers: int | None = None,
    progress: Progress | None = None,
    sweep: Axes | None = None,
    until_ci: float | None = None,
    max_seeds: int = MOST_SEEDS,
) -> Comparison | Sweep:
    """Compare initializers by training networks on real data, over many seeds.

    Every initializer meets the same seeds; one seed gives every initializer the same underlying
    random numbers and the same batches. Networks that the store holds are not trained again.

    Args:
        task: a task by name, or :class:`Data`, also of a file or of arrays.
        initializers: initializers of the hidden layers, or schemes such as ``"auto"``, or ``"own"``
            for what the module's constructor draws; by default those of the tutorials.
        seeds: how many seeds, counted from 0, or the seeds themselves, also as a text of ranges
            such as ``"0-49,100-149"``.
        head: initializer of the output layer, or ``"same"`` as the hidden layers; by default that
            of the task's tutorial.
        network: a network by its text form, such as ``"convnet:depth=4"`` or
            ``"package.module:factory"``; a value such as :class:`MLP`, or a factory of modules. By
            default a perceptron of two hidden layers of 64 and ReLU.
        training: by default Adam at 0.001, 10 epochs of batches of 32.
        threshold: test accuracy whose first epoch is reported, by default 0.9; for regression R
            squared, by default 0.4.
        storage: database URL of the results store; by default nothing outlives the call.
        workers: processes; by default one a core, or none where that would take longer.
        progress: called as networks finish.
        sweep: axes with their values, such as ``{"depth": [2, 10], "lr": [1e-3, 1e-2]}``; every
            combination is compared, and the result is a :class:`Sweep`.
        until_ci: adds seeds until the 95% interval of each mean score is at most this wide.
        max_seeds: bound of the seeds that are then added.

    Raises:
        InputError: an argument cannot be used.
        StorageError: the store cannot be used.

    >>> import initscope
    >>> result = initscope.compare("iris", ["zeros", "he_uniform"], seeds=5)
    >>> [(cell.initializer, cell.stuck) for cell in result.cells]
    [('zeros', 5), ('he_uniform', 0)]
    """
    data = task if isinstance(task, Data) else Data(task)
    base = Experiment(
        Setting(data, network_of(network), training or Training()),
        _cells(data, initializers, head),
        expand(seeds),
    )
    threshold = default_threshold(data) if threshold is None else threshold
    if not 0 < threshold <= 1:
        raise InputError(f"threshold {threshold} is not an accuracy between 0 and 1, such as 0.9")
    if workers is not None and workers < 1:
        raise InputError(f"workers {workers}: expected at least 1")
    found = points(base.setting, sweep or {})
    settings = [setting for _, setting in found]
    for setting in settings:
        _ = setting.route  # refuses what does not fit into memory, before anything is stored
    enough = Enough(until_ci, max_seeds)
    with Store(storage) as store:
        runs = _run(
            base,
            settings,
            store=store,
            threshold=threshold,
            workers=workers,
            progress=progress,
            enough=enough,
        )
    if not sweep:
        return runs.comparisons[0]
    return Sweep(
        runs.base,
        {name: list(dict.fromkeys(at[name] for at, _ in found)) for name in found[0][0]},
        [at for at, _ in found],
        runs.comparisons,
        runs.throughput,
    )


@dataclass(frozen=True, slots=True)
class _Runs:
    """Every point of a sweep, with as many seeds as were needed."""

    base: Experiment
    comparisons: list[Comparison]
    throughput: Throughput


def _run(  # noqa: PLR0913 - what one call of compare has read
    base: Experiment,
    settings: Sequence[Setting],
    *,
    store: Store,
    threshold: float,
    workers: int | None,
    progress: Progress | None,
    enough: Enough,
) -> _Runs:
    splits = {data: data.load() for data in dict.fromkeys(setting.data for setting in settings)}
    for setting in settings:
        examples = len(splits[setting.data].y_train)
        setting.network.require_batches(examples, setting.training.batch_size)
    for data, network, outputs in dict.fromkeys((s.data, s.network, s.outputs) for s in settings):
        require_starts(network, splits[data], outputs, base.cells)
    spent = Throughput(0, 0.0)
    while True:
        experiments = [replace(base, setting=setting) for setting in settings]
        now = train(experiments, splits, store, workers, progress)
        spent = Throughput(spent.networks + now.networks, spent.seconds + now.seconds)
        comparisons = [_summed(each, splits, store, threshold, spent) for each in experiments]
        more = enough.more(base.seeds, comparisons)
        if not more:
            return _Runs(base, comparisons, spent)
        base = replace(base, seeds=(*base.seeds, *more))


def _summed(
    experiment: Experiment,
    splits: Splits,
    store: Store,
    threshold: float,
    throughput: Throughput,
) -> Comparison:
    """Summarize what the store holds of an experiment."""
    split = splits[experiment.setting.data]
    return Comparison(
        experiment,
        store.records(experiment.setting.id),
        split.baseline,
        threshold,
        throughput,
        store.url,
        split.target_scale,
    )


def _cells(
    data: Data,
    initializers: Iterable[str | Start] | None,
    head: str | Start | None,
) -> tuple[Initialization, ...]:
    usual = preset(data)
    chosen = usual.head if head is None else head
    names = usual.initializers if initializers is None else initializers
    return tuple(_cell(start(name), chosen, named=head is not None) for name in names)


def _cell(hidden: Start, head: str | Start, *, named: bool) -> Initialization:
    """Return a cell; a scheme decides on the head, too, unless one is named."""
    if head == SAME or (isinstance(hidden, Scheme) and not named):
        return Initialization(hidden, hidden)
    return Initialization(hidden, start(head))
