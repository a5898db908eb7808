"""The page of an initializer: derivation, scale, and what it does under each activation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from initscope.errors import InputError
from initscope.initializers import Fans, Initializer, sigma_w
from initscope.initializers.scaling import Siren
from initscope.streams import Stream
from initscope.theory import Activation, MeanField, activation
from initscope.topics.derivations import steps
from initscope.topics.markdown import number, numbered, table
from initscope.topics.topic import Topic

COMMON = ("identity", "tanh", "sigmoid", "relu", "leaky_relu", "gelu", "silu", "selu")
"""Activations under which every initializer is shown."""

DEPTH = 30
_FEW = 5  # hidden layers of the networks of sines in the literature
_KEPT = 100.0  # factor over that depth, either way, within which a second moment counts as kept


@dataclass(frozen=True, slots=True)
class Fit:
    """An initializer under one activation: square layers, biases zero, inputs of second moment one.

    Attributes:
        activation: its name.
        chi_1: factor of one layer on the gradient's second moment, where the signal settles.
        signal: second moment of the last layer's preactivations.
        gradient: second moment of the first layer's gradient, if that of the last layer is one.

    Signal and gradient are None where they are too large to be computed.
    """

    activation: str
    chi_1: float
    signal: float | None
    gradient: float | None

    @property
    def is_kept(self) -> bool:
        """Whether signal and gradient stay within a factor of a hundred."""
        return all(1 / _KEPT < (value or 0) < _KEPT for value in (self.signal, self.gradient))


def fits(initializer: Initializer, width: int, activations: Iterable[Activation]) -> list[Fit]:
    """Predict networks of this width and of `DEPTH` layers (`initscope.theory`).

    Returns:
        One for each activation; none where the theory of centred random weights does not apply.
    """
    scale = sigma_w(initializer, width)
    return [_fit(MeanField(f, scale), f.name, width) for f in activations] if scale else []


def _all_fits(initializer: Initializer, width: int) -> list[Fit]:
    """Predict common activations, and in front of them the sines that a law is made for."""
    law = initializer.law
    if not isinstance(law, Siren):
        return fits(initializer, width, map(activation, COMMON))
    if law.first:
        return []
    sines = _fit(_sines(law, width), f"sin({law.omega:g} x)", width)
    return [sines, *fits(initializer, width, map(activation, COMMON))]


def _sines(law: Siren, width: int) -> MeanField:
    """Return sin(omega x) as sines of the argument omega x, whose second moment is the signal."""
    return MeanField("sin", law.omega * law.standard_deviation(Fans(width, width)) * width**0.5)


def _fit(field: MeanField, name: str, width: int) -> Fit:
    try:
        layers = field.layers([Fans(width, width)] * DEPTH)
    except InputError:
        return Fit(name, field.chi_1, None, None)
    return Fit(name, field.chi_1, layers[-1].q, layers[0].gradient)


def page(initializer: Initializer, fans: Fans) -> Topic:
    """Write the page of an initializer for a weight with these fans."""
    found = _all_fits(initializer, fans.fan_in)
    parts = [
        *_opening(initializer, fans),
        *_table(found, fans),
        *_closing(initializer, found, fans),
    ]
    return Topic(
        initializer.name,
        "initializer",
        f"The initializer {initializer}",
        "\n\n".join(parts),
        _data(initializer, fans, found),
    )


def _opening(initializer: Initializer, fans: Fans) -> Iterator[str]:
    names = ", ".join(f"`{name}`" for name in initializer.row.aliases)
    also = f" Also {names}." if names else ""
    yield f"`{initializer.formula}`. {initializer.citation}.{also}"
    yield f"## Step by step, for fan_in = {fans.fan_in} and fan_out = {fans.fan_out}"
    yield numbered(steps(initializer, fans))


def _table(fits: list[Fit], fans: Fans) -> Iterator[str]:
    if not fits:
        return
    yield "## Which activation it fits"
    yield (
        f"{DEPTH} layers of {fans.fan_in} units, biases zero, inputs of second moment one. "
        "*Signal*: the second moment of the last layer's preactivations. $χ_1$: the factor of one "
        "layer on the gradient's second moment, where the signal settles. *Gradient*: its second "
        "moment in the first layer, if that in the last is one."
    )
    yield table(("activation", "signal", "$χ_1$", "gradient"), map(_row, fits))
    kept = ", ".join(each.activation for each in fits if each.is_kept)
    yield f"Both stay within a factor of {number(_KEPT)} under: {kept or 'none of these'}."
    own = fits[0]
    if own.activation not in COMMON:
        yield (
            f"{own.activation} is what it is made for, and its signal that of the sine's argument. "
            f"It settles; the gradient grows by {number(own.chi_1)} a layer, by "
            f"{number(own.chi_1**_FEW, 2)} over {_FEW} layers."
        )


def _row(each: Fit) -> tuple[str, ...]:
    signal, gradient = (number(value, 2) for value in (each.signal, each.gradient))
    return each.activation, signal, number(each.chi_1), gradient


def _closing(initializer: Initializer, fits: list[Fit], fans: Fans) -> Iterator[str]:
    commands = list(_commands(initializer, fits, fans))
    if commands:
        lines = "\n".join(f"$ initscope {command}" for command in commands)
        yield f"## See it\n\n```console\n{lines}\n```"


def _commands(initializer: Initializer, fits: list[Fit], fans: Fans) -> Iterator[str]:
    if not _fills_matrices(initializer):
        return
    if initializer.std(fans):
        yield f'draw "{initializer}" {fans.fan_in} {fans.fan_out}'
    if isinstance(initializer.law, Siren) and fits:
        scale = _sines(initializer.law, fans.fan_in).sigma_w
        yield f"theory sin --sigma-w {scale:.4g} --width {fans.fan_in} --depth {DEPTH}"
    elif fits:
        kept = [each.activation for each in fits if each.is_kept and each.activation != "identity"]
        shown = kept[0] if kept else "relu"
        yield f'theory {shown} --init "{initializer}" --width {fans.fan_in} --depth {DEPTH}'
    elif not initializer.std(fans):
        yield f'compare iris --init "{initializer},he_uniform" --seeds 20'


def _fills_matrices(initializer: Initializer) -> bool:
    try:
        initializer.sample((2, 2), Fans(2, 2), Stream(0, "weight"))
    except InputError:
        return False
    return True


def _data(initializer: Initializer, fans: Fans, fits: list[Fit]) -> dict[str, Any]:
    low, high = initializer.law.bounds(fans)
    return {
        "initializer": str(initializer),
        "formula": initializer.formula,
        "citation": initializer.citation,
        "aliases": list(initializer.row.aliases),
        "fan_in": fans.fan_in,
        "fan_out": fans.fan_out,
        "std": initializer.std(fans),
        "mean": initializer.law.mean(fans),
        "bounds": [low, high],
        "steps": steps(initializer, fans),
        "depth": DEPTH,
        "fits": [{**asdict(each), "kept": each.is_kept} for each in fits],
    }
