"""``initscope plan``, ``init`` and ``audit``: what they print, write, and refuse."""

import json

import pytest
import torch

MODELS = """
import torch
from torch import nn

def plain():
    return nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2))

def pair():
    return plain(), torch.ones(4, 8)

def broken():
    raise RuntimeError("no data here")

def nothing():
    return 3

class Odd(nn.Module):
    def __init__(self):
        super().__init__()
        self.mystery = nn.Parameter(torch.ones(3, 4, 5))
        self.linear = nn.Linear(8, 2)

    def forward(self, x):
        return self.linear(x) + self.mystery.sum()

ready = plain()
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with models of a user's."""
    (tmp_path / "plan_test_models.py").write_text(MODELS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_plan_is_printed(initscope, snapshot):
    """Every parameter stands in a line with role, fans, activation, initializer and reason."""
    done = initscope("plan", "mlp:depth=3,activation=tanh,width=16")
    assert done.returncode == 0
    assert done.stdout == snapshot


def test_a_plan_as_data(initscope):
    """The JSON holds what the table holds, and nothing else is on standard output."""
    done = initscope("plan", "transformer:depth=2", "--scheme", "gpt2", "--format", "json")
    data = json.loads(done.stdout)
    assert data["schema_version"] == 1
    assert data["scheme"] == "gpt2"
    assert data["uncovered"] == []
    rows = {row["name"]: row for row in data["parameters"]}
    ends = [row for row in rows.values() if "residual projection" in row["reason"]]
    assert len(ends) == 4
    assert {row["std"] for row in ends} == {0.02 / 4**0.5}


@pytest.mark.parametrize("factory", ["plain", "pair", "ready"])
def test_factories_of_the_users(initscope, folder, factory):
    """A factory may return a module or a pair; a module itself is taken, too."""
    extra = [] if factory == "pair" else ["--input", "4,8"]
    done = initscope("plan", f"plan_test_models:{factory}", *extra)
    assert done.returncode == 0
    assert "0.weight" in done.stdout


def test_schemes_are_listed(initscope):
    """Every scheme has a line with what it does and its source."""
    done = initscope("plan", "--list")
    assert "fixup" in done.stdout
    assert "Mishkin and Matas" in done.stdout
    assert "initializer:siren" in done.stdout
    rows = json.loads(initscope("plan", "--list", "--format", "json").stdout)["schemes"]
    assert {"auto", "gpt2", "lsuv"} <= {row["name"] for row in rows}


def test_weights_are_written_and_audited(initscope, folder):
    """What init writes, audit confirms; other weights it refuses with exit code 1."""
    target = "mlp:depth=4,activation=tanh"
    done = initscope("init", target, "--seed", "3", "-o", "weights.safetensors")
    assert done.returncode == 0
    assert "0 not as declared" in done.stdout
    assert initscope("audit", target, "weights.safetensors").returncode == 0
    other = initscope("audit", target, "weights.safetensors", "--plan", "he_normal")
    assert other.returncode == 1
    assert "declared" in other.stdout


def test_the_seed_decides(initscope, folder):
    """The same seed writes the same file, another seed another."""
    from safetensors.torch import load_file

    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        initscope("init", "mlp", "--seed", seed, "-o", f"{name}.safetensors")
    a, b, c = (load_file(f"{name}.safetensors") for name in "abc")
    assert all(torch.equal(a[key], b[key]) for key in a)
    assert not torch.equal(a["0.0.weight"], c["0.0.weight"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["plan"], "TARGET is missing"),
        (["plan", "mpl"], "target 'mpl': expected package.module:factory, or a built-in network"),
        (["plan", "nowhere.models:build"], "there is no module 'nowhere'"),
        (["plan", "plan_test_models:plian"], "did you mean 'plain'"),
        (["plan", "plan_test_models:broken"], "broken() raised RuntimeError: no data here"),
        (["plan", "plan_test_models:nothing"], "returned int: expected a torch.nn.Module"),
        (["plan", "plan_test_models:plain"], "needs an example"),
        (["plan", "plan_test_models:plain", "--input", "4,9"], "in '0' after 0 operations"),
        (["plan", "plan_test_models:plain", "--input", "4,x"], "--input '4,x': expected"),
        (["plan", "mlp", "--scheme", "fixpu"], "unknown scheme 'fixpu': did you mean 'fixup'"),
        (["plan", "mlp", "--scheme", "fixup"], "no residual branch was found"),
        (["plan", "mlp", "--rule", "weight"], "rule 'weight': expected PATTERN=INITIALIZER"),
        (["plan", "mlp", "--rule", "*=he_nromal"], "did you mean 'he_normal'"),
        (["init", "mlp", "-o", "weights.pt"], "safetensors"),
        (["init", "plan_test_models:Odd", "--input", "4,8", "-o", "w.safetensors"], "uncovered"),
        (["audit", "mlp", "missing.safetensors"], "missing.safetensors"),
    ],
)
def test_bad_input_is_one_line(initscope, folder, arguments, message):
    """Whatever cannot be used gives one line, exit code 2, and no file."""
    done = initscope(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not list(folder.glob("*.safetensors"))
