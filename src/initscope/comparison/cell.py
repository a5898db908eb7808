"""The summary of all networks of one initialization."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from initscope.comparison.differences import Difference
from initscope.comparison.statistics import (
    Interval,
    Rate,
    Summary,
    median_until,
    rate,
    restricted_mean,
    summarize,
)
from initscope.store import Record
from initscope.training import Initialization, typed


@dataclass(frozen=True, slots=True)
class Cell:
    """Summary of all networks of one initialization.

    Attributes:
        initializer: the initializer of the hidden layers.
        head: the initializer of the head.
        n: number of networks.
        trained: how many are better than chance.
        stuck: how many are not.
        diverged: how many met a number that is not finite.
        failure_rate: stuck and diverged, as a share of n.
        over: which networks the following describe: the trained ones, or where there is none the
            stuck ones.
        test_accuracy: accuracy on the test data after the last epoch; for regression R squared.
        learning_rate: its own, where each initialization's was tuned.
        rmse: for regression, root mean squared error on the test data, in the target's unit.
        final_loss: mean training loss of the last epoch.
        epochs_to_threshold: median over all n networks; None where half or more do not arrive.
        reached_threshold: how many arrive.
        restricted_epochs: the epochs to the threshold within those of the training, over all n
            networks: one that does not arrive, also because it diverged, counts with all of them.
        difference: in expected accuracy, seed by seed, to the best or to the reference that was
            named; None for that one itself.
    """

    initializer: str
    head: str
    n: int
    trained: int
    stuck: int
    diverged: int
    failure_rate: Rate
    over: str | None
    test_accuracy: Summary | None
    final_loss: float | None
    epochs_to_threshold: float | None
    reached_threshold: int
    difference: Difference | None
    restricted_epochs: Summary
    rmse: Summary | None = None
    learning_rate: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as plain data; for regression with ``r2`` in place of an accuracy."""
        plain = asdict(self)
        if self.learning_rate is None:
            del plain["learning_rate"]
        if self.rmse is None:
            del plain["rmse"]
        else:
            plain["r2"] = plain.pop("test_accuracy")
        return plain


def summary_of(
    cell: Initialization,
    group: Sequence[Record],
    threshold: float,
    difference: Difference | None,
    within: Interval,
) -> Cell:
    """Summarize the networks of one initialization.

    Args:
        cell: the initialization.
        group: its networks, one for each seed.
        threshold: the score of `Cell.epochs_to_threshold`.
        difference: to the best, or to the reference.
        within: where scores lie.
    """
    by_outcome = {
        fate: [record for record in group if record.outcome == fate]
        for fate in ("trained", "stuck", "diverged")
    }
    counts = {fate: len(records) for fate, records in by_outcome.items()}
    over = next((fate for fate in ("trained", "stuck") if counts[fate]), None)
    described = by_outcome[over] if over else []
    losses = summarize(finite(record.train_loss[-1] for record in described))
    epochs = [first_epoch(record, threshold) for record in group]
    return Cell(
        initializer=typed(cell.hidden),
        head=typed(cell.head),
        n=len(group),
        trained=counts["trained"],
        stuck=counts["stuck"],
        diverged=counts["diverged"],
        failure_rate=rate(counts["stuck"] + counts["diverged"], len(group)),
        over=over,
        test_accuracy=summarize(finite(record.test_accuracy[-1] for record in described), within),
        final_loss=losses.mean if losses else None,
        epochs_to_threshold=median_until(epochs),
        reached_threshold=sum(epoch is not None for epoch in epochs),
        difference=difference,
        restricted_epochs=restricted_mean(epochs, len(group[0].train_loss)),
    )


def finite(values: Iterable[float | None]) -> list[float]:
    """Return the values that there are."""
    return [value for value in values if value is not None]


def first_epoch(record: Record, threshold: float) -> int | None:
    """Return the first epoch in which a network's score is at least a threshold."""
    for epoch, accuracy in enumerate(record.test_accuracy):
        if accuracy is not None and accuracy >= threshold:
            return epoch
    return None
