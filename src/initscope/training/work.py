"""The unit of work: a chunk of networks that train together in one process."""

from __future__ import annotations

import time
from dataclasses import dataclass

from initscope.training import vectorized
from initscope.training.history import History
from initscope.training.members import Member
from initscope.training.network import MLP
from initscope.training.settings import Training
from initscope.training.split import Split


@dataclass(frozen=True, slots=True)
class Job:
    """Networks to be trained together."""

    split: Split
    network: MLP
    training: Training
    members: tuple[Member, ...]
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
    history, _ = vectorized.train(job.split, job.network, job.training, job.members)
    return Finished(job.members, history, started, time.monotonic(), job.group)
