"""The text form of an initializer: ``he_normal``, ``normal(std=0.01)``, ``uniform(-1, 1)``."""

from __future__ import annotations

import ast
import re

from initscope.errors import InputError, unknown
from initscope.initializers.catalogue import NAMES
from initscope.initializers.initializer import Initializer


def get(initializer: str | Initializer, *values: object, **arguments: object) -> Initializer:
    """Return an initializer from its text form, or from a name and arguments.

    Args:
        initializer: a name or alias of the catalogue, optionally with arguments in parentheses;
            an `Initializer` is returned as it is.
        values: parameters by position, in place of arguments in the text.
        arguments: parameters by name.

    Raises:
        InputError: the name, an argument or a value cannot be used.

    >>> from initscope import get
    >>> str(get("kaiming_uniform(mode=fan_out)"))
    'he_uniform(mode=fan_out)'
    >>> get("normal", std=0.01) == get("normal(0.01)")
    True
    """
    if isinstance(initializer, Initializer):
        return initializer
    name, parsed_values, parsed_arguments = _parse(initializer)
    if name not in NAMES:
        raise unknown("initializer", name, NAMES)
    return NAMES[name](*parsed_values, *values, **parsed_arguments, **arguments)


def split(text: str) -> list[str]:
    """Split a comma-separated list of initializers at the commas outside parentheses.

    >>> split("zeros, uniform(low=-1, high=1)")
    ['zeros', 'uniform(low=-1, high=1)']
    """
    return [part.strip() for part in re.split(r",(?![^(]*\))", text)]


def _parse(text: str) -> tuple[str, list[object], dict[str, object]]:
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        raise _unreadable(text) from None
    match node:
        case ast.Name(id=name):
            return name, [], {}
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
            values = [_value(arg, text) for arg in args]
            return name, values, {str(k.arg): _value(k.value, text) for k in keywords}
    raise _unreadable(text)


def _value(node: ast.expr, text: str) -> object:
    match node:
        case ast.Name(id=word):
            return word
        case ast.Constant(value=str() | int() | float() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
    raise _unreadable(text)


def _unreadable(text: str) -> InputError:
    return InputError(
        f"cannot read initializer {text!r}: "
        "expected a name, or a name with arguments such as normal(std=0.01)"
    )
