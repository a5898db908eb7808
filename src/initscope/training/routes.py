"""Which way networks are trained, why, and how many together."""

from __future__ import annotations

import os
import time
import warnings
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import torch
from torch import Tensor, nn

from initscope.errors import InputError
from initscope.training.chunk import members_per_chunk, operations, state_bytes
from initscope.training.drawn import Drawn
from initscope.training.general import Kind, stacked
from initscope.training.kinds import Network
from initscope.training.looped import Looped
from initscope.training.losses import LOSSES, loss_for
from initscope.training.members import Initialization, Member
from initscope.training.network import MLP
from initscope.training.seeding import seeded
from initscope.training.settings import Training
from initscope.training.split import Split
from initscope.training.stack import Stack
from initscope.training.stacked import Stacked
from initscope.training.starts import OWN, Scheme
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
_TOLERANCE = 1e-3  # of the largest entry: rounding shows as about 1e-6, another result as 1
_ROUNDING = 1e-5  # of the largest gradient of all


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
    with seeded(0), alone():
        probe = _Probe(split, network, training)
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


def _against_vmap(probe: _Probe, size: int) -> str:
    """Return what speaks against vmap; nothing if it gives the same, and pays."""
    fused = any(isinstance(module, nn.LSTM) for module in probe.module().modules())
    most = _FUSED_BYTES if fused else MOST_BYTES
    if size > most:
        return (
            f"a network works on {size / 2**20:.1f} MiB, and above {most / 2**20:g} MiB batching "
            f"calls saves nothing"
        )
    try:
        with warnings.catch_warnings(), _all_warnings():
            warnings.simplefilter("error")
            return probe.difference()
    except Exception as error:  # noqa: BLE001 - whatever a module does, the loop can do it
        words = " ".join(str(error).split())
        return f"vmap refused the module: {type(error).__name__}: {words[:200]}"


class _all_warnings:  # noqa: N801 - used as a function
    """Let torch repeat warnings that it gives once a process, such as of a missing rule of vmap."""

    def __enter__(self) -> None:
        self._before = torch.is_warn_always_enabled()
        torch.set_warn_always(True)

    def __exit__(self, *exception: object) -> None:
        torch.set_warn_always(self._before)


class _Probe:
    """Steps of two networks, to learn what they need and whether two paths agree."""

    def __init__(self, split: Split, network: Network, training: Training) -> None:
        outputs = LOSSES[loss_for(training.loss, split.classes)].outputs(split.classes)
        self._drawn = Drawn(network, split.features, outputs, split.x_train)
        self._shape = network.row_shape(split.features)
        self._batch = min(training.batch_size, len(split.x_train) // 2)
        self._x = split.x_train[: 2 * self._batch].view(2, self._batch, -1)

    def module(self, seed: int = 0) -> nn.Module:
        """Return a module as its own constructor draws it."""
        own = Scheme(OWN)
        return self._drawn.module(Member(Initialization(own, own), seed))

    def state_bytes(self) -> int:
        """Return the memory of one network: four arrays of parameters, and what backward needs.

        What autograd saves is counted for two examples, and multiplied: a network that does not
        fit into memory is recognized without running it on a whole batch.
        """
        module = self.module().train()
        own = {p.untyped_storage().data_ptr() for p in module.parameters()}
        seen: dict[int, int] = {}

        def pack(tensor: Tensor) -> Tensor:
            storage = tensor.untyped_storage()
            if storage.data_ptr() not in own:
                seen[storage.data_ptr()] = storage.nbytes()
            return tensor

        rows = self._x[0, :2].clone().view(-1, *self._shape)  # a storage of their own
        with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
            output = module(rows)
        del output
        parameters = sum(p.numel() * p.element_size() for p in module.parameters())
        return 4 * parameters + sum(seen.values()) * self._batch // len(rows)

    def difference(self) -> str:
        """Say where a step of vmap differs from plain steps; nothing where it does not."""
        apart, together = self._stepped("loop"), self._stepped("vmap")
        largest = max(
            float(v.abs().max()) for n, v in apart.items() if n.startswith("the gradient")
        )
        for name, value in apart.items():
            # A bias in front of a normalization has a gradient of rounding alone.
            allowed = _TOLERANCE * float(value.abs().max()) + _ROUNDING * max(largest, 1e-3)
            if not torch.allclose(together[name], value, 0, allowed, equal_nan=True):
                return f"vmap gave another result for {name}"
        return ""

    def seconds(self) -> float:
        """Return the time of one network's plain step."""
        networks, _ = self._networks("loop")
        step = partial(self._step, networks)
        step()
        start = time.perf_counter()
        step()
        return (time.perf_counter() - start) / 2

    def _stepped(self, kind: Kind) -> dict[str, Tensor]:
        """Return what a step gives: outputs, gradients, buffers, and outputs after it."""
        networks, stack = self._networks(kind)
        found = {"the outputs": self._step(networks)}
        found |= {f"the gradient of {n}": g for n, g in stack.gradients.items()}
        found |= {f"the buffer {n}": b.double() for n, b in networks.buffers().items()}
        return {**found, "the outputs in evaluation": networks.forward(self._x)}

    def _networks(self, kind: Kind) -> tuple[Stacked | Looped, Stack]:
        modules = [self.module(0), self.module(1)]
        stack = stacked(modules)
        if kind == "vmap":
            return Stacked(modules, stack, self._shape), stack
        return Looped(modules, stack, self._shape, [0, 1]), stack

    def _step(self, networks: Stacked | Looped) -> Tensor:
        logits = networks.forward(self._x, step=0)
        networks.backward(torch.linspace(-1, 1, logits.numel()).view_as(logits))
        return logits
