"""The text form of specifications: a name, or a name with arguments, such as ``elu(alpha=0.5)``."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence

from initscope.errors import InputError, unknown

Arguments = tuple[str, list[object], dict[str, object]]


def parse(kind: str, text: str, example: str) -> Arguments:
    """Read a name with its positional and named arguments: numbers and words, nothing evaluated.

    Args:
        kind: what the text stands for, for the error's message.
        text: what was typed.
        example: what could be typed, for the error's message.

    Raises:
        InputError: the text is not of this form.

    >>> parse("initializer", "uniform(-1, high=2)", "normal(std=0.01)")
    ('uniform', [-1], {'high': 2})
    """
    try:
        node = ast.parse(text.strip(), mode="eval").body
        match node:
            case ast.Name(id=name):
                return name, [], {}
            case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
                named = {str(keyword.arg): _value(keyword.value) for keyword in keywords}
                return name, [_value(arg) for arg in args], named
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    raise InputError(
        f"cannot read {kind} {text!r}: expected a name, or a name with arguments such as {example}"
    )


def bind(
    name: str, known: Iterable[str], values: Sequence[object], arguments: Mapping[str, object]
) -> dict[str, object]:
    """Give positional and named arguments the names of the parameters they are meant for.

    Args:
        name: what takes them, for the error's message.
        known: its parameters, in order.
        values: arguments by position.
        arguments: arguments by name.

    Raises:
        InputError: there are too many, one is unknown, or one is given twice.

    >>> bind("uniform", ["low", "high"], [-1], {"high": 2})
    {'low': -1, 'high': 2}
    """
    names = list(known)
    if len(values) > len(names):
        takes = " and ".join(names) or "no arguments"
        raise InputError(f"{name} takes {takes}, received {len(values)} values")
    bound = dict(zip(names, values, strict=False))
    for argument in arguments:
        if argument not in names:
            if not names:
                raise InputError(f"{name} takes no arguments, received {argument!r}")
            raise unknown(f"argument of {name}", argument, names)
        if argument in bound:
            raise InputError(f"{name} received {argument} twice: by position and by name")
    return {**bound, **arguments}


def _value(node: ast.expr) -> object:
    match node:
        case ast.Name(id=word):
            return word
        case ast.Constant(value=str() | int() | float() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
    raise ValueError
