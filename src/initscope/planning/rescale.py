"""Weights rescaled by one measured pass, in the order of execution."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from initscope.observe.composites import is_composite, opened
from initscope.observe.house import undisturbed
from initscope.observe.kinds import row_of
from initscope.planning.example import Call
from initscope.planning.slots import Slot

if TYPE_CHECKING:
    from initscope.planning.plan import Plan

_PRODUCTS = frozenset({"linear", "convolution", "transposed_convolution", "matmul"})
_INSIDE = frozenset({"recurrent", "recurrent_input", "projection"})
"""Roles of weights whose products are inside of a recurrent layer's loop."""

Factors = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Rescaling:
    """What a measured pass changed.

    Attributes:
        factors: for each part of each parameter, by its name, what its values were multiplied by.
        never_ran: weights that the example did not reach.
        inside: weights of recurrent layers, whose gates show no output of their own.
    """

    factors: Mapping[str, Factors] = field(default_factory=dict)
    never_ran: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()

    def notes(self) -> tuple[str, ...]:
        """Say what could not be measured."""
        said = {
            "the example never reached a product with them": self.never_ran,
            "their products are inside of a recurrent layer": self.inside,
        }
        return tuple(
            f"not rescaled, since {why}: {', '.join(names)}" for why, names in said.items() if names
        )


def rescale(plan: Plan, model: nn.Module) -> Rescaling:
    """Run the example, and rescale each weight when it is first used, before the signal goes on.

    With several examples each is run from the same weights, and the factors' geometric means count.
    """
    slots = {id(p): plan.row(n).slot for n, p in model.named_parameters() if _is_drawn(plan, n)}
    inside = tuple(slot.name for slot in slots.values() if slot.role in _INSIDE)
    measured = {key: slot for key, slot in slots.items() if slot.role not in _INSIDE}
    runs = [_factors(plan, model, measured, call) for call in plan.calls]
    missed = tuple(slot.name for slot in measured.values() if all(slot.name not in r for r in runs))
    if len(runs) == 1:
        return Rescaling(runs[0], missed, inside)
    seen = {name for run in runs for name in run}
    factors = {name: _mean([run[name] for run in runs if name in run]) for name in seen}
    for tensor in model.parameters():
        slot = measured.get(id(tensor))
        if slot is not None and slot.name in factors:
            _multiply(slot, tensor, factors[slot.name])
    return Rescaling(factors, missed, inside)


def _is_drawn(plan: Plan, name: str) -> bool:
    row = plan.row(name)
    return row.slot.is_weight and row.choice is not None and row.choice.action == "fill"


def _factors(
    plan: Plan, model: nn.Module, slots: Mapping[int, Slot], call: Call
) -> dict[str, Factors]:
    """Rescale by one example; one of several leaves the weights as they were."""
    stds = {slot.name: plan.row(slot.name).std for slot in slots.values()}
    targets = {slot.name: _target(plan, slot.name) for slot in slots.values()}
    mode = _Rescaler(slots, stds if plan.measure == "expected" else None, targets)
    held = [p for p in model.parameters() if id(p) in slots] if len(plan.calls) > 1 else []
    before = [p.detach().clone() for p in held]
    try:
        with undisturbed(model), torch.no_grad(), mode:
            model(*call.args, **call.kwargs)
    finally:
        for tensor, values in zip(held, before, strict=True):
            tensor.copy_(values)
    return {name: tuple(factors) for name, factors in mode.factors.items()}


def _target(plan: Plan, name: str) -> float | None:
    choice = plan.row(name).choice
    return choice.target if choice else None


