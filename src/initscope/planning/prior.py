"""The head's bias from the frequency of classes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from initscope.errors import InputError
from initscope.planning.choice import Choice, values
from initscope.planning.model import Model
from initscope.planning.slots import Slot

_PRIOR = "Lin et al., 2017, section 3.3"


def prior(model: Model, counts: Sequence[float]) -> Mapping[str, Choice]:
    r"""Choose the logarithms of the shares of classes for the bias of the head.

    With outputs near zero the softmax then gives each class its share, and the loss starts at the
    entropy of the labels. Where no bias has an entry for each of two classes, one with a single
    entry gets the log-odds of the second, which a sigmoid turns into its share.

    Raises:
        InputError: a count is not above zero, or no bias fits.
    """
    if len(counts) < 2 or not all(0 < count < math.inf for count in counts):
        raise InputError(f"class counts {list(counts)}: expected two or more numbers above 0")
    total = sum(counts)
    head = _last_bias(model, len(counts))
    if head:
        logs = [math.log(count / total) for count in counts]
        return {head: values(logs, "the logarithm of each class's share", _PRIOR)}
    head = _last_bias(model, 1)
    if head and len(counts) == 2:
        odds = math.log(counts[1] / counts[0])
        return {head: values([odds], "the log-odds of the second class", _PRIOR)}
    raise InputError(f"no bias has {len(counts)} entries, one for each class count")


def _last_bias(model: Model, entries: int) -> str:
    fitting = [slot.name for slot in model.slots if _is_bias(slot, entries)]
    return fitting[-1] if fitting else ""


def _is_bias(slot: Slot, entries: int) -> bool:
    return slot.role == "bias" and slot.shape == (entries,)
