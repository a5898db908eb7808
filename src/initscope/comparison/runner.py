"""Run a comparison: train what the store does not hold, then summarize what it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, overload

from initscope.comparison.axes import Axes, Coordinates, points
from initscope.comparison.enough import MOST_SEEDS, Enough
from initscope.comparison.experiment import Experiment, Setting
from initscope.comparison.named import network_of
from initscope.comparison.presets import SAME, preset
from initscope.comparison.result import Comparison, default_threshold
from initscope.comparison.rounds import Rounds
from initscope.comparison.seeds import expand
from initscope.comparison.sweep import Sweep
from initscope.comparison.trainer import Progress
from initscope.comparison.tuning import Grid, Tune
from initscope.errors import InputError, unknown
from initscope.store import Store
from initscope.training import Data, Initialization, Network, Scheme, Start, Training, start, typed


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
    tune: Tune | None = None,
    gain: float = 1.0,
    reference: str | Start | None = None,
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
    tune: Tune | None = None,
    gain: float = 1.0,
    reference: str | Start | None = None,
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
    tune: Tune | None = None,
    gain: float = 1.0,
    reference: str | Start | None = None,
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
        until_ci: adds seeds until the 95% interval of each mean score is at most this wide, and of
            ten networks at least.
        max_seeds: bound of the seeds that are then added.
        tune: ``"lr"`` gives each initializer its own best learning rate, chosen on validation data
            that are split off the training data, from half-decades around the optimizer's default
            or from the rates given as ``{"lr": [1e-3, 1e-2]}``. The search is in the result's
            `tuning`.
        gain: factor on the initial weights of all layers but the head, whatever draws them.
        reference: one of the initializers, to which differences are taken; named before any result
            is seen, it asks for a smaller correction than the best, which the results choose.

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
        Setting(data, network_of(network), training or Training(), gain),
        cells(data, initializers, head),
        expand(seeds),
    )
    threshold = default_threshold(data) if threshold is None else threshold
    _require(threshold, workers)
    named = None if reference is None else _reference(base.cells, reference)
    found = points(base.setting, sweep or {})
    if tune is not None and sweep and "lr" in found[0][0]:
        raise InputError("the learning rate is swept and to be tuned: leave out one of them")
    for _, setting in found:
        _ = setting.route  # refuses what does not fit into memory, before anything is stored
    places = [replace(base, setting=setting) for _, setting in found]
    grid, enough = Grid.of(tune) if tune is not None else None, Enough(until_ci, max_seeds)
    with Store(storage) as store:
        rounds = Rounds(store, threshold, workers, progress, named)
        comparisons = rounds.run(places, grid, enough)
    return _swept(base, [at for at, _ in found], comparisons) if sweep else comparisons[0]


def _require(threshold: float, workers: int | None) -> None:
    if not 0 < threshold <= 1:
        raise InputError(f"threshold {threshold} is not an accuracy between 0 and 1, such as 0.9")
    if workers is not None and workers < 1:
        raise InputError(f"workers {workers}: expected at least 1")


def _reference(cells: Sequence[Initialization], named: str | Start) -> Initialization:
    """Return the cell whose initializer was named as the reference."""
    wanted = start(named)
    for cell in cells:
        if cell.hidden == wanted:
            return cell
    raise unknown("reference", typed(wanted), [typed(cell.hidden) for cell in cells])


def _swept(
    base: Experiment, coordinates: list[Coordinates], comparisons: list[Comparison]
) -> Sweep:
    """Return the sweep of the comparisons at some points, with the seeds that they came to need."""
    return Sweep(
        replace(base, seeds=comparisons[0].experiment.seeds),
        {name: list(dict.fromkeys(at[name] for at in coordinates)) for name in coordinates[0]},
        coordinates,
        comparisons,
        comparisons[0].throughput,
    )


def cells(
    data: Data,
    initializers: Iterable[str | Start] | None,
    head: str | Start | None,
) -> tuple[Initialization, ...]:
    """Return the cells of a comparison; what is None is as the task's tutorial has it."""
    usual = preset(data)
    chosen = usual.head if head is None else head
    names = usual.initializers if initializers is None else initializers
    return tuple(_cell(start(name), chosen, named=head is not None) for name in names)


def _cell(hidden: Start, head: str | Start, *, named: bool) -> Initialization:
    """Return a cell; a scheme decides on the head, too, unless one is named."""
    if head == SAME or (isinstance(hidden, Scheme) and not named):
        return Initialization(hidden, hidden)
    return Initialization(hidden, start(head))
