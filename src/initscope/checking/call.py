"""What a check was asked for, so that it can be asked again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from initscope.checking.config import Config

Batch = tuple[Sequence[Any], Mapping[str, Any]]
Loss = Callable[[Any], Tensor]


@dataclass(frozen=True, slots=True)
class Call:
    """The inputs, the loss and the choice of rules.

    Attributes:
        batches: inputs, each ``(args, kwargs)``, the first those of the call itself.
        loss: a function of the model's output, or None.
        config: rules, severities and what is ignored where.
    """

    batches: tuple[Batch, ...]
    loss: Loss | None
    config: Config
