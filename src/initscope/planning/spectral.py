"""Spectral norm: its estimate of the largest singular value belongs to the weight."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.nn.utils.parametrizations import _SpectralNorm
from torch.nn.utils.spectral_norm import SpectralNorm

_ITERATIONS = 15  # as torch makes when spectral norm is put on a weight


def settle(model: nn.Module, written: Collection[str]) -> None:
    """Let the power iterations follow the new weights, as when spectral norm was put on them.

    In evaluation mode a module divides by what its vectors say of the weight. With the vectors of
    an old weight that number is arbitrary.
    """
    for name, norm, weight in _parametrized(model):
        if name in written:
            training = norm.training
            norm.train()
            for _ in range(_ITERATIONS):
                norm(weight)
            norm.train(training)
    for name, module, hook in _hooked(model):
        if name in written:
            for _ in range(_ITERATIONS):
                hook.compute_weight(module, do_power_iteration=True)


def vectors(model: nn.Module) -> Iterator[Tensor]:
    """Yield the vectors of the power iterations."""
    for _, norm, _ in _parametrized(model):
        yield from norm.buffers()
    for _, module, hook in _hooked(model):
        yield from (getattr(module, f"{hook.name}_{side}") for side in "uv")


def _parametrized(model: nn.Module) -> Iterator[tuple[str, Any, Tensor]]:
    for path, module in model.named_modules():
        if isinstance(module, parametrize.ParametrizationList):
            norms = [part for part in module if isinstance(part, _SpectralNorm)]
            yield from ((f"{path}.original", norm, module.original) for norm in norms)


def _hooked(model: nn.Module) -> Iterator[tuple[str, nn.Module, Any]]:
    for path, module in model.named_modules():
        for hook in module._forward_pre_hooks.values():  # noqa: SLF001 - where torch keeps it
            if isinstance(hook, SpectralNorm):
                yield f"{path}.{hook.name}_orig".removeprefix("."), module, hook
