"""Cut experiments into chunks that train together, and leave out what is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise

from initscope.comparison.experiment import Experiment
from initscope.training import Member, Training

Stored = Mapping[str, Mapping[str, AbstractSet[int]]]
"""Seeds that are stored, by experiment and cell."""


def groups(experiments: Sequence[Experiment]) -> list[list[Experiment]]:
    """Group experiments whose networks can train together.

    They share data, shape and all of the training but the numbers that a member may have of its
    own: gain, learning rate, weight decay, clipping thresholds, label smoothing.
    """
    found: dict[object, list[Experiment]] = {}
    for experiment in experiments:
        setting = experiment.setting
        kind = setting.data, setting.network, setting.training.kind
        found.setdefault(kind, []).append(experiment)
    return list(found.values())


def missing_chunks(group: Sequence[Experiment], stored: Stored) -> list[tuple[Member, ...]]:
    """Return the networks to be trained, in the groups that train together.

    A network's numbers depend on its chunk in the last bits (matrix products round differently at
    other addresses). Chunks therefore follow from the experiments alone, not from what is stored
    or from the number of workers: a run that is cut off and continued ends bit for bit as one that
    is not. All networks of one seed stand together, so that what is stored is in whole pairs, and
    a chunk draws the order of its data once a seed.

    Args:
        group: experiments of the same seeds that can train together; where their trainings
            differ, each network carries its own.
        stored: seeds that are stored.
    """
    first = group[0]
    owners = owned(group)
    members = [
        Member(cell, seed, training, gain)
        for seed in first.seeds
        for each, (training, gain) in zip(group, owners, strict=True)
        for cell in each.cells
    ]
    most = first.setting.route.together
    count = -(-len(members) // most)
    bounds = [index * len(members) // count for index in range(count + 1)]
    chunks = (members[start:stop] for start, stop in pairwise(bounds))

    def is_stored(member: Member) -> bool:
        cells = stored.get(owners[member.training, member.gain], {})
        return member.seed in cells.get(str(member.initialization), ())

    missing = (tuple(m for m in chunk if not is_stored(m)) for chunk in chunks)
    return [chunk for chunk in missing if chunk]


def owned(group: Sequence[Experiment]) -> dict[tuple[Training | None, float], str]:
    """Return the identity of each experiment's setting by what its members carry.

    Where all are trained alike members carry no training of their own.
    """
    alike = len({each.setting.training for each in group}) == 1
    return {
        (None if alike else each.setting.training, each.setting.gain): each.setting.id
        for each in group
    }
