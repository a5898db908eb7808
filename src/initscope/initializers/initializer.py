"""Named initializers: a row of the catalogue, and the value it becomes with its parameters."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from initscope.errors import InputError
from initscope.grammar import bind
from initscope.initializers.box import Box
from initscope.initializers.fans import Fans
from initscope.initializers.law import Law
from initscope.initializers.values import READERS, written
from initscope.streams import Source


@dataclass(frozen=True)
class Row:
    """One line of the catalogue: a name for a law, with what the name decides.

    Args:
        name: what users type.
        law: the class of the law.
        citation: author, year, place.
        aliases: other names for exactly the same thing.
        fixed: parameters that the name itself decides; they cannot be given.
        defaults: parameters that the name sets where nothing is given.
    """

    name: str
    law: type[Law]
    citation: str
    aliases: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict, hash=False)
    defaults: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters that may be given, with their defaults (MISSING where one must be given)."""
        entries = dataclasses.fields(self.law)  # type: ignore[arg-type]
        return {
            entry.name: self.defaults.get(entry.name, entry.default)
            for entry in entries
            if entry.name not in self.fixed
        }

    @property
    def formula(self) -> str:
        """The law with the row's parameters, and with names where a parameter must be given."""
        free = {n: n if d is dataclasses.MISSING else d for n, d in self.parameters.items()}
        return self.law.formula(**free, **self.fixed)

    def __call__(self, *values: object, **arguments: object) -> Initializer:
        """Make the initializer, with parameters by position or by name.

        Raises:
            InputError: a parameter is unknown, missing, of the wrong type or out of range.
        """
        parameters = self.parameters
        chosen = {**self.defaults, **bind(self.name, parameters, values, arguments)}
        missing = [n for n, d in parameters.items() if d is dataclasses.MISSING and n not in chosen]
        if missing:
            example = ", ".join(f"{name}=0.05" for name in missing)
            raise InputError(f"{self.name} needs {' and '.join(missing)}: {self.name}({example})")
        typed = {name: self._typed(name, value) for name, value in chosen.items()}
        try:
            return Initializer(self, self.law(**self.fixed, **typed))
        except InputError as error:
            raise InputError(f"{self.name}: {error}") from None

    def _typed(self, name: str, value: object) -> object:
        """Read a value as the type of the law's field."""
        annotation = self.law.__dataclass_fields__[name].type  # type: ignore[attr-defined]
        expected, convert = READERS[annotation]
        try:
            return convert(value)
        except ValueError:
            message = f"{self.name}: {name} is {value!r}, expected {expected}"
            raise InputError(message) from None


