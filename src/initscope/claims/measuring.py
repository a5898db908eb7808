"""What several claims measure: signals and gradients along depth, and networks that train."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch

from initscope.checking import CheckReport, check
from initscope.claims.estimate import LARGEST, SMALLEST
from initscope.claims.evidence import Evidence
from initscope.comparison import compare
from initscope.initializers import Initializer
from initscope.networks import build
from initscope.planning import init_
from initscope.rules.checks.saturated_units import mean_slope
from initscope.store import Record
from initscope.training import MLP, Data, Training

_CHEAPEST = ("SIG003",)  # a check runs its rules too; one is enough where none is asked


@dataclass(frozen=True, slots=True)
class Profile:
    """Second moments along the hidden layers of one network at initialization.

    Attributes:
        signal: of the preactivations.
        gradient: of the loss's derivative by them.
        report: everything else.
    """

    signal: tuple[float, ...]
    gradient: tuple[float, ...]
    report: CheckReport

    @property
    def signal_a_layer(self) -> float:
        """Geometric mean of the signal's factor from one layer to the next."""
        return a_layer(self.signal)

    @property
    def gradient_a_layer(self) -> float:
        """The same for the gradient, from one layer to the one before."""
        return a_layer(self.gradient[::-1])

    @property
    def signal_in_all(self) -> float:
        """Factor of the signal from the first hidden layer to the last."""
        return ratio(self.signal[-1], self.signal[0])

    @property
    def gradient_in_all(self) -> float:
        """Factor of the gradient from the last hidden layer to the first."""
        return ratio(self.gradient[0], self.gradient[-1])

    def mean_slope(self, lower: float, upper: float) -> float:
        """Mean slope of the last activation, relative to its steepest, from its flat ends."""
        signal = self.report.evidence.trace.operations[-2].forward
        return 0.0 if signal is None else mean_slope(signal, lower, upper)


def profile(network: str, initializer: str, seed: int, *, inputs: float = 1.0) -> Profile:
    """Check a built-in network with one initializer on all weights and zero biases.

    Args:
        network: a perceptron's text form, such as ``"depth=30,activation=tanh"``.
        initializer: of every weight.
        seed: of the weights.
        inputs: standard deviation of the inputs, which are normal.
    """
    built = build(f"mlp:{network}")
    init_(built.model, initializer, seed=seed)
    report = check(built.model, built.example * inputs, select=_CHEAPEST)
    steps = [step for step in report.layers if step.operation.output_shapes[0][-1] != 10]
    return Profile(
        tuple(step.signal for step in steps), tuple(step.gradient or 0.0 for step in steps), report
    )


def ratio(after: float, before: float) -> float:
    """Divide, within what float32 can hold: what vanished counts as its smallest number."""
    return _held(_held(after) / _held(before))


def a_layer(values: Sequence[float]) -> float:
    """Return the geometric mean of the factors from each value to the next."""
    return math.exp(math.log(ratio(values[-1], values[0])) / (len(values) - 1))


def _held(value: float) -> float:
    return LARGEST if math.isnan(value) else min(max(value, SMALLEST), LARGEST)


def by_seed(
    seeds: Sequence[int], measures: Mapping[str, Callable[[int], float]], *notes: str
) -> Evidence:
    """Take every statistic at every seed."""
    return Evidence.of(
        {name: [measure(seed) for seed in seeds] for name, measure in measures.items()}, *notes
    )


def networks(  # noqa: PLR0913 - the parts of a comparison
    task: str,
    initializers: Sequence[str | Initializer],
    seeds: Sequence[int],
    *,
    network: MLP,
    training: Training | None = None,
    head: str = "same",
) -> list[list[Record]]:
    """Train networks on standardized data, in this process: claims run side by side.

    Returns:
        Records for each initializer, in the order of the seeds.
    """
    result = compare(
        Data(task, scale="standard"),
        initializers,
        seeds=seeds,
        network=network,
        training=training,
        head=head,
        workers=1,
    )
    return [result.of(cell) for cell in result.experiment.cells]


def share(records: Sequence[Record], outcome: str = "trained") -> list[float]:
    """Return one for every network of this outcome, else zero."""
    return [float(record.outcome == outcome) for record in records]


def accuracy(records: Sequence[Record], chance: float) -> list[float]:
    """Return each network's test accuracy, that of chance where it diverged."""
    return [
        chance
        if record.outcome == "diverged" or record.test_accuracy[-1] is None
        else record.test_accuracy[-1]
        for record in records
    ]


def accuracy_at(records: Sequence[Record], loss: float) -> list[float | None]:
    """Return each network's test accuracy after the first epoch with this training loss or less."""
    return [_accuracy_at(record, loss) for record in records]


def _accuracy_at(record: Record, loss: float) -> float | None:
    for epoch, value in enumerate(record.train_loss, start=1):
        if value is not None and value <= loss:
            return record.test_accuracy[epoch]
    return None


def differences(ours: Sequence[float | None], theirs: Sequence[float | None]) -> list[float]:
    """Subtract seed by seed; pairs in which one is missing are left out."""
    pairs = zip(ours, theirs, strict=True)
    return [one - other for one, other in pairs if one is not None and other is not None]


def scaled(factor: float, *, gain: float = 2.0) -> str:
    """Return a normal initializer of so many times the standard deviation of He's.

    >>> scaled(2.0)
    'variance_scaling(scale=8, mode=fan_in, distribution=normal)'
    """
    return f"variance_scaling(scale={gain * factor**2:g}, mode=fan_in, distribution=normal)"


def inputs(seed: int, *shape: int) -> torch.Tensor:
    """Draw normal inputs; the global generator is not touched."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))
