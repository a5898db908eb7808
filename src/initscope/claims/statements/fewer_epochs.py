"""Claim 23: whether good initialization reaches a given loss in fewer epochs."""

from __future__ import annotations

from collections.abc import Sequence

from initscope.claims.claim import Case, Claim
from initscope.claims.effort import Effort
from initscope.claims.evidence import Evidence
from initscope.claims.measuring import differences, networks, scaled
from initscope.store import Record
from initscope.training import MLP, Training

_EPOCHS = 30
_LOSS = {"digits": 0.3, "wine": 0.3, "breast_cancer": 0.2}
_BAD = {"std 0.01": "normal(std=0.01)", "4 times He's": scaled(4.0)}
_SAVED = 1.0


def measure(effort: Effort) -> Evidence:
    """Count epochs to the loss, from He's weights and from others."""
    seeds = effort.seeds(full=30, quick=8)
    values = {}
    for task, loss in _LOSS.items():
        good, *others = networks(
            task,
            ["he_normal", *_BAD.values()],
            seeds,
            network=MLP.uniform(depth=4, width=32),
            training=Training(epochs=_EPOCHS),
        )
        for words, records in zip(_BAD, others, strict=True):
            found = differences(_epochs(records, loss), _epochs(good, loss))
            values[f"{task}, against {words}"] = found
    return Evidence.of(values)


def _epochs(records: Sequence[Record], loss: float) -> list[float]:
    """Return the epochs until the training loss is reached, all of them where it never is."""
    return [
        next((epoch for epoch, value in enumerate(each.train_loss, 1) if _is(value, loss)), _EPOCHS)
        for each in records
    ]


def _is(value: float | None, loss: float) -> bool:
    return value is not None and value <= loss


CLAIM = Claim(
    id=23,
    slug="fewer-epochs",
    statement="Good initialization reaches a given loss in fewer epochs.",
    said="every text on the subject",
    first="Glorot and Bengio, 2010, figures 11 and 12",
    experiment=(
        f"Four layers of 32 ReLU units, Adam at 0.001, at most {_EPOCHS} epochs; good is He, bad a "
        "standard deviation of 0.01, or four times He's."
    ),
    statistic=(
        "epochs to a training loss of 0.3 (breast_cancer: 0.2) from the bad weights minus from "
        f"He's, seed by seed; one that never arrives counts with {_EPOCHS}"
    ),
    why="At least one epoch saved.",
    practice="Initialize by the fan-in: it costs nothing and saves epochs, at any depth.",
    cases=tuple(Case(f"{task}, against {words}", _SAVED) for task in _LOSS for words in _BAD),
    measure=measure,
    rules=("SIG001", "SIG002"),
    initializers=("he_normal",),
)
