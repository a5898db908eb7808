"""Results made by hand, so that golden files do not depend on a machine's rounding."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

import pytest

from initscope import MLP, Data, Training
from initscope.checking import CheckReport
from initscope.comparison import Comparison, Experiment, Setting, Throughput
from initscope.observe import Coverage, Gradient, Key, Line, Operation, Signal, Trace
from initscope.rules import Evidence, Example, Finding, Rule
from initscope.store import Record
from initscope.training import Initialization

EPOCHS = 4


def records(cell: str, seeds: int, final: float, spread: float) -> list[Record]:
    """Networks whose curves approach `final`, evenly spread around it."""
    found = []
    for seed in range(seeds):
        top = final + spread * (seed / (seeds - 1) - 0.5)
        accuracy = tuple(
            round(0.3 + (top - 0.3) * epoch / EPOCHS, 6) for epoch in range(EPOCHS + 1)
        )
        loss = tuple(round(1.1 * math.exp(-epoch * top), 6) for epoch in range(EPOCHS + 1))
        found.append(Record(cell, seed, "trained", loss[1:], loss, accuracy))
    return found


@pytest.fixture
def comparison() -> Comparison:
    """Four initializers: one stuck, one that diverges at times, two that train."""
    stuck = (1.0986,) * (EPOCHS + 1)
    zeros = [
        Record("zeros, head glorot_uniform", seed, "stuck", stuck[1:], stuck, (0.3,) * (EPOCHS + 1))
        for seed in range(12)
    ]
    large = records("normal(std=3), head glorot_uniform", 12, 0.7, 0.1)
    nothing = (None,) * EPOCHS
    for seed in (2, 7):
        large[seed] = Record(
            large[seed].cell, seed, "diverged", nothing, (1.2, *nothing), (0.3, *nothing)
        )
    cells = ["zeros", "normal(std=3)", "glorot_uniform", "he_uniform"]
    return Comparison(
        Experiment(
            Setting(Data("iris"), MLP(), Training(epochs=EPOCHS)),
            tuple(Initialization.parse(f"{cell}, head glorot_uniform") for cell in cells),
            tuple(range(12)),
        ),
        zeros
        + large
        + records("glorot_uniform", 12, 0.95, 0.06)
        + records("he_uniform, head glorot_uniform", 12, 0.93, 0.12),
        baseline=11 / 30,
        threshold=0.9,
        throughput=Throughput(48, 0.5),
        storage="sqlite:///initscope.db",
    )


DEPTH = 8


def _operation(index: int) -> Operation:
    """A linear layer at which the signal has lost a factor of ten a layer."""
    name = f"blocks.{index}.fc"
    return Operation(
        index=index,
        key=Key(name, "linear", 0),
        kind="linear",
        function="linear",
        activation=None,
        module=name,
        module_class="Linear",
        producers=(index - 1,),
        parameters=(),
        input_shapes=((32, 64),),
        output_shapes=((32, 64),),
        dtype="float32",
        options={},
        in_place=False,
        requires_grad=True,
        part_of=None,
        source=Line("models/net.py", 12, "forward"),
        forward=Signal(2048, 0.0, 10.0**-index, -1.0, 1.0, 0.0, 0.0, 64),
        backward=Gradient(2048, 10.0 ** (index - DEPTH) / 64, 1.0, 0.0, 64),
    )


_VANISHING = Finding(
    "SIG001",
    "vanishing-signal",
    "error",
    "blocks.0.fc",
    "the signal's second moment falls by a factor 10 a layer over 7 layers",
    "1e-07 at the end, 1 at the start",
    "the same order of magnitude at every depth",
    "Initialize with the gain of your activation: initscope.init_(model, 'auto', example=batch).",
    cause="every weight has a hundredth of the variance it needs: 100%, not <1",
    file="models/net.py",
    line=12,
    also=("GRD001 blocks.7.fc",),
    parameters=tuple(f"blocks.{index}.fc.weight" for index in range(DEPTH)),
)

_TWINS = Finding(
    "UNI003",
    "duplicate-units",
    "warning",
    "blocks.3.fc.weight",
    "50% of the units of blocks.3.fc.weight have a twin: same weights, same gradient",
    "50.0% of 64 units",
    "no two units alike",
    "Draw the weights at random.",
    cause="rows 32 to 63 repeat rows 0 to 31",
    also=tuple(f"blocks.{index}.fc.weight" for index in (4, 5, 6, 7, 0, 1, 2)),
)


@dataclass(frozen=True)
class _Predicted:
    """What theory expects, where there is no more to it than a number."""

    second_moment: float

    @property
    def interval(self) -> tuple[float, float]:
        return self.second_moment / 2, self.second_moment * 2


@dataclass(frozen=True)
class _Entry:
    forward: _Predicted | None
    backward: _Predicted | None


class _Prediction(list):
    """A prediction of signals and gradients, all the same at any depth."""

    predicted = 2 * DEPTH - 2
    within = DEPTH
    unpredicted: ClassVar = {"not predicted: no gradient arrived": 12, "part of operation 1": 20}
    measured = 2 * DEPTH


@pytest.fixture
def checked() -> CheckReport:
    """Eight layers, an error, a warning, and a finding in the baseline; without a prediction."""
    operations = tuple(_operation(index) for index in range(DEPTH))
    coverage = Coverage(DEPTH, {"erf": 2}, {"Compiled": 1}, (), ("spare.weight",), (), 0)
    trace = Trace("Net", operations, (), coverage, "cotangent", None, 1, ())
    known = replace(_TWINS, where="head.weight", severity="info")
    return CheckReport((_VANISHING, _TWINS), Evidence(trace, None, ()), known=(known,))


@pytest.fixture
def predicted(checked) -> CheckReport:
    """The same with a prediction of every layer but the last."""
    entries = [_Entry(_Predicted(1.0), _Predicted(2.0**-9)) for _ in range(DEPTH - 1)]
    prediction = _Prediction([*entries, _Entry(None, None)])
    return replace(checked, evidence=replace(checked.evidence, prediction=prediction))


@pytest.fixture
def table() -> tuple[Rule, ...]:
    """Two rules that say what they need, so that golden files outlive the real ones' words."""
    return tuple(
        Rule(
            code,
            slug,
            severity,
            what=f"What {slug} finds.",
            why="Why that is bad.",
            how="The statistic, its threshold, and where that comes from.",
            remedy="What to do.",
            reference="Author, year",
            find=lambda _rule, _evidence: (),
            firing=(Example("a defective model", tuple), Example("another", tuple)),
            quiet=(Example("a healthy model", tuple),),
            explains=explains,
        )
        for code, slug, severity, explains in (
            ("SIG001", "vanishing-signal", "warning", ("GRD001",)),
            ("UNI003", "duplicate-units", "error", ()),
        )
    )
