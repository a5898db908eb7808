"""Every chart of a result by name, for notebooks."""

from __future__ import annotations

import altair as alt

from initscope.comparison import Comparison, Sweep
from initscope.errors import InputError
from initscope.report import compare_drawings, sweep_drawings


def charts(result: Comparison | Sweep) -> dict[str, alt.TopLevelMixin]:
    """Return the charts of a comparison or a sweep by name, as a notebook shows them.

    Args:
        result: what :func:`initscope.compare` returned.

    Returns:
        Altair charts: of a comparison ``curves``, ``scores`` and ``outcomes``; of a sweep
        ``trained``, ``score``, ``interaction`` and ``curves``; of both ``rates`` where learning
        rates were tuned, and ``gradients`` where their norms are known.

    Raises:
        InputError: the result is of another kind.

    >>> import initscope
    >>> result = initscope.compare("iris", ["zeros", "he_uniform"], seeds=2)
    >>> sorted(initscope.charts(result))
    ['curves', 'gradients', 'outcomes', 'scores']
    """
    if isinstance(result, Sweep):
        made = sweep_drawings.drawings(result)
    elif isinstance(result, Comparison):
        made = compare_drawings.drawings(result)
    else:
        raise InputError(
            f"charts of {type(result).__name__}: expected what initscope.compare returned"
        )
    return {drawing.name: drawing.chart for drawing in made}
