"""The scale of weights as mean-field theory counts it."""

from __future__ import annotations

import math

from initscope.initializers.fans import Fans
from initscope.initializers.initializer import Initializer
from initscope.initializers.patterns import Pattern


def sigma_w(initializer: Initializer, width: int) -> float | None:
    r"""Return the scale of weights between two layers of equal width.

    .. math:: \sigma_w = \sqrt{n \operatorname{Var}[W]}

    Args:
        initializer: of the weights.
        width: units n of both layers.

    Returns:
        The scale; None where the weights are not random, or have a mean or no finite variance, so
        that the theory of centred random weights does not apply.

    Raises:
        InputError: the initializer cannot draw such weights.

    >>> from initscope import get
    >>> round(sigma_w(get("he_normal"), 64), 4)
    1.4142
    """
    fans = Fans(width, width)
    scale = initializer.std(fans) * math.sqrt(width)
    is_random = not isinstance(initializer.law, Pattern)
    return scale if is_random and not initializer.mean(fans) and math.isfinite(scale) else None
