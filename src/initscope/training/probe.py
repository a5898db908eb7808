"""What a step of two networks shows: what they need, how long they take, whether paths agree."""

from __future__ import annotations

import time
from functools import partial

import torch
from torch import Tensor, nn

from initscope.training.drawn import Drawn
from initscope.training.general import Kind, stacked
from initscope.training.kinds import Network
from initscope.training.looped import Looped
from initscope.training.losses import LOSSES, loss_for
from initscope.training.members import Initialization, Member
from initscope.training.settings import Training
from initscope.training.split import Split
from initscope.training.stack import Stack
from initscope.training.stacked import Stacked
from initscope.training.starts import OWN, Scheme

_TOLERANCE = 1e-3  # of the largest entry: rounding shows as about 1e-6, another result as 1
_ROUNDING = 1e-5  # of the largest gradient of all


class Probe:
    """Steps of two networks that start from their constructors."""

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
