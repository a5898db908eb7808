"""An activation as the theory uses it: named, or any scalar function of the user's."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initscope.errors import InputError, unknown
from initscope.grammar import bind, parse
from initscope.theory.activations import NAMES, Row
from initscope.theory.panels import Panels, resolve

Array = NDArray[np.float64]
Function = Callable[[Array], Array]

_PROBES = np.array([-2.7, -0.6, 0.1, 0.9, 3.3])
_REACH = 26.0  # first stretch of the real line that is resolved: 13 standard deviations of 2
_STEP = 16.0  # factor to the next


@dataclass(frozen=True, eq=False)
class Activation:
    """A scalar function with its derivative, and where it is not smooth.

    Activations come from :func:`activation`.

    Attributes:
        name: its text form, or the name of the user's function.
        function: f, vectorized over float64 arrays.
        given_derivative: f' where it is known in closed form.
        breaks: points that are known not to be smooth; others are found.
        lower: the flat value at minus infinity, None where there is none.
        upper: the flat value at plus infinity.
        citation: where it was first given; empty for a user's function.
        parameters: those of a named activation.
    """

    name: str
    function: Function
    given_derivative: Function | None = None
    breaks: tuple[float, ...] = ()
    lower: float | None = None
    upper: float | None = None
    citation: str = ""
    parameters: Mapping[str, float] = field(default_factory=dict)
    _resolved: dict[float, Panels] = field(default_factory=dict, repr=False)

    def __call__(self, x: Array) -> Array:
        return self.function(x)

    @cached_property
    def is_named(self) -> bool:
        """Whether derivative and breaks are known in closed form."""
        return self.given_derivative is not None

    def derivative(self, x: Array) -> Array:
        """Return f'(x) almost everywhere: closed form, or that of the resolved panels."""
        if self.given_derivative is not None:
            return self.given_derivative(x)
        return self.panels(float(np.max(np.abs(x), initial=1.0))).derivative(x)

    def panels(self, reach: float) -> Panels:
        """Return the function resolved on at least [-reach, reach]."""
        limit = _REACH
        while limit < reach:
            limit *= _STEP
        if limit not in self._resolved:
            self._resolved[limit] = resolve(self.function, -limit, limit, self.breaks)
        return self._resolved[limit]


def activation(f: str | Activation | Callable[..., Any]) -> Activation:
    """Return an activation by its name, or from any function of one variable.

    Args:
        f: a name of the table, with parameters where it has them (``"leaky_relu(a=0.2)"``); or a
            NumPy function, a torch function or module, or a function of one Python number.

    Raises:
        InputError: the name is unknown, or the function is not one of a single variable.

    >>> activation("leaky_relu(0.2)").name
    'leaky_relu(a=0.2)'
    >>> round(float(activation(lambda x: x**3).derivative(np.array([2.0]))[0]), 9)
    12.0
    """
    if isinstance(f, Activation):
        return f
    if isinstance(f, str):
        return _named(f)
    if not callable(f):
        raise InputError(f"received {f!r}: expected the name of an activation, or a function")
    return _of_callable(f)


@lru_cache(maxsize=256)
def _named(text: str) -> Activation:
    name, values, arguments = parse("activation", text, "leaky_relu(a=0.1)")
    if name not in NAMES:
        raise unknown("activation", name, NAMES)
    row = NAMES[name]
    parameters = _parameters(row, values, arguments)
    function, derivative = row.function, row.derivative
    if parameters:
        function, derivative = partial(function, **parameters), partial(derivative, **parameters)
    given = ", ".join(f"{k}={v:g}" for k, v in parameters.items() if (k, v) not in row.defaults)
    return Activation(
        f"{row.name}({given})" if given else row.name,
        function,
        derivative,
        row.breaks,
        row.lower(**parameters) if row.lower else None,
        row.upper(**parameters) if row.upper else None,
        row.citation,
        parameters,
    )


def _parameters(row: Row, values: list[object], arguments: dict[str, object]) -> dict[str, float]:
    known = dict(row.defaults)
    for name, value in bind(row.name, known, values, arguments).items():
        if not isinstance(value, int | float) or not np.isfinite(value):
            raise InputError(f"{row.name}: {name} is {value!r}, expected a finite number")
        if name == "alpha" and value <= 0:
            raise InputError(f"{row.name}: alpha is {value:g}, expected a number above 0")
        known[name] = float(value)
    return known


def _of_callable(f: Callable[..., Any]) -> Activation:
    name = getattr(f, "__name__", type(f).__name__)
    _require_one_argument(f, name)
    failure: Exception | None = None
    for adapt in (_numpy, _torch, _one_by_one):
        function = adapt(f)
        if function is None:
            continue
        try:
            values = function(_PROBES)
        except Exception as error:  # noqa: BLE001 - a user's function may raise anything
            failure = failure or error
            continue
        _require_function(function, values, name)
        return Activation(name, function)
    raise InputError(
        f"{name} fails on an array of numbers: {type(failure).__name__}: {failure}; "
        "expected a function of one number, or of an array of them"
    )


def _require_one_argument(f: Callable[..., Any], name: str) -> None:
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return  # built-in functions often have no signature; calling them will tell
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    required = [p.name for p in parameters if p.kind in positional and p.default is p.empty]
    several = any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters)
    if len(required) > 1 or (
        not required and not several and not any(p.kind in positional for p in parameters)
    ):
        raise InputError(
            f"{name} takes {len(required)} arguments ({', '.join(required)}): expected a function "
            "of one variable; fix the others with functools.partial"
        )


def _require_function(function: Function, values: Array, name: str) -> None:
    if np.shape(values) != _PROBES.shape:
        raise InputError(
            f"{name} returned shape {np.shape(values)} for {len(_PROBES)} numbers: "
            "expected one value for each"
        )
    if not np.array_equal(function(_PROBES), values, equal_nan=True):
        raise InputError(f"{name} gave different values in two calls: expected no randomness")
    alone = np.concatenate([function(_PROBES[i : i + 1]) for i in range(len(_PROBES))])
    if not np.allclose(alone, values, rtol=1e-5, atol=1e-12, equal_nan=True):
        raise InputError(f"{name} mixes its inputs: expected a function of one variable")
    if not np.isfinite(values).all():
        bad = int(np.flatnonzero(~np.isfinite(values))[0])
        raise InputError(f"{name} is {values[bad]} at {_PROBES[bad]}: expected finite values")


def _numpy(f: Callable[..., Any]) -> Function:
    def function(x: Array) -> Array:
        values = f(x)
        if not isinstance(values, np.ndarray | float | int | np.generic):
            raise TypeError(f"returned {type(values).__name__}")
        return np.asarray(values, dtype=np.float64)

    return function


def _torch(f: Callable[..., Any]) -> Function | None:
    """Adapt a torch callable. Who has one has imported torch; the theory itself does not."""
    torch = sys.modules.get("torch")
    if torch is None:
        return None

    def call(x: Array, dtype: Any) -> Array:
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            values = f(torch.from_numpy(np.ascontiguousarray(x)).to(dtype))
        return values.to(torch.float64).numpy()  # type: ignore[no-any-return]

    def function(x: Array) -> Array:
        try:
            return call(x, torch.float64)
        except RuntimeError:  # a module with float32 parameters
            return call(x, torch.float32)

    return function


def _one_by_one(f: Callable[..., Any]) -> Function:
    """Adapt a function of one Python number."""
    return np.vectorize(lambda x: float(f(float(x))), otypes=[np.float64])
