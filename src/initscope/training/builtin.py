"""The built-in networks, named as in ``initscope check``, on rows of features."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from torch import nn

from initscope.errors import InputError, unknown
from initscope.networks import NAMES, read
from initscope.training.shapes import parameter_shapes

Sizes = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Form:
    """How a network meets rows: its builder, the sizes that data decide, and a row's shape."""

    builder: str
    decided: frozenset[str]
    row: Callable[[str, Sizes, int], tuple[int, ...]]


def _image(name: str, sizes: Sizes, features: int) -> tuple[int, ...]:
    channels = sizes["inputs"]
    side = math.isqrt(features // channels)
    if side * side * channels != features:
        kind = f"{channels} square images" if channels > 1 else "a square image"
        raise InputError(
            f"{name} takes images, and {features} features are not {kind}: choose a perceptron, or "
            f"a sequence such as rnn:length={features}"
        )
    return channels, side, side


def _sequence(name: str, sizes: Sizes, features: int) -> tuple[int, ...]:
    side = math.isqrt(features)
    length = sizes.get("length", side if side * side == features else features)
    if features % length:
        raise InputError(
            f"{name}: {features} features do not make {length} equal steps: choose a length that "
            "divides them"
        )
    return length, features // length


_FORMS = {
    "convnet": _Form("convnet", frozenset({"size", "outputs"}), _image),
    "rnn": _Form("rnn", frozenset({"inputs", "outputs"}), _sequence),
    "transformer": _Form("encoder", frozenset({"inputs", "outputs"}), _sequence),
}
_DEFAULTS: dict[str, Any] = {"inputs": 1}  # digits are grey; the builder's own example has colours


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A convolutional or recurrent network or a transformer, on rows of features.

    A convolutional network sees a row as a square image (64 features as 8 x 8). The others see it
    as a sequence: of the rows of a square image, else of single features, or with `length` of that
    many equal steps, which is how far a recurrent network is unrolled. A transformer is an encoder
    with a head on the mean over its steps.

    Args:
        name: ``"convnet"``, ``"rnn"`` or ``"transformer"``.
        sizes: what is not as by default, such as ``{"depth": 4}``; ``initscope check`` knows the
            same names.

    Raises:
        InputError: the name or a size is unknown, or a value does not fit.

    >>> str(BuiltIn.parse("convnet:depth=4,channels=16,norm=batch"))
    'convnet:depth=4,channels=16,norm=batch'
    """

    name: str
    sizes: tuple[tuple[str, Any], ...] = ()

    def __post_init__(self) -> None:
        if self.name not in _FORMS:
            raise unknown("network", self.name, ("mlp", *_FORMS))
        form = _FORMS[self.name]
        given = dict(self.sizes)
        for size in given:
            if size in form.decided:
                raise InputError(f"{self.name}: {size} follows from the data: leave it out")
        text = ",".join(f"{size}={value}" for size, value in given.items())
        _, typed = read(f"{form.builder}:{text}")
        object.__setattr__(self, "sizes", tuple({**self._defaults, **typed}.items()))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text form, such as ``rnn:cell=gru,length=16``."""
        name, _, rest = text.partition(":")
        if name not in _FORMS:
            raise unknown("network", name, ("mlp", *_FORMS))
        _, given = read(f"{_FORMS[name].builder}:{rest}")
        return cls(name, tuple(given.items()))

    def __str__(self) -> str:
        usual = self._defaults
        own = [f"{k}={_word(v)}" for k, v in self.sizes if usual.get(k) != v]
        return f"{self.name}:{','.join(own)}" if own else self.name

    @property
    def axes(self) -> tuple[str, ...]:
        """The sizes that can be swept."""
        form = _FORMS[self.name]
        return tuple(size for size in NAMES[form.builder].sizes if size not in form.decided)

    @property
    def is_local(self) -> bool:
        """Whether it can be made in this process alone."""
        return False

    def resized(self, sizes: Sizes) -> BuiltIn:
        """Return the network with other sizes."""
        texts = {size: _word(value) for size, value in sizes.items()}
        return BuiltIn(self.name, tuple({**dict(self.sizes), **texts}.items()))

    def row_shape(self, features: int) -> tuple[int, ...]:
        """Return the shape in which the network takes a row of features."""
        return _FORMS[self.name].row(self.name, dict(self.sizes), features)

    def module(self, inputs: int, outputs: int) -> nn.Module:
        """Return the network as an ordinary module, drawn by its own constructor."""
        form, shape = _FORMS[self.name], self.row_shape(inputs)
        decided = {"size": shape[-1], "inputs": shape[-1], "length": shape[0], "outputs": outputs}
        needed = [*form.decided, *(["length"] if "length" in NAMES[form.builder].sizes else [])]
        sizes = dict(self.sizes) | {size: decided[size] for size in needed}
        model, _ = NAMES[form.builder].make(**sizes)
        return model

    def shapes(self, inputs: int, outputs: int) -> Mapping[str, tuple[int, ...]]:
        """Return every parameter's name and shape, in the module's order."""
        return parameter_shapes(self, inputs, outputs)

    def fitted(self, inputs: int, outputs: int) -> BuiltIn:
        """Return the network for these data; refuse those that do not fit it."""
        self.row_shape(inputs)
        return self

    def require_batches(self, examples: int, batch_size: int) -> None:
        """Refuse no size of batches: a module that cannot be trained on one says so itself."""

    def to_dict(self) -> dict[str, Any]:
        """Return the network as plain data, from which the identity of a setting is made."""
        return {"kind": "built-in", "name": self.name, "sizes": dict(self.sizes)}

    @classmethod
    def from_dict(cls, name: str, sizes: Sizes) -> Self:
        """Make the network from the fields of `to_dict`."""
        return cls(name, tuple((size, _word(value)) for size, value in sizes.items()))

    @property
    def _defaults(self) -> dict[str, Any]:
        usual = {**NAMES[_FORMS[self.name].builder].sizes, **_DEFAULTS}
        return {size: usual[size] for size in self.axes if size != "length"}


def _word(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value
