"""Which learning rates are tried for each initializer, and what the search found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeAlias

from initscope.comparison.statistics import Summary
from initscope.errors import InputError, unknown
from initscope.training import Initialization, Optimizer, optimizer_named, typed

_SPREAD = 2  # decades that the usual grid reaches below and above the optimizer's default rate

Tune: TypeAlias = str | Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True)
class Grid:
    """The learning rates that are tried, ascending; None for those that are usual."""

    rates: tuple[float, ...] | None = None

    @classmethod
    def of(cls, tune: Tune) -> Grid:
        """Read ``"lr"`` or ``{"lr": [0.001, 0.01]}``.

        Raises:
            InputError: something else is to be tuned, or a rate is not a number above 0.
        """
        name = tune if isinstance(tune, str) else next(iter(tune), "")
        if name != "lr" or (not isinstance(tune, str) and len(tune) != 1):
            raise unknown("setting to tune", name, ["lr"])
        if isinstance(tune, str):
            return cls()
        rates = tuple(sorted({_rate(value) for value in tune["lr"]}))
        if len(rates) < 2:
            raise InputError("fewer than 2 learning rates to try: expected such as lr=0.001,0.01")
        return cls(rates)

    def at(self, optimizer: Optimizer) -> tuple[float, ...]:
        """Return the rates that are tried with an optimizer."""
        return self.rates or usual_rates(optimizer)


def _rate(value: Any) -> float:
    if not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise InputError(f"learning rate {value!r} to try: expected a number above 0")
    return float(value)


def usual_rates(optimizer: Optimizer) -> tuple[float, ...]:
    """Half-decades, as 1 and 3, over two decades on either side of the optimizer's default rate.

    >>> from initscope import Adam
    >>> usual_rates(Adam())
    (1e-05, 3e-05, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)
    """
    usual = optimizer_named(optimizer.name).learning_rate
    decades = range(-_SPREAD, _SPREAD)
    below = [usual * 10.0**decade * step for decade in decades for step in (1, 3)]
    return tuple(float(f"{rate:.3g}") for rate in [*below, usual * 10.0**_SPREAD])


@dataclass(frozen=True, slots=True)
class Trial:
    """One initialization at one learning rate, on the validation data.

    Attributes:
        initializer: the initializer of the hidden layers.
        head: the initializer of the head.
        learning_rate: the rate.
        experiment: identity of the setting under which its networks are stored.
        n: number of networks.
        trained: how many are better than chance.
        diverged: how many met a number that is not finite.
        score: mean over all n, a diverged network counting as the baseline.
        chosen: whether the final networks are trained at this rate.
    """

    initializer: str
    head: str
    learning_rate: float
    experiment: str
    n: int
    trained: int
    diverged: int
    score: Summary
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Tuning:
    """The search for each initialization's learning rate.

    Attributes:
        rates: the grid, ascending.
        seeds: of the networks that were trained in the search, none of them in the result.
        validation: share of the training data on which they were judged.
        trials: every initialization at every rate.
    """

    rates: tuple[float, ...]
    seeds: tuple[int, ...]
    validation: float
    trials: tuple[Trial, ...] = field(repr=False)

    def of(self, cell: Initialization) -> list[Trial]:
        """Return the trials of one initialization, by ascending rate."""
        names = typed(cell.hidden), typed(cell.head)
        return [trial for trial in self.trials if (trial.initializer, trial.head) == names]

    def rate(self, cell: Initialization) -> float:
        """Return the learning rate that was chosen for an initialization."""
        return next(trial.learning_rate for trial in self.of(cell) if trial.chosen)

    @property
    def at_edge(self) -> list[Trial]:
        """Choices at an end of the grid, beyond which a better rate may lie."""
        ends = self.rates[0], self.rates[-1]
        return [t for t in self.trials if t.chosen and t.trained and t.learning_rate in ends]

    def to_dict(self) -> dict[str, Any]:
        """Return the search as plain data."""
        return {
            "setting": "lr",
            "rule": "highest mean validation score, ties to the smaller rate",
            "rates": list(self.rates),
            "seeds": list(self.seeds),
            "validation": self.validation,
            "trials": [asdict(trial) for trial in self.trials],
        }
