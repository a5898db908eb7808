"""Which way networks are trained, why, and how many together."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import nn

from initscope.errors import InputError
from initscope.training.chunk import members_per_chunk, operations, state_bytes
from initscope.training.general import Kind, one_line
from initscope.training.kinds import Network
from initscope.training.losses import LOSSES, loss_for
from initscope.training.network import MLP
from initscope.training.probe import Probe
from initscope.training.seeding import seeded
from initscope.training.settings import Training
from initscope.training.split import Split
from initscope.training.vectorized import alone

Path = Literal["batched", "vmap", "loop"]

MOST_BYTES = 2 * 2**20
"""State of a network up to which vmap pays; above, its time goes into arithmetic, not into calls.

Measured in docs/decisions/0015-networks.md, as are the numbers below.
"""

_FUSED_BYTES = 2**19  # likewise with an LSTM, whose plain operations vie with a fused kernel
_VMAP_CHUNK = 16 * 2**20
_LOOP_CHUNK = 64 * 2**20
_MOST_BY_VMAP, _MOST_BY_LOOP = 32, 8
_RATE = 10e9  # operations a second that small perceptrons reach at least on one core


@dataclass(frozen=True, slots=True)
class Route:
    """How the networks of a setting are trained.

    Attributes:
        path: "batched", the engine of perceptrons; "vmap", torch.func.vmap over stacked state; or
            "loop", one module after another.
        reason: why, in words.
        together: how many networks train in one chunk.
        state_bytes: working memory of one network: parameters, gradients, moments, activations.
        seconds: estimate of the time that one network takes on one core.
    """

    path: Path
    reason: str
    together: int
    state_bytes: int
    seconds: float = field(compare=False)

    @property
    def words(self) -> str:
        """Say which path, and why."""
        return f"{_NAMES[self.path]}: {self.reason}"

    @property
    def chunk_bytes(self) -> int:
        """Working memory of a chunk, which bounds that of a process."""
        return self.together * self.state_bytes


_NAMES = {
    "batched": "batched engine of perceptrons",
    "vmap": "torch.func.vmap over stacked state",
    "loop": "plain loop",
}


def route(split: Split, network: Network, training: Training) -> Route:
    """Choose the path, from the network, the data and the size of a batch alone.

    Raises:
        InputError: a network does not fit into this machine's memory.
    """
    if isinstance(network, MLP):
        return _batched(split, network, training)
    with one_line(network), seeded(0), alone():
        probe = Probe(split, network, training)
        size = probe.state_bytes()
        require_memory(size)
        reason = _against_vmap(probe, size)
        kind: Kind = "loop" if reason else "vmap"
        seconds = probe.seconds() * -(-len(split.x_train) // training.batch_size) * training.epochs
    if reason:
        most = min(_MOST_BY_LOOP, max(1, _LOOP_CHUNK // size))
        return Route(kind, reason, most, size, seconds)
    most = min(_MOST_BY_VMAP, max(1, _VMAP_CHUNK // size))
    fits = "a step of two networks gave what two plain steps give"
    return Route(kind, fits, most, size, seconds)


def require_memory(needed: int) -> None:
    """Refuse a network whose training does not fit into this machine's memory."""
    present = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if needed > present / 2:
        raise InputError(
            f"a network of this size needs {needed / 2**30:.0f} GiB to train, this machine has "
            f"{present / 2**30:.0f}: choose smaller widths, or fewer layers"
        )


def _batched(split: Split, network: MLP, training: Training) -> Route:
    outputs = LOSSES[loss_for(training.loss, split.classes)].outputs(split.classes)
    shapes = network.shapes(split.features, outputs)
    size = state_bytes(shapes, training, network.extra_memory)
    require_memory(size)
    seconds = operations(shapes, training, len(split.x_train)) / _RATE
    together = members_per_chunk(shapes, training, network.extra_memory)
    return Route("batched", "the network is a perceptron", together, size, seconds)


def _against_vmap(probe: Probe, size: int) -> str:
    """Return what speaks against vmap; nothing if it gives the same, and pays."""
    fused = any(isinstance(module, nn.LSTM) for module in probe.module().modules())
    most = _FUSED_BYTES if fused else MOST_BYTES
    if size > most:
        return (
            f"a network works on {size / 2**20:.1f} MiB, and above {most / 2**20:g} MiB batching "
            f"calls saves nothing"
        )
    try:
        with _missing_rules_refused():
            return probe.difference()
    except Exception as error:  # noqa: BLE001 - whatever a module does, the loop can do it
        words = " ".join(str(error).split())
        if "randomness" in words:
            return "the module draws random numbers while it trains, as dropout does"
        return f"vmap refused the module: {type(error).__name__}: {words[:200]}"


@contextmanager
def _missing_rules_refused() -> Iterator[None]:
    """Make an error of torch's warning that vmap has no rule for an operation and loops over it."""
    repeats = torch.is_warn_always_enabled()  # else it is given once a process
    torch.set_warn_always(True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.filterwarnings("error", message="There is a performance drop")
            yield
    finally:
        torch.set_warn_always(repeats)
