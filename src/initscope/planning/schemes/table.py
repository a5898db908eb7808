"""The table of schemes, and how a scheme is named."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from initscope.errors import InputError, unknown
from initscope.grammar import bind, parse
from initscope.initializers import NAMES as INITIALIZERS
from initscope.initializers import PREFIX, Initializer, get
from initscope.planning.choice import Choice
from initscope.planning.model import Model
from initscope.planning.schemes.auto import auto
from initscope.planning.schemes.branches import fixup, rezero, skipinit, zero_gamma
from initscope.planning.schemes.gpt2 import gpt2
from initscope.planning.schemes.lsuv import lsuv
from initscope.planning.schemes.named import named
from initscope.planning.schemes.networks import delta_orthogonal, siren, zero
from initscope.planning.schemes.recurrent import chrono, irnn, lstm
from initscope.planning.schemes.torch_defaults import torch_defaults

Choices = Mapping[str, Choice | None]
Decide = Callable[[Model], Choices]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table of schemes.

    Args:
        name: what users type.
        decide: the function that chooses; its keywords are the scheme's parameters.
        citation: where it was first given.
        needs_example: whether it follows the signal through the model.
        measures: whether weights are rescaled by what the example shows, after they are drawn.
    """

    name: str
    decide: Callable[..., Choices]
    citation: str
    needs_example: bool = False
    measures: bool = False

    @property
    def parameters(self) -> dict[str, Any]:
        """Its parameters with their defaults."""
        found = list(inspect.signature(self.decide).parameters.values())[1:]
        return {parameter.name: parameter.default for parameter in found}

    @property
    def summary(self) -> str:
        """What it does, in one line."""
        return (inspect.getdoc(self.decide) or "").splitlines()[0]


ROWS: tuple[Row, ...] = (
    Row(
        "auto",
        auto,
        "Roberts, Yaida and Hanin, 2022, section 5 (chains); Radford et al., 2019 (branches); "
        "Yang and Hu, 2021 (heads)",
        True,
    ),
    Row("torch", torch_defaults, "Paszke et al., 2019"),
    Row("gpt2", gpt2, "Radford et al., 2019, section 2.3"),
    Row("fixup", fixup, "Zhang, Dauphin and Ma, 2019", True),
    Row("skipinit", skipinit, "De and Smith, 2020", True),
    Row("rezero", rezero, "Bachlechner et al., 2021", True),
    Row("zero_gamma", zero_gamma, "Goyal et al., 2017, section 5.1", True),
    Row("lsuv", lsuv, "Mishkin and Matas, 2016", True, True),
    Row("delta_orthogonal", delta_orthogonal, "Xiao et al., 2018"),
    Row("zero", zero, "Zhao et al., 2022"),
    Row("siren", siren, "Sitzmann et al., 2020, section 3.2", True),
    Row("irnn", irnn, "Le, Jaitly and Hinton, 2015"),
    Row("lstm", lstm, "Jozefowicz, Zaremba and Sutskever, 2015"),
    Row("chrono", chrono, "Tallec and Ollivier, 2018, section 2.2"),
)

NAMES: dict[str, Row] = {row.name: row for row in ROWS}
"""Every scheme by its name."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """A scheme with its parameters.

    Attributes:
        name: its text form.
        decide: chooses for every parameter of a model.
        needs_example: whether it cannot do without an example.
        measures: whether it rescales weights by what the example shows.
    """

    name: str
    decide: Decide
    needs_example: bool = False
    measures: bool = False


def scheme(given: str | Initializer) -> Scheme:
    """Return a scheme by its text form; every initializer is one, too.

    A name that both have, such as ``gpt2``, is the scheme's; ``initializer:gpt2`` is the
    initializer.

    Raises:
        InputError: the name is unknown, or an argument does not fit.

    >>> scheme("gpt2(std=0.01)").name
    'gpt2(std=0.01)'
    >>> scheme("initializer:gpt2").decide.keywords["initializer"]
    initscope.get('gpt2')
    """
    if isinstance(given, Initializer):
        return Scheme(typed(given), partial(named, initializer=given))
    if not isinstance(given, str):
        raise InputError(f"received {given!r}: expected the name of a scheme or an initializer")
    text = given.strip().replace("zero-gamma", "zero_gamma")
    if text.startswith(PREFIX):
        return scheme(get(text))
    name, values, arguments = parse("scheme", text, "gpt2(std=0.02)")
    if name not in NAMES:
        if name in INITIALIZERS:
            return scheme(get(text))
        raise unknown("scheme", name, [*NAMES, *INITIALIZERS])
    row = NAMES[name]
    try:
        bound = _arguments(row, values, arguments) if "(" in text else {}
    except InputError as error:
        raise InputError(f"{error}{_instead(text)}") from None
    return Scheme(text, partial(row.decide, **bound), row.needs_example, row.measures)


def typed(initializer: Initializer) -> str:
    """Return what is typed for an initializer where schemes can be named, too.

    >>> typed(get("he_normal")), typed(get("siren(first=true)"))
    ('he_normal', 'initializer:siren(first=true)')
    """
    return f"{PREFIX if initializer.name in NAMES else ''}{initializer}"


def _instead(text: str) -> str:
    """Name the initializer, where it has what the scheme of its name has not."""
    try:
        return f"; or {typed(get(text))} for the weights alone"
    except InputError:
        return ""


def _arguments(row: Row, values: list[object], arguments: dict[str, object]) -> dict[str, float]:
    given = bind(row.name, row.parameters, values, arguments)
    for name, value in given.items():
        if not isinstance(value, int | float):
            raise InputError(f"{row.name}: {name} is {value!r}, expected a number")
    return {name: float(value) for name, value in given.items()}  # type: ignore[arg-type]