class _Rescaler(TorchFunctionMode):
    """Watch for products with a weight, and rescale each part of it at its first one."""

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
        self._seen: set[tuple[str, int]] = set()
        self.factors: dict[str, list[float]] = {}

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if is_composite(func):
            with self:
                return opened(func)(*args, **kwargs)
        row = row_of(func)
        slot, weight, view = self._weight(args, kwargs)
        if row.kind not in _PRODUCTS or slot is None or _input(args, kwargs, weight) is None:
            return func(*args, **kwargs)
        parts = _parts(slot, weight, view)
        if not parts or all((slot.name, part) in self._seen for part in parts):
            return func(*args, **kwargs)
        product = func(*args, **kwargs)
        units = 1 if row.channels_first else product.dim() - 1
        plain = _without_bias(product, units, args, kwargs).float()
        wanted = self._wanted(slot, args, kwargs, weight)
        self._rescale(slot, weight, parts, plain.chunk(len(parts), dim=units), wanted)
        return func(*args, **kwargs)

    def _rescale(
        self,
        slot: Slot,
        weight: Tensor,
        parts: Sequence[int],
        outputs: Sequence[Tensor],
        wanted: float | None,
    ) -> None:
        views = _views(slot, weight)
        factors = self.factors.setdefault(slot.name, [1.0] * len(views))
        for part, output in zip(parts, outputs, strict=True):
            if (slot.name, part) in self._seen:
                continue
            self._seen.add((slot.name, part))
            power = _power(output, wanted)
            if math.isfinite(power) and power > 0:
                factors[part] = math.sqrt((1.0 if wanted is None else wanted) / power)
                views[part].mul_(factors[part])

    def _weight(self, args: Any, kwargs: Any) -> tuple[Slot | None, Any, Any]:
        for value in (*args, *kwargs.values()):
            if isinstance(value, Tensor):
                base = value if value._base is None else value._base  # noqa: SLF001 - a view's owner
                if id(base) in self._slots:
                    return self._slots[id(base)], base, value
        return None, None, None

    def _wanted(self, slot: Slot, args: Any, kwargs: Any, weight: Any) -> float | None:
        """Return the second moment that mean-field theory expects; None for unit variance."""
        if self._stds is None or slot.fans is None or self._stds[slot.name] is None:
            return None
        target = self._targets[slot.name]
        if target is not None:
            return target
        std = self._stds[slot.name] or 0.0
        signals = _inputs(args, kwargs, weight)[: 2 if slot.role == "bilinear" else 1]
        second = math.prod(float(signal.float().square().mean()) for signal in signals)
        return slot.fans.fan_in * std**2 * second


def _inputs(args: Any, kwargs: Any, weight: Any) -> list[Tensor]:
    """Return the operands that are no part of the weight and no bias."""
    found = []
    for value in (*args, *kwargs.values()):
        if isinstance(value, Tensor) and value.dim() > 1 and value.is_floating_point():
            base = value if value._base is None else value._base  # noqa: SLF001 - a view's owner
            if base is not weight:
                found.append(value)
    return found


def _input(args: Any, kwargs: Any, weight: Any) -> Tensor | None:
    return next(iter(_inputs(args, kwargs, weight)), None)


def _views(slot: Slot, weight: Tensor) -> Sequence[Tensor]:
    """Return what is rescaled apart: projections, but not groups, which make one output."""
    return slot.layout.split(weight) if slot.role == "attention_input" else [weight]


def _parts(slot: Slot, weight: Tensor, view: Tensor) -> Sequence[int]:
    """Return which parts of a weight an operand holds; none if it holds a part of one."""
    count = len(_views(slot, weight))
    if view.numel() == weight.numel():
        return range(count)
    size = weight.numel() // count
    first, rest = divmod(int(view.storage_offset() - weight.storage_offset()), size)
    held, over = divmod(view.numel(), size)
    return range(first, first + held) if not rest and not over else ()


def _without_bias(product: Tensor, units: int, args: Any, kwargs: Any) -> Tensor:
    """Take the bias off again: it is not rescaled."""
    for value in (*args, *kwargs.values()):
        if isinstance(value, Tensor) and value.dim() == 1 and len(value) == product.shape[units]:
            shape = [1] * product.dim()
            shape[units] = -1
            return product - value.reshape(shape)
    return product


def _power(part: Tensor, wanted: float | None) -> float:
    """Return the variance where that is to become one, else the second moment."""
    if wanted is None:
        return float(part.var(correction=0))
    return float(part.square().mean())


def _multiply(slot: Slot, weight: Tensor, factors: Sequence[float]) -> None:
    for view, factor in zip(_views(slot, weight), factors, strict=True):
        view.mul_(factor)


def _mean(runs: Sequence[Factors]) -> Factors:
    """Return the geometric mean of each part's factors."""
    logs = torch.tensor(runs, dtype=torch.float64).log().mean(dim=0)
    return tuple(logs.exp().tolist())
