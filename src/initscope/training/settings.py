"""How a network is trained: optimizer, length, schedule, loss, and the remedies around them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from initscope.errors import InputError, unknown
from initscope.training.identity import later
from initscope.training.optimizers import Adam, Optimizer
from initscope.training.schedules import SCHEDULES, factor


@dataclass(frozen=True, slots=True)
class Training:
    """How every network of a comparison is trained.

    Args:
        optimizer: such as :class:`Adam` or :class:`SGD`.
        epochs: passes over the training data.
        batch_size: examples a step; the last batch of an epoch may be smaller.
        loss: ``"softmax"`` or ``"sigmoid"``, or ``"squared"`` for regression; by default sigmoid
            for two classes, else softmax.
        schedule: of the learning rate: ``"constant"``, or ``"cosine"`` to zero.
        warmup: epochs in which the learning rate grows linearly to its full value.
        clip_norm: the largest norm of the gradient of all parameters together; None for any.
        clip_value: the largest size of an entry of the gradient; None for any. Where both are
            given, values are clipped first.
        label_smoothing: share of each label that is spread evenly over all classes
            (Szegedy et al., 2016), while training; the loss on test data is without it.

    Raises:
        InputError: a number is out of range.
    """

    optimizer: Optimizer = field(default_factory=Adam)
    epochs: int = 10
    batch_size: int = 32
    loss: str | None = None
    schedule: str = later("constant")
    warmup: int = later(0)
    clip_norm: float | None = later(None)
    clip_value: float | None = later(None)
    label_smoothing: float = later(0.0)

    def __post_init__(self) -> None:
        for name, value in (("epochs", self.epochs), ("batch size", self.batch_size)):
            if not isinstance(value, int) or value < 1:
                raise InputError(f"{name} {value!r}: expected a whole number above 0")
        if self.schedule not in SCHEDULES:
            raise unknown("schedule", self.schedule, SCHEDULES)
        if not isinstance(self.warmup, int) or not 0 <= self.warmup < self.epochs:
            raise InputError(
                f"warm-up {self.warmup!r}: expected whole epochs from 0 to below the {self.epochs} "
                "of the training"
            )
        for name, threshold in (("norm", self.clip_norm), ("value", self.clip_value)):
            if threshold is not None and not threshold > 0:
                raise InputError(f"clip {name} {threshold}: expected a number above 0, such as 1")
        if not 0 <= self.label_smoothing < 1:
            raise InputError(
                f"label smoothing {self.label_smoothing}: expected a number from 0 to below 1, "
                "such as 0.1"
            )

    @property
    def kind(self) -> Training:
        """What networks must share to train in one chunk: all but the numbers left out here."""
        optimizer = replace(self.optimizer, learning_rate=1.0, weight_decay=0.0)
        return replace(
            self, optimizer=optimizer, clip_norm=None, clip_value=None, label_smoothing=0.0
        )

    def rate_factor(self, step: int, steps_each: int) -> float:
        """Return the schedule's factor at a step, for a number of steps in each epoch."""
        return factor(self.schedule, step, self.epochs * steps_each, self.warmup * steps_each)
