"""What a sweep varies: axes by name, and the settings at each of their combinations."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, TypeAlias

from initscope.comparison.experiment import Setting
from initscope.errors import InputError, unknown
from initscope.training import MLP, OPTIMIZERS, BuiltIn, Network, Optimizer, optimizer_named

Value: TypeAlias = float | str | None
Coordinates: TypeAlias = Mapping[str, Value]
Axes: TypeAlias = Mapping[str, Sequence[Value]]

MOST_POINTS = 10_000

TEST_DATA = ("split_seed", "test_share")
"""Axes along which the test data differ: a score on one cannot be held against one on another."""

_NETWORK = ("depth", "width", "activation", "norm", "residual", "branch_scale", "dropout")
_DATA = ("scale", "split_seed", "test_share")
_TRAINING = (
    "epochs",
    "batch_size",
    "schedule",
    "warmup",
    "clip_norm",
    "clip_value",
    "label_smoothing",
)
_OPTIMIZER = {
    "lr": "learning_rate",
    **{
        field.name: field.name
        for kind in OPTIMIZERS.values()
        for field in fields(kind)
        if field.name not in ("learning_rate", "nesterov")
    },
}
AXES = ("optimizer", *_OPTIMIZER, *_TRAINING, *_NETWORK, *_DATA, "gain")
"""Every name that can be swept; an optimizer is chosen before its numbers."""


def points(base: Setting, axes: Axes) -> list[tuple[dict[str, Value], Setting]]:
    """Return every combination of the axes with its setting, the last axis varying fastest.

    Raises:
        InputError: an axis is unknown, is empty or repeats a value, or a value is out of range.
    """
    named = {_name(name, base.network): _distinct(name, each) for name, each in axes.items()}
    combinations = list(itertools.product(*named.values()))
    if len(combinations) > MOST_POINTS:
        raise InputError(f"{len(combinations)} combinations: expected at most {MOST_POINTS}")
    found = [dict(zip(named, values, strict=True)) for values in combinations]
    return [(coordinates, _at(base, coordinates)) for coordinates in found]


def _name(name: str, network: Network) -> str:
    known = name.replace("-", "_")
    axes = (*(axis for axis in AXES if axis not in _NETWORK), *_sizes(network))
    if known in _NETWORK and known not in axes:
        raise InputError(f"axis {name} is no size of {network}: leave it out")
    if known not in axes:
        raise unknown("axis", name, axes)
    return known


def _sizes(network: Network) -> Sequence[str]:
    """Return the sizes of a network that can be swept."""
    if isinstance(network, MLP):
        return _NETWORK
    return network.axes if isinstance(network, BuiltIn) else ()


def _distinct(name: str, values: Sequence[Value]) -> list[Value]:
    if isinstance(values, str) or not values:
        raise InputError(f"axis {name} has no list of values: expected such as {name}=1,2,5")
    for index, value in enumerate(values):
        if value in values[:index]:
            raise InputError(f"axis {name} has {value!r} twice")
    return list(values)


def _at(base: Setting, coordinates: Coordinates) -> Setting:
    def of(names: Sequence[str]) -> dict[str, Any]:
        return {name: coordinates[name] for name in names if name in coordinates}

    try:
        optimizer = _optimizer(base.training.optimizer, of(("optimizer", *_OPTIMIZER)))
        return Setting(
            replace(base.data, **of(_DATA)),
            _network(base.network, of(_sizes(base.network))),
            replace(base.training, optimizer=optimizer, **of(_TRAINING)),
            of(("gain",)).get("gain", base.gain),
        )
    except TypeError:
        text = ", ".join(f"{name}={value}" for name, value in coordinates.items())
        raise InputError(f"cannot use {text}: a number is expected where a word stands") from None


def _optimizer(base: Optimizer, given: Mapping[str, Any]) -> Optimizer:
    """Return the optimizer at a point: the one named there takes over what was set in the base."""
    name, chosen = given.get("optimizer"), base
    numbers: dict[str, Any] = {}
    if name is not None:
        chosen, usual = optimizer_named(str(name)), type(base)()
        numbers = {
            field.name: getattr(base, field.name)
            for field in fields(base)
            if getattr(base, field.name) != getattr(usual, field.name)
        }
    numbers |= {_OPTIMIZER[key]: given[key] for key in given if key != "optimizer"}
    known = {field.name for field in fields(chosen)}
    for number in numbers:
        if number not in known:
            raise InputError(f"{number} is no setting of {chosen.name}: leave it out")
    return replace(chosen, **numbers)


def _network(base: Network, given: Mapping[str, Any]) -> Network:
    if isinstance(base, BuiltIn):
        return base.resized(given)
    return _perceptron(base, given) if isinstance(base, MLP) else base


def _perceptron(base: MLP, given: Mapping[str, Any]) -> MLP:
    widths = {*base.hidden}
    if ("depth" in given or "width" in given) and len(widths) > 1 and "width" not in given:
        raise InputError("a sweep over depth needs hidden layers of one width")
    hidden = base.hidden
    if "depth" in given or "width" in given:
        depth, width = given.get("depth", len(hidden)), given.get("width", hidden[0])
        for number in (depth, width):
            if not isinstance(number, int) or number < 1:
                raise InputError(f"depth or width {number!r}: expected a whole number above 0")
        hidden = (width,) * depth
    return replace(base, hidden=hidden, **_forms(base, given))


def _forms(base: MLP, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is given besides the sizes; where there are no branches, their scale is 1."""
    forms = {name: value for name, value in given.items() if name not in ("depth", "width")}
    if not forms.get("residual", base.residual):
        forms.setdefault("branch_scale", 1.0)
    return forms
