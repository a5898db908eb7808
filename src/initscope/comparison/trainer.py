"""Train what the store does not hold, and store each chunk as it finishes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from initscope.comparison.chunks import groups, missing_chunks, owned
from initscope.comparison.experiment import Experiment, Setting
from initscope.comparison.records import records
from initscope.comparison.result import Throughput
from initscope.engines import Engine, InProcess, Pool, cpu_count
from initscope.store import Record, Store
from initscope.training import Data, Finished, Job, Member, Split, work

_WORTH_A_POOL = 3.0  # seconds in one process; starting workers takes about two

Progress = Callable[[int, int], None]
"""Called with the number of networks that are finished, and that are to be trained."""

Splits = Mapping[Data, Split]


@dataclass(frozen=True, slots=True)
class _Group:
    """Experiments that train together, and the chunks that are missing."""

    experiments: Sequence[Experiment]
    chunks: Sequence[tuple[Member, ...]]

    @property
    def networks(self) -> int:
        return sum(map(len, self.chunks))

    @property
    def setting(self) -> Setting:
        return self.experiments[0].setting

    @property
    def seconds(self) -> float:
        return self.networks * self.setting.route.seconds


def train(
    experiments: Sequence[Experiment],
    splits: Splits,
    store: Store,
    workers: int | None,
    progress: Progress | None,
) -> Throughput:
    """Train the networks of experiments of the same seeds that the store lacks."""
    for experiment in experiments:
        store.add_experiment(experiment.setting.id, experiment.setting.to_dict())
    stored = {each.setting.id: store.seeds(each.setting.id) for each in experiments}
    todo = [_Group(group, missing_chunks(group, stored)) for group in groups(experiments)]
    total, count = sum(group.networks for group in todo), 0
    finished: list[Finished] = []
    for part in _engine(todo, workers).map(work.run, _jobs(todo, splits)):
        group = todo[part.group].experiments
        for setting, found in _by_setting(part, group, splits).items():
            store.add(setting, found)
        finished.append(part)
        count += len(part.members)
        if progress:
            progress(count, total)
    return _throughput(finished)


def _jobs(todo: Sequence[_Group], splits: Splits) -> Iterator[Job]:
    for index, group in enumerate(todo):
        setting = group.setting
        for members in group.chunks:
            path = setting.route.path
            yield Job(splits[setting.data], setting.network, setting.training, members, path, index)


def _by_setting(
    part: Finished, group: Sequence[Experiment], splits: Splits
) -> dict[str, list[Record]]:
    """Return the records of a chunk by the identity of their setting."""
    ids = owned(group)
    found: dict[str, list[Record]] = {}
    made = records(part, splits[group[0].setting.data])
    for member, record in zip(part.members, made, strict=True):
        found.setdefault(ids[member.training, member.gain], []).append(record)
    return found


def _engine(todo: Sequence[_Group], workers: int | None) -> Engine:
    """Return a pool where it is asked for, or where it saves time, and can make the networks."""
    if any(group.setting.network.is_local for group in todo):
        return InProcess()
    if workers is None:
        needed = sum(group.seconds for group in todo)
        workers = cpu_count() if needed > _WORTH_A_POOL else 1
    return Pool(workers) if workers > 1 else InProcess()


def _throughput(finished: Sequence[Finished]) -> Throughput:
    if not finished:
        return Throughput(0, 0.0)
    seconds = max(part.ended for part in finished) - min(part.started for part in finished)
    return Throughput(sum(len(part.members) for part in finished), seconds)
