"""The head's bias from the frequency of classes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from initscope.errors import InputError
from initscope.planning.choice import Choice, values
from initscope.planning.model import Model

_PRIOR = "Lin et al., 2017, section 3.3"


def prior(model: Model, counts: Sequence[float]) -> Mapping[str, Choice]:
    r"""Choose the logarithms of the shares of classes for the bias of the head.

    With outputs near zero the softmax then gives each class its share, and the loss starts at the
    entropy of the labels.

    Raises:
        InputError: a count is not above zero, or no bias fits.
    """
    if len(counts) < 2 or not all(0 < count < math.inf for count in counts):
        raise InputError(f"class counts {list(counts)}: expected two or more numbers above 0")
    fitting = [slot for slot in model.slots if slot.role == "bias" and slot.shape == (len(counts),)]
    if not fitting:
        raise InputError(f"no bias has {len(counts)} entries, one for each class count")
    total = sum(counts)
    logs = [math.log(count / total) for count in counts]
    reason = "the logarithm of each class's share"
    return {fitting[-1].name: values(logs, reason, _PRIOR)}
