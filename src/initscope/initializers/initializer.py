"""Named initializers: a row of the catalogue, and the value it becomes with its parameters."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from initscope.errors import InputError, unknown
from initscope.initializers.fans import Fans
from initscope.initializers.law import Law
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
        if len(values) > len(parameters):
            raise InputError(f"{self.name} takes {self._expected()}, received {len(values)} values")
        named = dict(zip(parameters, values, strict=False))
        for name in arguments:
            if name not in parameters:
                self._refuse(name)
            if name in named:
                raise InputError(f"{self.name} received {name} twice: by position and by name")
        chosen = {**self.defaults, **named, **arguments}
        missing = [n for n, d in parameters.items() if d is dataclasses.MISSING and n not in chosen]
        if missing:
            example = ", ".join(f"{name}=0.05" for name in missing)
            raise InputError(f"{self.name} needs {' and '.join(missing)}: {self.name}({example})")
        typed = {name: self._typed(name, value) for name, value in chosen.items()}
        try:
            return Initializer(self, self.law(**self.fixed, **typed))
        except InputError as error:
            raise InputError(f"{self.name}: {error}") from None

    def _refuse(self, name: str) -> None:
        if not self.parameters:
            raise InputError(f"{self.name} takes no arguments, received {name!r}")
        raise unknown(f"argument of {self.name}", name, self.parameters)

    def _expected(self) -> str:
        return " and ".join(self.parameters) or "no arguments"

    def _typed(self, name: str, value: object) -> object:
        """Check a value against the law's field, and turn whole numbers into floats."""
        annotation = self.law.__dataclass_fields__[name].type  # type: ignore[attr-defined]
        if annotation == "str":
            if isinstance(value, str):
                return value
            raise InputError(f"{self.name}: {name} is {value!r}, expected a word")
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        raise InputError(f"{self.name}: {name} is {value!r}, expected a number")


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

    def std(self, fans: Fans) -> float:
        """Standard deviation of an entry."""
        return self.law.standard_deviation(fans)

    def sample(self, shape: Sequence[int], fans: Fans, source: Source) -> Tensor:
        r"""Draw a float32 weight of shape (\*source.batch, \*shape) on the CPU.

        Args:
            shape: the weight's shape in PyTorch's layout, (out, in, \*kernel).
            fans: its fans, usually ``Fans.of(shape)``.
            source: the stream, or a batch of streams, that decides the values.

        >>> from initscope import Fans, get
        >>> from initscope.streams import Stream
        >>> get("he_normal").sample((2, 3), Fans(3, 2), Stream(0, "weight")).shape
        torch.Size([2, 3])
        """
        return self.law.sample(shape, fans, source)

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
        return f"{self.name}({', '.join(f'{n}={_text(v)}' for n, v in given.items())})"


def _text(value: object) -> str:
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)
