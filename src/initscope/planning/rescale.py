"""Weights rescaled by one measured pass, in the order of execution."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from initscope.observe.composites import is_composite, opened
from initscope.observe.house import undisturbed
from initscope.planning.example import Call
from initscope.planning.slots import Slot

if TYPE_CHECKING:
    from initscope.planning.plan import Plan

_CHANNELS_FIRST = (
    functional.conv1d,
    functional.conv2d,
    functional.conv3d,
    functional.conv_transpose1d,
    functional.conv_transpose2d,
    functional.conv_transpose3d,
)


@dataclass(frozen=True, slots=True)
class Rescaling:
    """What a measured pass changed.

    Attributes:
        factors: for each part of each parameter, by its name, what its values were multiplied by.
        never_ran: weights that the example did not reach.
    """

    factors: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    never_ran: tuple[str, ...] = ()

    def notes(self) -> tuple[str, ...]:
        """Say what could not be measured."""
        if not self.never_ran:
            return ()
        return (f"not rescaled, since the example never reached them: {', '.join(self.never_ran)}",)


def rescale(plan: Plan, model: nn.Module) -> Rescaling:
    """Run the example, and rescale each weight when it is first used, before the signal goes on.

    With several examples each is run from the same weights, and the factors' geometric means count.
    """
    slots = {id(p): plan.row(n).slot for n, p in model.named_parameters() if _is_measured(plan, n)}
    runs = [_factors(plan, model, slots, call) for call in plan.calls]
    seen = {name for run in runs for name in run}
    factors = {name: _mean([run[name] for run in runs if name in run]) for name in seen}
    with torch.no_grad():
        for tensor in model.parameters():
            slot = slots.get(id(tensor))
            if slot and slot.name in factors:
                _multiply(slot, tensor, factors[slot.name])
    missed = tuple(slot.name for slot in slots.values() if slot.name not in seen)
    return Rescaling(factors, missed)


def _is_measured(plan: Plan, name: str) -> bool:
    row = plan.row(name)
    return row.slot.is_weight and row.choice is not None and row.choice.action == "fill"


def _factors(
    plan: Plan, model: nn.Module, slots: Mapping[int, Slot], call: Call
) -> dict[str, tuple[float, ...]]:
    """Return the factors of one example, with the weights as they were."""
    named = {slot.name: plan.row(slot.name).std for slot in slots.values()}
    targets = {slot.name: _target(plan, slot.name) for slot in slots.values()}
    mode = _Rescaler(slots, named if plan.measure == "expected" else None, targets)
    before = {id(p): p.detach().clone() for p in model.parameters() if id(p) in slots}
    try:
        with undisturbed(model), torch.no_grad(), mode:
            model(*call.args, **call.kwargs)
    finally:
        with torch.no_grad():
            for tensor in model.parameters():
                if id(tensor) in before:
                    tensor.copy_(before[id(tensor)])
    return mode.factors


def _target(plan: Plan, name: str) -> float | None:
    choice = plan.row(name).choice
    return choice.target if choice else None


class _Rescaler(TorchFunctionMode):
    """Watch for products with a weight, and rescale the weight at its first one."""

    def __init__(
        self,
        slots: Mapping[int, Slot],
        stds: Mapping[str, float | None] | None,
        targets: Mapping[str, float | None],
    ) -> None:
        super().__init__()
        self._slots = slots
        self._stds = stds
        self._targets = targets
        self.factors: dict[str, tuple[float, ...]] = {}

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if is_composite(func):
            with self:
                return opened(func)(*args, **kwargs)
        slot, weight = self._weight(args, kwargs)
        if slot is None or slot.name in self.factors or _input(args, kwargs, weight) is None:
            return func(*args, **kwargs)
        product = func(*args, **kwargs)
        if not isinstance(product, Tensor) or not product.is_floating_point():
            return product
        units = 1 if func in _CHANNELS_FIRST else product.dim() - 1
        parts = _without_bias(product, units, args, kwargs).float()
        wanted = self._wanted(slot, _input(args, kwargs, weight))
        found = [_power(part, wanted) for part in _split(slot, parts, units)]
        factors = tuple(math.sqrt((wanted or 1.0) / p) if p > 0 else 1.0 for p in found)
        self.factors[slot.name] = factors
        _multiply(slot, weight, factors)
        return func(*args, **kwargs)

    def _weight(self, args: Any, kwargs: Any) -> tuple[Slot | None, Any]:
        for value in (*args, *kwargs.values()):
            if isinstance(value, Tensor):
                base = value if value._base is None else value._base  # noqa: SLF001 - a view's owner
                if id(base) in self._slots:
                    return self._slots[id(base)], base
        return None, None

    def _wanted(self, slot: Slot, signal: Tensor | None) -> float | None:
        """Return the second moment that mean-field theory expects; None for unit variance."""
        if self._stds is None or signal is None or slot.fans is None:
            return None
        target = self._targets[slot.name]
        if target is not None:
            return target
        std = self._stds[slot.name]
        second = float(signal.float().square().mean())
        return None if std is None else slot.fans.fan_in * std**2 * second


def _input(args: Any, kwargs: Any, weight: Any) -> Tensor | None:
    """Return the first operand that is no part of the weight and no bias."""
    for value in (*args, *kwargs.values()):
        if isinstance(value, Tensor) and value.dim() > 1 and value.is_floating_point():
            base = value if value._base is None else value._base  # noqa: SLF001 - a view's owner
            if base is not weight:
                return value
    return None


def _without_bias(product: Tensor, units: int, args: Any, kwargs: Any) -> Tensor:
    """Take the bias off again: it is not rescaled."""
    for value in (*args, *kwargs.values()):
        if isinstance(value, Tensor) and value.dim() == 1 and len(value) == product.shape[units]:
            shape = [1] * product.dim()
            shape[units] = -1
            return product - value.reshape(shape)
    return product


def _split(slot: Slot, product: Tensor, units: int) -> Sequence[Tensor]:
    parts = len(slot.layout.parts)
    if parts == 1 or slot.role == "convolution" or product.shape[units] % parts:
        return [product]
    return product.chunk(parts, dim=units)


def _power(part: Tensor, wanted: float | None) -> float:
    """Return the variance where that is to become one, else the second moment."""
    if wanted is None:
        return float(part.var(correction=0))
    return float(part.square().mean())


def _multiply(slot: Slot, weight: Tensor, factors: Sequence[float]) -> None:
    if len(factors) == 1:
        weight.mul_(factors[0])
        return
    for view, factor in zip(slot.layout.split(weight), factors, strict=True):
        view.mul_(factor)


def _mean(runs: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    """Return the geometric mean of each part's factors."""
    logs = torch.tensor(runs, dtype=torch.float64).log().mean(dim=0)
    return tuple(logs.exp().tolist())
