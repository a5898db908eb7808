"""The command in a report gives the same experiment again."""

from __future__ import annotations

import dataclasses
import shlex
from dataclasses import replace

import pytest

from initscope import MLP, SGD, Adam, AdamW, Data, RMSprop, Training, get
from initscope.cli import compare as cli
from initscope.cli.sweep_options import read_tune
from initscope.comparison import Comparison, Experiment, Setting, Throughput
from initscope.comparison.runner import cells
from initscope.comparison.seeds import expand
from initscope.comparison.tuning import Grid, Tuning, usual_rates
from initscope.report.command import command
from initscope.training import OPTIMIZERS, Initialization

SETTINGS = [
    Setting(Data("iris"), MLP(), Training()),
    Setting(
        Data("synthetic", "standard", 7, 0.3),
        MLP((5, 6), "tanh"),
        Training(SGD(0.1, 0.9), 3, 8, "softmax"),
    ),
    Setting(Data("digits"), MLP((3,)), Training(Adam(0.01, 0.8, 0.99, 1e-7))),
    Setting(
        Data("iris"),
        MLP(),
        Training(SGD(0.1, 0.8, nesterov=True), 5, schedule="cosine", warmup=2, clip_norm=1.0),
    ),
    Setting(
        Data("iris"),
        MLP(),
        Training(RMSprop(0.1, 0.9, momentum=0.5), clip_value=0.1, label_smoothing=0.2),
    ),
    Setting(Data("iris"), MLP(), Training(AdamW(weight_decay=0.1))),
    Setting(Data("iris", validation=0.25), MLP(), Training(), gain=1.5),
    Setting(
        Data("iris"),
        MLP((8, 8), norm="batch", residual=True, branch_scale="depth", dropout=0.1),
        Training(),
    ),
    Setting(Data("iris"), MLP((8, 8), residual=True, branch_scale=0.25), Training()),
]
CELLS = [
    ("zeros", "he_normal(mode=fan_out)"),
    ("uniform(low=-1, high=1)",),
]


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("hidden", CELLS)
@pytest.mark.parametrize("head", [None, "glorot_uniform"])
@pytest.mark.parametrize("seeds", [tuple(range(5)), (3, 4, 9)])
def test_the_command_reads_back_as_the_experiment(setting, hidden, head, seeds):
    """Parsing the command gives equal data, network, training, cells and seeds."""
    given = tuple(Initialization(get(h), get(head or h)) for h in hidden)
    experiment = Experiment(setting, given, seeds)
    line = command(Comparison(experiment, [], 0.5, 0.8, Throughput(0, 0), "sqlite://"))
    words = shlex.split(line)
    assert words[:2] == ["initscope", "compare"]
    parameters = cli.compare.make_context("compare", words[2:]).params
    arguments = cli._arguments(parameters.pop("task"), parameters)
    again = Experiment(
        Setting(*(arguments[name] for name in ("task", "network", "training", "gain"))),
        cells(arguments["task"], arguments["initializers"], arguments["head"]),
        expand(arguments["seeds"]),
    )
    assert again == experiment
    assert arguments["threshold"] == 0.8


@pytest.mark.parametrize("head", [None, "same", "orthogonal"])
def test_schemes_beside_initializers_are_read_back(head):
    """A scheme has its own head where initializers have the tutorial's; the command keeps both."""
    given = cells(Data("iris"), ["own", "he_normal", "auto"], head)
    experiment = Experiment(SETTINGS[0], given, (0,))
    line = command(Comparison(experiment, [], 0.5, 0.9, Throughput(0, 0), "sqlite://"))
    parameters = cli.compare.make_context("compare", shlex.split(line)[2:]).params
    arguments = cli._arguments(parameters.pop("task"), parameters)
    assert cells(arguments["task"], arguments["initializers"], arguments["head"]) == given


@pytest.mark.parametrize(
    ("rates", "option"), [(usual_rates(Adam()), "lr"), ((0.01, 0.1), "lr=0.01,0.1")]
)
def test_the_command_searches_the_same_rates(rates, option):
    """The usual grid is not written out; another is."""
    experiment = Experiment(SETTINGS[0], (Initialization(get("zeros"), get("zeros")),), (0,))
    comparison = Comparison(experiment, [], 0.5, 0.9, Throughput(0, 0), "sqlite://")
    words = shlex.split(command(replace(comparison, tuning=Tuning(rates, (9,), 0.2, ()))))
    assert words[-2:] == ["--tune", option]
    tune = read_tune(option)
    assert Grid.of(tune).at(Adam()) == rates


@pytest.mark.parametrize("named", ["normal(std=0.01)", "initializer:gpt2"])
def test_the_command_names_the_same_reference(named):
    """What was named in advance is named again, and read back, where a scheme has its name too."""
    given = cells(Data("iris"), ["he_normal", named], None)
    experiment = Experiment(SETTINGS[0], given, (0,))
    found = Comparison(experiment, [], 0.5, 0.9, Throughput(0, 0), "sqlite://", reference=given[1])
    words = shlex.split(command(found))
    assert words[-2:] == ["--reference", named]
    parameters = cli.compare.make_context("compare", words[2:]).params
    arguments = cli._arguments(parameters.pop("task"), parameters)
    assert arguments["reference"] == named


def test_every_field_of_the_settings_has_an_option():
    """A field that is added needs an option, or reports would not reproduce."""
    names = {parameter.name for parameter in cli.compare.params}
    renamed = {"learning_rate": "lr", "nesterov": "optimizer"}
    for kind in (Data, MLP, Training, *OPTIMIZERS.values()):
        for field in dataclasses.fields(kind):
            if field.name in ("digest", "table"):  # what is at the path
                continue
            assert renamed.get(field.name, field.name) in names
