"""Data sets, networks, and their training: many at once, or one by the plain loop."""

from initscope.training.chunk import members_per_chunk, operations, state_bytes
from initscope.training.data import Data
from initscope.training.members import Initialization, Member
from initscope.training.network import MLP
from initscope.training.optimizers import (
    OPTIMIZERS,
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Optimizer,
    RMSprop,
    optimizer_named,
)
from initscope.training.settings import Training
from initscope.training.split import Split
from initscope.training.tasks import TASKS
from initscope.training.work import Finished, Job

__all__ = [
    "MLP",
    "OPTIMIZERS",
    "SGD",
    "TASKS",
    "Adagrad",
    "Adam",
    "AdamW",
    "Data",
    "Finished",
    "Initialization",
    "Job",
    "Member",
    "Optimizer",
    "RMSprop",
    "Split",
    "Training",
    "members_per_chunk",
    "operations",
    "optimizer_named",
    "state_bytes",
]
