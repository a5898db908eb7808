"""Data sets, networks, and their training: many at once, or one by the plain loop."""

from initscope.training.builtin import BuiltIn
from initscope.training.chunk import members_per_chunk, operations, state_bytes
from initscope.training.custom import Custom
from initscope.training.data import Data
from initscope.training.kinds import Network, network_from, network_named
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
from initscope.training.routes import Route, route
from initscope.training.settings import Training
from initscope.training.split import Split
from initscope.training.starts import Scheme, Start, start, typed
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
    "BuiltIn",
    "Custom",
    "Data",
    "Finished",
    "Initialization",
    "Job",
    "Member",
    "Network",
    "Optimizer",
    "RMSprop",
    "Route",
    "Scheme",
    "Split",
    "Start",
    "Training",
    "members_per_chunk",
    "network_from",
    "network_named",
    "operations",
    "optimizer_named",
    "route",
    "start",
    "state_bytes",
    "typed",
]
