"""A comparison in Python: the call that gives it again, for somebody to copy."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from initscope.comparison import Comparison
from initscope.training import MLP, typed
from initscope.training.losses import loss_for

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def python(result: Comparison, head: str | None) -> str:
    """Return the lines that run a comparison; what has its default value is left out."""
    setting, cells = result.experiment.setting, result.experiment.cells
    training, data, network = setting.training, setting.data, setting.network
    if training.loss == loss_for(None, data.classes):
        training = dataclasses.replace(training, loss=None)
    arguments = [
        call(data),
        repr([typed(cell.hidden) for cell in cells]),
        f"seeds={len(result.experiment.seeds)}",
        f"network={call(network) if isinstance(network, MLP) else repr(str(network))}",
        f"training={call(training)}",
    ]
    arguments += [] if head is None else [f"head={head!r}"]
    arguments += [] if setting.gain == 1 else [f"gain={setting.gain!r}"]
    lines = "".join(f"    {argument},\n" for argument in arguments)
    return (
        f"import initscope\n\nresult = initscope.compare(\n{lines})\n"
        "for cell in result.cells:\n"
        "    print(cell.initializer, cell.failure_rate, cell.test_accuracy)\n"
    )


def call(value: DataclassInstance) -> str:
    """Return the call that makes a value of this package's.

    >>> from initscope import SGD, Training
    >>> call(Training(SGD(0.1, momentum=0.9), epochs=3))
    'initscope.Training(optimizer=initscope.SGD(learning_rate=0.1, momentum=0.9), epochs=3)'
    """
    given = [
        f"{field.name}={_written(getattr(value, field.name))}"
        for field in dataclasses.fields(value)
        if field.init and field.compare and getattr(value, field.name) != _default(field)
    ]
    return f"initscope.{type(value).__name__}({', '.join(given)})"


def _default(field: dataclasses.Field[object]) -> object:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _written(value: object) -> str:
    made = dataclasses.is_dataclass(value) and not isinstance(value, type)
    return call(value) if made else repr(value)  # type: ignore[arg-type]
