"""The table of claims: one line each, from the file that is the claim."""

from __future__ import annotations

import importlib
from functools import cache

from initscope.claims.claim import Claim
from initscope.errors import unknown

MODULES = (
    "zeros_stand_still",
    "zeros_under_sigmoid",
    "constants_are_one_unit",
    "zeros_with_relu",
    "fixed_std_with_depth",
    "fixed_std_and_fan_in",
    "xavier_with_tanh",
    "xavier_with_sigmoid",
    "xavier_and_he_under_relu",
    "xavier_formula",
    "he_trains_thirty_layers",
    "sigmoid_loses_gradients",
    "large_weights_saturate",
    "confident_softmax",
    "dying_relu",
    "explosion_ends_in_overflow",
    "clipping_rescues",
    "adaptive_optimizers",
    "batch_norm_and_scale",
    "batch_norm_and_gradients",
    "residual_connections",
    "depth_needs_care",
    "fewer_epochs",
    "generalization",
    "randomness_as_regularizer",
    "biases_from_zero",
    "orthogonal_and_truncated",
    "bounded_activations",
)
"""Files in `statements`, in the order of the numbers."""


@cache
def claims() -> tuple[Claim, ...]:
    """Return every claim, in the order of the numbers."""
    return tuple(
        importlib.import_module(f"initscope.claims.statements.{name}").CLAIM for name in MODULES
    )


def claim(name: int | str) -> Claim:
    """Return a claim by its number or its slug.

    Raises:
        InputError: there is none.

    >>> claim(10).slug == claim("10").slug
    True
    """
    known = {key: each for each in claims() for key in (str(each.id), each.slug)}
    if str(name) not in known:
        raise unknown("claim", str(name), known)
    return known[str(name)]
