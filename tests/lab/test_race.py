"""What a race asks for is what `compare` runs, and what its command and its Python say."""

from __future__ import annotations

import shlex

import pytest
from click.testing import CliRunner

import initscope
from initscope.cli.main import cli
from initscope.comparison import Comparison, Experiment
from initscope.lab import entry, race
from initscope.lab.fields import FieldError, read
from initscope.lab.link import Link
from initscope.lab.requests import Race
from initscope.lab.snippet import python
from initscope.training import MLP, AdamW, BuiltIn

SMALL = {"depth": 2, "width": 4, "seeds": 2, "epochs": 1, "inits": "he_normal"}

KINDS = {
    "norm": {"norm": "batch", "dropout": 0.25},
    "residual": {"depth": 3, "residual": True, "branch_scale": "zero", "norm": "layer"},
    "branch scale": {"residual": True, "branch_scale": "0.5", "norm": "rms"},
    "convnet": {"network": "convnet:depth=2,channels=4", "task": "digits"},
    "rnn": {"network": "rnn:hidden=8,cell=gru"},
    "transformer": {"network": "transformer:depth=1,width=8,heads=2", "head": "same"},
    "remedies": {
        "optimizer": "adamw",
        "schedule": "cosine",
        "clip_norm": 1,
        "weight_decay": 0.5,
        "gain": 1.5,
    },
    "gentle": {"epochs": 3, "warmup": 2, "clip_value": 0.5, "label_smoothing": 0.1},
    "schemes": {"inits": "own, auto, zeros"},
    "head": {"head": "zeros", "scale": "standard", "optimizer": "nesterov"},
}


def asked(**params: object) -> Race:
    """Return a request as a page sends it."""
    return read(Race, {**SMALL, **params})


def parts(request: Race) -> dict[str, object]:
    """Run a race, and return the parts of its answer by name."""
    found = {}
    link = Link(
        1,
        "sqlite://",
        lambda answer: found.update({answer.content["name"]: answer.content["data"]}),
    )
    race.run(request, link)
    return found


def caught(monkeypatch) -> list[Experiment]:
    """Have `compare` tell what it would run, in place of running it."""
    seen: list[Experiment] = []

    def run(_rounds, places, *_others):
        seen.extend(places)
        raise initscope.InputError("caught")

    monkeypatch.setattr("initscope.comparison.rounds.Rounds.run", run)
    return seen


@pytest.mark.parametrize("kind", KINDS)
def test_command_and_python_give_the_race_again(kind, monkeypatch):
    """Both, run as they stand, ask `compare` for the same setting, cells and seeds."""
    request = asked(**KINDS[kind])
    wanted = entry.experiment(request)
    seen = caught(monkeypatch)
    result = Comparison(wanted, [], 0.0, 0.9, None, "")
    words = shlex.split(race.command(result))
    assert CliRunner().invoke(cli, [*words[1:], "--no-report"]).exception is not None
    with pytest.raises(initscope.InputError, match="caught"):
        exec(python(result, entry.head(request)), {})  # noqa: S102 - our own text
    assert seen == [wanted, wanted]


@pytest.mark.parametrize("kind", ["residual", "convnet", "remedies", "gentle", "schemes"])
def test_every_kind_of_race_trains(kind):
    """A short race ends with a row of the table for each initializer, and its command."""
    request = asked(**KINDS[kind], train=True)
    found = parts(request)
    assert len(found["table"]["rows"]) == request.inits.count(",") + 1
    assert found["table"]["trained"] == 2 * len(found["table"]["rows"])
    assert found["again"]["command"].startswith("initscope compare ")


def test_fields_become_the_network_and_the_training():
    """Each control decides on what it names; the network's text takes the perceptron's place."""
    setting = entry.experiment(asked(**KINDS["residual"])).setting
    assert setting.network == MLP((4, 4, 4), norm="layer", residual=True, branch_scale="zero")
    setting = entry.experiment(asked(**KINDS["remedies"])).setting
    assert setting.training.optimizer == AdamW(weight_decay=0.5)
    assert (setting.training.schedule, setting.training.clip_norm) == ("cosine", 1)
    assert setting.gain == 1.5
    training = entry.experiment(asked(**KINDS["gentle"])).setting.training
    assert (training.warmup, training.clip_value, training.label_smoothing) == (2, 0.5, 0.1)
    assert entry.experiment(asked(optimizer="adamw")).setting.training.optimizer == AdamW()
    setting = entry.experiment(asked(**KINDS["convnet"], norm="batch")).setting
    assert setting.network == BuiltIn.parse("convnet:depth=2,channels=4")


@pytest.mark.parametrize(
    ("params", "field", "words"),
    [
        ({"network": "convnt:depth=2"}, "network", "did you mean"),
        ({"network": "os:system"}, "network", "unknown network"),
        ({"network": "convnet:depth=100000"}, "network", "depth is 100000: expected at most 30"),
        ({"network": "transformer:width=9999"}, "network", "width is 9999: expected at most"),
        ({"network": "mlp:width=9999"}, "network", "width is 9999: expected at most 256"),
        ({"network": "convnet", "task": "wine"}, "network", "are not a square image"),
        ({"network": "transformer:depth=30,width=256"}, "network", "at most 8 million in a race"),
        ({"network": "transformer:heads=3"}, "network", "not a multiple of heads 3"),
        ({"residual": True, "branch_scale": "half"}, "branch_scale", "depth or zero"),
        ({"norm": "batch", "batch_size": 1}, "batch_size", "batch normalization"),
        ({"clip_norm": 0}, "clip_norm", "or nothing"),
        ({"clip_value": -1}, "clip_value", "or nothing"),
        ({"epochs": 3, "warmup": 3}, "warmup", "below the 3 of the training"),
        ({"warmup": -1}, "warmup", "from 0 to 99"),
        ({"label_smoothing": 1}, "label_smoothing", "from 0 to 0.95"),
        ({"label_smoothing": 0.1, "task": "diabetes"}, "label_smoothing", "needs classes"),
        ({"weight_decay": "x"}, "weight_decay", "or nothing"),
        ({"gain": 0}, "gain", "from 0.01 to 100"),
        ({"dropout": 1}, "dropout", "from 0 to 0.95"),
        ({"inits": "auto, atuo"}, "inits", "did you mean"),
    ],
)
def test_what_cannot_be_raced_is_about_its_control(params, field, words):
    """Every refusal names the field beside which its sentence stands."""
    with pytest.raises(FieldError, match=words) as refused:
        entry.experiment(asked(**params))
    assert refused.value.field == field
