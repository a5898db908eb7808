"""Networks that are no perceptrons, as a user types them."""

from __future__ import annotations

import json

import pytest

MODEL = """
import torch
from torch import nn

WIDTH = 6


def build():
    return nn.Sequential(
        nn.Conv2d(1, WIDTH, 3), nn.BatchNorm2d(WIDTH), nn.ReLU(), nn.Flatten(),
        nn.Linear(36 * WIDTH, 10),
    )


def narrow():
    return nn.Linear(64, 5)


number = 3
"""

SHORT = ("--epochs", "1", "--batch-size", "256", "--format", "json")


@pytest.fixture
def model(scratch, monkeypatch):
    """A module of the user's in the current folder, under a name of this test's own."""
    name = f"model_{scratch.name.replace('-', '_')}"
    (scratch / f"{name}.py").write_text(MODEL)
    monkeypatch.syspath_prepend(str(scratch))
    return name


def test_a_built_in_network_is_compared(initscope, scratch):
    """A convolutional network trains from schemes and initializers; the path and why are said."""
    done = initscope(
        "compare", "digits", "--network", "convnet:depth=1,channels=4", "--init",
        "own,auto,he_normal", "--seeds", "2", *SHORT,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    assert [cell["initializer"] for cell in result["cells"]] == ["own", "auto", "he_normal"]
    assert [cell["head"] for cell in result["cells"]] == ["own", "auto", "glorot_uniform"]
    assert result["route"]["path"] == "vmap"
    assert result["setting"]["network"]["sizes"]["channels"] == 4
    report = (scratch / "initscope-digits.html").read_text()
    assert "torch.func.vmap over stacked state: a step of two networks gave" in report
    assert "--network convnet:depth=1,channels=4" in report


def test_a_users_model_is_stored_and_not_trained_again(initscope, scratch, model):
    """Networks of a factory come from the store; those of an edited file are other networks."""
    command = ["compare", "digits", "--model", f"{model}:build", "--input-shape", "1,8,8",
               "--init", "own,he_normal", "--no-report", *SHORT, "--seeds"]  # fmt: skip
    first, again, more = (json.loads(initscope(*command, n).stdout) for n in ("2", "2", "3"))
    trained = [each["throughput"]["networks"] for each in (first, again, more)]
    assert trained == [4, 0, 2]
    assert first["cells"] == again["cells"]
    shown = initscope("results", "show", first["experiment"], "--format", "json")
    assert json.loads(shown.stdout)["route"] == first["route"]
    path = scratch / f"{model}.py"
    path.write_text(path.read_text() + "# edited\n")
    edited = json.loads(initscope(*command, "2").stdout)
    assert edited["experiment"] != first["experiment"]
    assert edited["throughput"]["networks"] == 4


def test_sizes_of_a_network_are_swept(initscope):
    """An axis changes a size of the named network."""
    done = initscope(
        "compare", "digits", "--network", "rnn:hidden=4", "--sweep", "cell=rnn,gru", "--init",
        "own", "--seeds", "2", "--no-report", *SHORT,
    )  # fmt: skip
    points = json.loads(done.stdout)["points"]
    cells = [point["setting"]["network"]["sizes"]["cell"] for point in points]
    assert cells == ["rnn", "gru"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--network", "convnt"], "unknown network 'convnt': did you mean 'convnet'"),
        (["--network", "rnn", "--depth", "3"], "--depth is of the default perceptron"),
        (["--network", "rnn", "--model", "a:b"], "--network and --model name two networks"),
        (["--input-shape", "1,8,8"], "--input-shape says how --model takes a row"),
        (["--network", "rnn", "--sweep", "width=2,3"], "axis width is no size of rnn"),
        (["--network", "rnn", "--sweep", "celll=rnn,gru"], "unknown axis 'celll'"),
        (["--network", "rnn", "--init", "fixup"], "fixup is for residual networks"),
        (["--network", "rnn", "--head", "auto"], "head 'auto' is a scheme of whole networks"),
        (["--model", "nowhere:build"], "nowhere:build: there is no module 'nowhere'"),
        (["--model", "{model}:bild"], "unknown attribute 'bild': did you mean 'build'"),
        (["--model", "{model}:number"], "is int: expected a function that makes a module"),
        (["--model", "{model}:narrow"], "returned (2, 5) for an input of shape (2, 64)"),
        (["--model", "{model}:build"], "a row's shape is given by --input-shape, such as 1,8,8"),
        (["--model", "{model}:build", "--input-shape", "2,8,8"], "does not hold the 64 features"),
    ],
)
def test_bad_networks_get_one_line(initscope, model, options, message):
    """What cannot be used is refused in one line, with what to type instead."""
    given = [option.format(model=model) for option in options]
    done = initscope("compare", "digits", "--seeds", "2", *given)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
