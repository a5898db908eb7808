"""The unit of work: a chunk of networks that train together in one process."""

from __future__ import annotations

import time
from dataclasses import dataclass

from initscope.training import general, vectorized
from initscope.training.history import History
from initscope.training.kinds import Network
from initscope.training.members import Member
from initscope.training.network import MLP
from initscope.training.routes import Path
from initscope.training.settings import Training
from initscope.training.split import Split


@dataclass(frozen=True, slots=True)
class Job:
    """Networks to be trained together."""

    split: Split
    network: Network
    training: Training
    members: tuple[Member, ...]
    path: Path
    group: int = 0
    """Where the caller keeps what these networks belong to."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What a job gave, and when it ran (seconds of the machine's monotonic clock)."""

    members: tuple[Member, ...]
    history: History
    started: float
    ended: float
    group: int = 0


def run(job: Job) -> Finished:
    """Train the networks of a job."""
    started = time.monotonic()
    history = _history(job)
    return Finished(job.members, history, started, time.monotonic(), job.group)


def _history(job: Job) -> History:
    if isinstance(job.network, MLP) and job.path == "batched":
        return vectorized.train(job.split, job.network, job.training, job.members)[0]
    kind: general.Kind = "vmap" if job.path == "vmap" else "loop"
    return general.train(job.split, job.network, job.training, job.members, kind)[0]
