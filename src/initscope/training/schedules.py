"""Schedules of the learning rate: a factor for each step."""

from __future__ import annotations

import math

SCHEDULES = ("constant", "cosine")


def factor(schedule: str, step: int, steps: int, warmup: int) -> float:
    r"""Return the factor on the learning rate at a step, counted from 0.

    .. math::
        f(t) = \frac{t + 1}{w} \quad (t < w), \qquad
        f(t) = \tfrac12 \left(1 + \cos \pi \frac{t - w}{T - w}\right) \quad (t \ge w)

    The first is a linear warm-up (Goyal et al., 2017), the second a cosine to zero (Loshchilov and
    Hutter, 2017, without restarts); a constant schedule stays at 1 in its place.

    Args:
        schedule: one of :data:`SCHEDULES`.
        step: t.
        steps: T, of the whole training.
        warmup: w, of which T has more; 0 for none.

    >>> [round(factor("cosine", step, 6, 2), 3) for step in range(6)]
    [0.5, 1.0, 1.0, 0.854, 0.5, 0.146]
    """
    if step < warmup:
        return (step + 1) / warmup
    if schedule == "constant":
        return 1.0
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))
