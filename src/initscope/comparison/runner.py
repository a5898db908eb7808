"""Run a comparison: train what the store does not hold, then summarize what it holds."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence

from initscope.comparison.chunks import missing_chunks
from initscope.comparison.experiment import Experiment, Setting
from initscope.comparison.presets import SAME, preset
from initscope.comparison.records import records
from initscope.comparison.result import Comparison, Throughput, default_threshold
from initscope.comparison.seeds import expand
from initscope.engines import Engine, InProcess, Pool, cpu_count
from initscope.errors import InputError
from initscope.initializers import Initializer, get
from initscope.store import Store
from initscope.training import (
    MLP,
    Data,
    Finished,
    Initialization,
    Job,
    Split,
    Training,
    operations,
    state_bytes,
    work,
)

_RATE = 10e9  # operations a second that small networks reach at least on one core
_WORTH_A_POOL = 3.0  # seconds in one process; starting workers takes about two

Progress = Callable[[int, int], None]
"""Called with the number of networks that are finished, and that are to be trained."""


def compare(  # noqa: PLR0913 - a comparison has this many aspects, most of them optional
    task: str | Data,
    initializers: Iterable[str | Initializer] | None = None,
    *,
    seeds: int | str | Iterable[int] = 100,
    head: str | Initializer | None = None,
    network: MLP | None = None,
    training: Training | None = None,
    threshold: float | None = None,
    storage: str = "sqlite://",
    workers: int | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Compare initializers by training networks on real data, over many seeds.

    Every initializer meets the same seeds; one seed gives every initializer the same underlying
    random numbers and the same batches. Networks that the store holds are not trained again.

    Args:
        task: a task by name, or :class:`Data`, also of a file or of arrays.
        initializers: initializers of the hidden layers; by default those of the tutorials.
        seeds: how many seeds, counted from 0, or the seeds themselves, also as a text of ranges
            such as ``"0-49,100-149"``.
        head: initializer of the output layer, or ``"same"`` as the hidden layers; by default that
            of the task's tutorial.
        network: the perceptron, by default two hidden layers of 64 and ReLU.
        training: by default Adam at 0.001, 10 epochs of batches of 32.
        threshold: test accuracy whose first epoch is reported, by default 0.9; for regression R
            squared, by default 0.4.
        storage: database URL of the results store; by default nothing outlives the call.
        workers: processes; by default one a core, or none where that would take longer.
        progress: called as networks finish.

    Raises:
        InputError: an argument cannot be used.
        StorageError: the store cannot be used.

    >>> import initscope
    >>> result = initscope.compare("iris", ["zeros", "he_uniform"], seeds=5)
    >>> [(cell.initializer, cell.stuck) for cell in result.cells]
    [('zeros', 5), ('he_uniform', 0)]
    """
    data = task if isinstance(task, Data) else Data(task)
    experiment = Experiment(
        Setting(data, network or MLP(), training or Training()),
        _cells(data, initializers, head),
        expand(seeds),
    )
    threshold = default_threshold(data) if threshold is None else threshold
    if not 0 < threshold <= 1:
        raise InputError(f"threshold {threshold} is not an accuracy between 0 and 1, such as 0.9")
    if workers is not None and workers < 1:
        raise InputError(f"workers {workers}: expected at least 1")
    _require_memory(experiment.setting)
    with Store(storage) as store:
        split = data.load()
        throughput = train(experiment, split, store, workers, progress)
        found = store.records(experiment.setting.id)
        return Comparison(
            experiment,
            found,
            split.baseline,
            threshold,
            throughput,
            store.url,
            split.target_scale,
        )


def _require_memory(setting: Setting) -> None:
    needed = state_bytes(setting.shapes, setting.training)
    present = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if needed > present / 2:
        raise InputError(
            f"a network of this size needs {needed / 2**30:.0f} GiB to train, this machine has "
            f"{present / 2**30:.0f}: choose smaller widths, or fewer layers"
        )


def train(
    experiment: Experiment,
    split: Split,
    store: Store,
    workers: int | None,
    progress: Progress | None,
) -> Throughput:
    """Train the networks that the store does not hold, and store each chunk as it finishes."""
    setting = experiment.setting
    store.add_experiment(setting.id, setting.to_dict())
    chunks = missing_chunks(experiment, store.seeds(setting.id))
    total, count = sum(map(len, chunks)), 0
    jobs = (Job(split, setting.network, setting.training, members) for members in chunks)
    finished: list[Finished] = []
    for part in _engine(setting, split, total, workers).map(work.run, jobs):
        store.add(setting.id, records(part, split))
        finished.append(part)
        count += len(part.members)
        if progress:
            progress(count, total)
    return _throughput(finished)


def _engine(setting: Setting, split: Split, networks: int, workers: int | None) -> Engine:
    """Return a pool where it is asked for, or where it saves time."""
    if workers is None:
        work_each = operations(setting.shapes, setting.training, len(split.y_train))
        workers = cpu_count() if networks * work_each / _RATE > _WORTH_A_POOL else 1
    return Pool(workers) if workers > 1 else InProcess()


def _throughput(finished: Sequence[Finished]) -> Throughput:
    if not finished:
        return Throughput(0, 0.0)
    seconds = max(part.ended for part in finished) - min(part.started for part in finished)
    return Throughput(sum(len(part.members) for part in finished), seconds)


def _cells(
    data: Data,
    initializers: Iterable[str | Initializer] | None,
    head: str | Initializer | None,
) -> tuple[Initialization, ...]:
    usual = preset(data)
    chosen = usual.head if head is None else head
    names = usual.initializers if initializers is None else initializers
    hidden = [get(name) for name in names]
    return tuple(Initialization(h, h if chosen == SAME else get(chosen)) for h in hidden)
