"""Cut an experiment into chunks, and leave out what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from itertools import pairwise

from initscope.comparison.experiment import Experiment
from initscope.training import Member, members_per_chunk


def missing_chunks(
    experiment: Experiment, stored: Mapping[str, AbstractSet[int]]
) -> list[tuple[Member, ...]]:
    """Return the networks to be trained, in the groups that train together.

    A network's numbers depend on its chunk in the last bits (matrix products round differently at
    other addresses). Chunks therefore follow from the experiment alone, not from what is stored or
    from the number of workers: a run that is cut off and continued ends bit for bit as one that is
    not. All initializers of one seed stand together, so that what is stored is in whole pairs, and
    a chunk draws the order of its data once a seed.

    Args:
        experiment: what is compared.
        stored: seeds that are stored, by cell.
    """
    members = [Member(cell, seed) for seed in experiment.seeds for cell in experiment.cells]
    most = members_per_chunk(experiment.setting.shapes, experiment.setting.training)
    count = -(-len(members) // most)
    bounds = [index * len(members) // count for index in range(count + 1)]
    chunks = (members[start:stop] for start, stop in pairwise(bounds))
    missing = (
        tuple(m for m in chunk if m.seed not in stored.get(str(m.initialization), ()))
        for chunk in chunks
    )
    return [chunk for chunk in missing if chunk]
