"""What a race asks for, as the experiment that `compare` runs; refusals name their control."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from initscope.comparison import Experiment, Setting
from initscope.comparison.runner import cells
from initscope.errors import InputError
from initscope.initializers.text import split
from initscope.lab.fields import FieldError
from initscope.lab.requests import Race
from initscope.networks import read
from initscope.training import (
    MLP,
    TASKS,
    Data,
    Initialization,
    Network,
    Optimizer,
    Training,
    network_named,
    optimizer_named,
    start,
)
from initscope.training.activations import ACTIVATIONS

MOST_INITIALIZERS = 8

MOST = {"depth": 30, "layers": 8, "kernel": 7, "channels": 64, "width": 256, "hidden": 256}
"""Largest sizes of a network given as text, so that no page takes this machine's memory."""

_OTHERS = 64  # of any other size

MOST_WEIGHTS = 8_000_000


def experiment(request: Race) -> Experiment:
    """Return what is raced.

    Raises:
        FieldError: a value cannot be used, alone or beside the others.
    """
    data = _data(request)
    network = _network(request)
    with _about("batch_size"):
        network.require_batches(len(data.load().x_train), request.batch_size)
    training = _training(request, data)
    with _about("network"):
        setting = Setting(data, network, training, request.gain)
        _require_room(setting)
    starts = _cells(request, data)
    with _about("inits"):
        return Experiment(setting, starts, tuple(range(request.seeds)))


def head(request: Race) -> str | None:
    """Return the initializer of the output layer; None for the task's usual."""
    return None if request.head == "usual" else request.head


@contextmanager
def _about(field: str) -> Iterator[None]:
    """Let what is refused within be about a field, unless it is about one already."""
    try:
        yield
    except FieldError:
        raise
    except InputError as error:
        raise FieldError(field, str(error)) from None


def _data(request: Race) -> Data:
    if request.task not in TASKS:
        raise FieldError("task", f"task is {request.task}: expected one of {', '.join(TASKS)}")
    return Data(request.task, scale=request.scale)


def _network(request: Race) -> Network:
    return _other(request.network) if request.network.strip() else _perceptron(request)


def _perceptron(request: Race) -> MLP:
    if request.activation not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise FieldError(
            "activation", f"activation is {request.activation}: expected one of {known}"
        )
    with _about("branch_scale"):
        return MLP.uniform(
            request.depth,
            request.width,
            request.activation,
            norm=request.norm,
            residual=request.residual,
            branch_scale=_branch_scale(request.branch_scale) if request.residual else 1.0,
            dropout=request.dropout,
        )


def _branch_scale(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text.strip()


def _other(text: str) -> Network:
    """Read a network's text; sizes are looked at before anything of them is made."""
    with _about("network"):
        given = network_named(text.strip())
        _, sizes = read(text.strip().replace("transformer", "encoder", 1))
        for name, size in sizes.items():
            most = MOST.get(name, _OTHERS)
            if isinstance(size, int) and size > most:
                raise InputError(f"{name} is {size}: expected at most {most} in a race")
        return given


def _require_room(setting: Setting) -> None:
    """Refuse too many weights; sizes that do not go together are refused as they are counted."""
    weights = sum(math.prod(shape) for shape in setting.shapes.values())
    if weights > MOST_WEIGHTS:
        raise InputError(
            f"this network has {weights / 1e6:.0f} million parameters: expected at most "
            f"{MOST_WEIGHTS / 1e6:.0f} million in a race"
        )


def _training(request: Race, data: Data) -> Training:
    if request.label_smoothing and not data.classes:
        raise FieldError("label_smoothing", "label smoothing needs classes: leave it at 0")
    with _about("warmup"):
        return Training(
            _optimizer(request),
            epochs=request.epochs,
            batch_size=request.batch_size,
            schedule=request.schedule,
            warmup=request.warmup,
            clip_norm=request.clip_norm,
            clip_value=request.clip_value,
            label_smoothing=request.label_smoothing,
        )


def _optimizer(request: Race) -> Optimizer:
    usual = optimizer_named(request.optimizer)
    decay = usual.weight_decay if request.weight_decay is None else request.weight_decay
    return replace(usual, learning_rate=request.learning_rate, weight_decay=decay)


def _cells(request: Race, data: Data) -> tuple[Initialization, ...]:
    names = [name for name in split(request.inits) if name]
    if not 1 <= len(names) <= MOST_INITIALIZERS:
        raise FieldError(
            "inits", f"{len(names)} initializers: expected 1 to {MOST_INITIALIZERS}, between commas"
        )
    with _about("inits"):
        return cells(data, [start(name) for name in names], head(request))
