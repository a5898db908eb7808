"""The table of rules: one line each, from the file that is the rule."""

from __future__ import annotations

import importlib
from functools import cache

from initscope.errors import unknown
from initscope.rules.rule import Rule

MODULES = (
    "vanishing_signal",
    "exploding_signal",
    "nonfinite_signal",
    "half_precision_range",
    "collapsed_correlation",
    "vanishing_gradient",
    "exploding_gradient",
    "no_gradient",
    "nonfinite_gradient",
    "initial_loss",
    "output_scale",
    "saturated_units",
    "dead_units",
    "duplicate_units",
    "constant_weight",
    "wrong_fan_scale",
    "duplicate_layers",
    "non_finite_parameter",
    "gain_mismatch",
    "unscaled_residual",
    "recurrent_scale",
)
"""Files in `checks`, in the order of the codes."""


@cache
def rules() -> tuple[Rule, ...]:
    """Return every rule, in the order of the codes."""
    found = [importlib.import_module(f"initscope.rules.checks.{name}").RULE for name in MODULES]
    return tuple(sorted(found, key=lambda rule: rule.code))


def rule(name: str) -> Rule:
    """Return a rule by its code or its slug.

    Raises:
        InputError: there is none.
    """
    known = {key: each for each in rules() for key in (each.code, each.slug)}
    if name.upper() in known:
        return known[name.upper()]
    if name not in known:
        raise unknown("rule", name, known)
    return known[name]
