"""Training networks of any kind together: by vmap where their module allows it, else by a loop.

Whatever the path, members share one flat buffer of parameters and one step of the optimizer on it;
what differs is who runs forward and backward. The plain loop in ``plain.py`` is the oracle.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

from torch import nn

from initscope.errors import InputError
from initscope.training.drawn import Drawn, copy_
from initscope.training.history import History
from initscope.training.kinds import Network
from initscope.training.looped import Looped
from initscope.training.losses import LOSSES, loss_for
from initscope.training.members import Member
from initscope.training.seeding import seeded
from initscope.training.settings import Training
from initscope.training.split import Split
from initscope.training.stack import Stack
from initscope.training.stacked import Stacked
from initscope.training.vectorized import alone, run

Kind = Literal["vmap", "loop"]


def train(
    split: Split, network: Network, training: Training, members: Sequence[Member], kind: Kind
) -> tuple[History, Stack]:
    """Train every member; return the curves and the trained parameters.

    Raises:
        InputError: a module fails on the way.
    """
    with one_line(network):
        return _train(split, network, training, members, kind)


@contextmanager
def one_line(network: Network) -> Iterator[None]:
    """Say in one line what fails inside of a module."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        words = " ".join(str(error).split())
        raise InputError(
            f"{network} failed in training: {type(error).__name__}: {words}"
        ) from error


def _train(
    split: Split, network: Network, training: Training, members: Sequence[Member], kind: Kind
) -> tuple[History, Stack]:
    outputs = LOSSES[loss_for(training.loss, split.classes)].outputs(split.classes)
    drawn = Drawn(network, split.features, outputs, split.x_train)
    modules = [drawn.module(member) for member in members]
    seeds = [member.seed for member in members]
    shape = network.row_shape(split.features)
    with seeded(seeds[0]), alone():
        stack = stacked(modules)
        networks = (
            Stacked(modules, stack, shape)
            if kind == "vmap"
            else Looped(modules, stack, shape, seeds)
        )
        return run(split, training, members, stack, networks), stack


def stacked(modules: Sequence[nn.Module]) -> Stack:
    """Return a stack of the parameters that are trained, with the modules' values."""
    trained = {n: tuple(p.shape) for n, p in modules[0].named_parameters() if p.requires_grad}
    stack = Stack(len(modules), trained)
    for row, module in enumerate(modules):
        copy_(stack.values, row, module)
    return stack
