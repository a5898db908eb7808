"""Schemes: which initializer each parameter of a model gets, one file each."""

from initscope.planning.schemes.table import NAMES, ROWS, Scheme, scheme, typed

__all__ = ["NAMES", "ROWS", "Scheme", "scheme", "typed"]
