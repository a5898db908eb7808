"""One network of a comparison: how it is initialized, and from which seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from torch import Tensor

from initscope.errors import InputError
from initscope.initializers import Fans, Initializer
from initscope.streams import Streams
from initscope.training.settings import Training
from initscope.training.starts import Scheme, Start, start, typed


@dataclass(frozen=True, slots=True)
class Initialization:
    """What the hidden layers start from, and what the head; biases start at zero.

    Where both are the same scheme, the scheme decides on the head and on biases, too.
    """

    hidden: Start
    head: Start

    def __post_init__(self) -> None:
        if isinstance(self.head, Scheme) and self.head != self.hidden:
            raise InputError(
                f"head {str(self.head)!r} is a scheme of whole networks: name an initializer, such "
                "as glorot_uniform or initializer:gpt2"
            )

    def __str__(self) -> str:
        hidden = typed(self.hidden)
        return hidden if self.head == self.hidden else f"{hidden}, head {typed(self.head)}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what ``str`` wrote."""
        hidden, _, head = text.partition(", head ")
        return cls(start(hidden), start(head or hidden))

    @property
    def is_drawn(self) -> bool:
        """Whether every weight of a perceptron is drawn from an initializer of its own."""
        return isinstance(self.hidden, Initializer)

    def of(self, parameter: str) -> Start:
        """Return what a weight of a perceptron starts from, by its name."""
        return self.head if parameter.startswith("head.") else self.hidden


@dataclass(frozen=True, slots=True)
class Member:
    """One network to train.

    Attributes:
        initialization: how it starts.
        seed: from which random numbers.
        training: its own, where the networks of a chunk are trained differently; of the same
            :attr:`Training.kind` as the chunk's.
        gain: factor on the initial weights of all layers but the head.
    """

    initialization: Initialization
    seed: int
    training: Training | None = None
    gain: float = 1.0


def fill_(values: Mapping[str, Tensor], members: Sequence[Member]) -> None:
    """Write every member's initial weights into values[name] of shape (members, *shape).

    Weights come from the stream (seed, parameter name). What has one dimension is set: weights,
    which are those of a normalization, to one; biases, and scales that are learned, to zero.
    Members that start from a scheme are left as they are.
    """
    groups: dict[tuple[Initialization, float], list[int]] = {}
    for index, member in enumerate(members):
        if member.initialization.is_drawn:
            groups.setdefault((member.initialization, member.gain), []).append(index)
    for name, value in values.items():
        shape = tuple(value.shape[1:])
        if len(shape) == 1:
            value.fill_(1.0 if name.endswith(".weight") else 0.0)
            continue
        for (initialization, gain), rows in groups.items():
            streams = Streams([members[row].seed for row in rows], name)
            initializer = initialization.of(name)
            if isinstance(initializer, Initializer):
                drawn = initializer.sample(shape, Fans.of(shape), streams)
                scaled = drawn if name.startswith("head.") else drawn.mul_(gain)
                value[rows] = scaled.to(value.dtype)