@dataclass(frozen=True, repr=False)
class Initializer:
    """How the entries of a weight tensor are drawn, with its formula and citation.

    Initializers come from :func:`initscope.get`. Two are equal when they have the same name and
    the same parameters; ``str`` gives the text form, from which :func:`initscope.get` makes an
    equal one.

    >>> import initscope
    >>> he = initscope.get("he_normal")
    >>> he.formula, he.citation
    ('W ~ N(0, 2 / fan_in)', 'He et al., 2015, eq. 10')
    >>> he.std(initscope.Fans(50, 10))
    0.2
    """

    row: Row
    law: Law

    @property
    def name(self) -> str:
        """The canonical name, without arguments."""
        return self.row.name

    @property
    def formula(self) -> str:
        """The law that the entries follow."""
        return self.law.formula(**dataclasses.asdict(self.law))  # type: ignore[call-overload]

    @property
    def citation(self) -> str:
        """Where it was first given."""
        return self.row.citation

    @property
    def is_elementwise(self) -> bool:
        """Whether any part of a tensor can be drawn without the rest."""
        return self.law.is_elementwise

    def std(self, fans: Fans | None) -> float:
        """Standard deviation of an entry."""
        with self._named():
            return self.law.standard_deviation(fans)

    def mean(self, fans: Fans | None) -> float:
        """Mean of an entry."""
        with self._named():
            return self.law.mean(fans)

    def bounds(self, fans: Fans | None) -> tuple[float, float]:
        """Lowest and highest value of an entry; rounding may add one unit in the last place."""
        with self._named():
            return self.law.bounds(fans)

    def kurtosis(self, fans: Fans | None) -> float:
        """Kurtosis k for the sampling error of the standard deviation: std sqrt((k - 1) / 4n).

        For independent entries it is the fourth standardized moment; where all draws have the same
        sum of squares, as orthogonal matrices have, it is 1.
        """
        with self._named():
            return self.law.kurtosis(fans)

    def sample(self, shape: Sequence[int], fans: Fans | None, source: Source) -> Tensor:
        r"""Draw a float32 weight of shape (\*source.batch, \*shape) on the CPU.

        Args:
            shape: the weight's shape in PyTorch's layout, (out, in, \*kernel). Laws that need no
                fans fill any shape, vectors and scalars too.
            fans: its fans, usually ``Fans.of(shape)``; None for a tensor that has none.
            source: the stream, or a batch of streams, that decides the values.

        Raises:
            InputError: the law does not fill this shape, or needs fans.

        >>> from initscope import Fans, get
        >>> from initscope.streams import Stream
        >>> get("he_normal").sample((2, 3), Fans(3, 2), Stream(0, "weight")).shape
        torch.Size([2, 3])
        """
        return self.sample_part(shape, fans, source, ())

    def sample_part(
        self, shape: Sequence[int], fans: Fans | None, source: Source, index: Sequence[slice]
    ) -> Tensor:
        r"""Draw a part of a weight: bit for bit ``sample(shape, fans, source)[..., \*index]``.

        Memory and time are of the part, not of the weight. Sharded training draws on each process
        only what that process holds.

        Args:
            shape: shape of the whole weight.
            fans: fans of the whole weight.
            source: the stream, or a batch of streams, that decides the values.
            index: a slice without a step for each dimension; those left out are taken whole.

        Raises:
            InputError: the law draws whole weights only (`is_elementwise` is False).

        >>> from initscope import Fans, get
        >>> from initscope.streams import Stream
        >>> he, stream = get("he_normal"), Stream(0, "weight")
        >>> whole = he.sample((6, 8), Fans(8, 6), stream)
        >>> part = he.sample_part((6, 8), Fans(8, 6), stream, (slice(2, 4), slice(1, 3)))
        >>> bool((part == whole[2:4, 1:3]).all())
        True
        """
        with self._named():
            box = Box.of(shape, index)
            size = (*source.batch, *box.sizes)
            out = torch.empty(size, dtype=torch.float32, device="cpu")
            self.law.fill_(out, box, fans, source)
        return out

    def fill_(
        self,
        tensor: Tensor,
        fans: Fans | None,
        source: Source,
        *,
        shape: Sequence[int] | None = None,
        index: Sequence[slice] = (),
    ) -> Tensor:
        r"""Write the weight, or a part of it, into a tensor, without a float32 copy of it.

        Values are drawn in float32 and rounded once to the tensor's type. The tensor may have any
        layout and device, and may require gradients: none is recorded.

        Args:
            tensor: a floating-point tensor of shape (\*source.batch, \*shape), or of the part's.
            fans: fans of the whole weight.
            source: the stream, or a batch of streams, that decides the values.
            shape: shape of the whole weight; by default the tensor's own.
            index: which part of the whole the tensor is, as in `sample_part`.

        Raises:
            InputError: the tensor's shape or type does not fit, or the law refuses it.

        >>> import torch
        >>> from initscope import get
        >>> from initscope.streams import Stream
        >>> bias = torch.empty(3, dtype=torch.bfloat16)
        >>> bool(get("uniform(-1, 1)").fill_(bias, None, Stream(0, "bias")).abs().max() <= 1)
        True
        """
        with self._named():
            box = Box.of(tensor.shape[len(source.batch) :] if shape is None else shape, index)
            expected = (*source.batch, *box.sizes)
            if tuple(tensor.shape) != expected:
                raise InputError(f"the tensor has shape {tuple(tensor.shape)}, expected {expected}")
            if not tensor.is_floating_point():
                raise InputError(f"the tensor is {tensor.dtype}, expected a floating-point type")
            if any(n > 1 and not s for n, s in zip(tensor.shape, tensor.stride(), strict=True)):
                raise InputError("entries of the tensor share their memory: clone it first")
            self.law.fill_(tensor, box, fans, source)
        return tensor

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Put the initializer's name in front of what its law refuses."""
        try:
            yield
        except InputError as error:
            raise InputError(f"{self}: {error}") from None

    def __repr__(self) -> str:
        return f"initscope.get({str(self)!r})"

    def __str__(self) -> str:
        given = {
            name: getattr(self.law, name)
            for name, default in self.row.parameters.items()
            if getattr(self.law, name) != default
        }
        if not given:
            return self.name
        return f"{self.name}({', '.join(f'{n}={written(v)}' for n, v in given.items())})"
