"""``initscope check``: what is printed, what is written, how it ends."""

from __future__ import annotations

import json
import sys

import pytest

MODELS = """
import torch
from torch import nn


class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.layers = nn.ModuleList(nn.Linear(64, 64, bias=False) for _ in range(30))
        for layer in self.layers:
            nn.init.xavier_normal_(layer.weight, generator=generator)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x).relu()
        return x


def batch():
    return torch.randn(32, 64, generator=torch.Generator().manual_seed(1))


def deep():
    return Deep(), batch()


def healthy():
    return nn.Linear(64, 2), {"input": batch()}


def bare():
    return nn.Linear(64, 2)


def sequential():
    parts = (part for layer in Deep().layers for part in (layer, nn.ReLU()))
    return nn.Sequential(*parts), batch()


def mean(output):
    return output.mean()


def broken():
    raise ValueError("no weights\\nhere")


def nothing():
    return None


def leaving():
    raise SystemExit(3)


def refusing(output):
    raise ValueError("no such loss")
"""


@pytest.fixture
def check(initscope, scratch, monkeypatch):
    """Run the command where a module of models lies."""
    (scratch / "mymodels.py").write_text(MODELS)
    monkeypatch.delitem(sys.modules, "mymodels", raising=False)
    monkeypatch.setenv("COLUMNS", "80")

    def run(target: str, *arguments: str):
        return initscope("check", f"mymodels:{target}", "--select", "SIG001,UNI003", *arguments)

    return run


def test_a_defect_is_printed_and_fails(check):
    """Where, the line, and what to do; the exit code is 1."""
    done = check("deep")
    assert (done.returncode, done.stderr) == (1, "")
    assert "error SIG001 vanishing-signal  layers.0 (mymodels.py:16)" in done.stdout
    assert "remedy" in done.stdout


def test_a_healthy_model_passes(check):
    """The exit code is 0, for positional and named inputs and for a shape that is typed."""
    assert check("healthy").returncode == 0
    assert check("bare", "--input", "4,64").returncode == 0


@pytest.mark.parametrize(
    ("level", "code"), [("error", 1), ("warning", 1), ("info", 1), ("never", 0)]
)
def test_the_level_decides_on_the_exit_code(check, level, code):
    """An error fails at every level but never."""
    assert check("deep", "--fail-level", level).returncode == code


def test_options_come_before_the_project(check, scratch):
    """A warning fails at the project's level, and not at the one that is typed."""
    (scratch / "pyproject.toml").write_text(
        '[tool.initscope]\nfail-level = "warning"\nseverity = {SIG001 = "warning"}\n'
    )
    assert check("deep").returncode == 1
    assert check("deep", "--fail-level", "error").returncode == 0
    assert check("deep", "--ignore", "vanishing-signal").returncode == 0


def test_json_is_alone_on_standard_output(check):
    """One object; findings have what the manual says."""
    found = json.loads(check("deep", "--format", "json", "--loss", "mymodels:mean").stdout)
    assert (found["schema_version"], found["objective"]) == (1, "loss")
    (finding,) = found["findings"]
    assert (finding["code"], finding["severity"]) == ("SIG001", "error")
    assert len(finding["parameters"]) == 30
    assert len(found["layers"]) == 30


def test_a_finding_without_a_line_points_at_the_factory(check):
    """Layers of a Sequential are called by no code of the model."""
    found = json.loads(check("sequential", "--format", "json").stdout)
    assert found["findings"][0]["file"].endswith("mymodels.py")
    assert "def sequential" in MODELS.splitlines()[found["findings"][0]["line"] - 1]


@pytest.mark.parametrize(
    ("kind", "start"), [("sarif", "{"), ("github", "::error file=mymodels.py,line=16,")]
)
def test_machines_read_standard_output(check, kind, start):
    """SARIF and annotations have nothing around them."""
    done = check("deep", "--format", kind)
    assert done.stdout.startswith(start)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("kind", ["text", "json", "sarif", "github", "html"])
def test_every_format_goes_to_a_file(check, scratch, kind):
    """Standard output stays empty; the exit code is that of the findings."""
    done = check("deep", "--format", kind, "-o", "out.file")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "wrote out.file\n"
    assert "SIG001" in (scratch / "out.file").read_text()


def test_a_baseline_is_written_and_then_left_out(check):
    """The first run accepts, the second is silent and says how much it left out."""
    assert check("deep", "--baseline", "known.json", "--write-baseline").returncode == 0
    done = check("deep", "--baseline", "known.json")
    assert done.returncode == 0
    assert "Left out: 1 known from the baseline." in done.stdout


def test_fix_measures_again_and_passes(check):
    """Before, what was done, after; the exit code is that of the mended model."""
    done = check("deep", "--fix")
    assert done.returncode == 0
    assert "drew 30 parameters anew" in done.stdout
    assert done.stdout.index("Deep: 1 error") < done.stdout.index("Deep: nothing found")
    plain = json.loads(check("deep", "--fix", "--format", "json").stdout)
    assert len(plain["fix"]["applied"]) == 30
    assert plain["findings"] == []


def test_modes_are_chosen(initscope, scratch, monkeypatch):
    """The model runs in the mode that is typed, else in the one that it came in."""
    (scratch / "modal.py").write_text(
        "import torch\n"
        "class Modal(torch.nn.Linear):\n"
        "    def forward(self, x):\n"
        "        print('train' if self.training else 'eval')\n"
        "        return super().forward(x)\n"
        "def build():\n"
        "    return Modal(4, 2).eval(), torch.ones(2, 4)\n"
    )
    for option, mode in ((["--train"], "train"), (["--eval"], "eval"), ([], "eval")):
        done = initscope("check", "modal:build", "--select", "UNI003", *option)
        assert done.stdout.startswith(f"{mode}\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["broken"], "mymodels:broken() raised ValueError: no weights here"),
        (["nothing"], "mymodels:nothing returned NoneType: expected a torch.nn.Module"),
        (["missing"], "unknown attribute 'missing'"),
        (["bare"], "say what mymodels:bare is called with: --input 32,64"),
        (["bare", "--input", "4,5"], "an input of shape (..., 64): Linear"),
        (["bare", "--input", "99999999999,64"], "6.4e+12 numbers do not fit into memory"),
        (["leaving"], "mymodels:leaving() raised SystemExit: 3"),
        (["healthy", "--loss", "mymodels:refusing"], "the loss function raised ValueError"),
        (["healthy", "--select", ""], "no rule is left to run"),
        (["bare", "--input", "4,x"], "--input '4,x': expected whole numbers"),
        (["healthy", "--loss", "mymodels:MISSING"], "unknown attribute 'MISSING'"),
        (["healthy", "--ignore", "SIG01"], "unknown rule 'SIG01'"),
        (["healthy", "--format", "html"], "--format html needs a file"),
        (["healthy", "--write-baseline"], "--write-baseline needs a file"),
        (["healthy", "--fix-output", "w.safetensors"], "--fix-output needs --fix"),
        (["healthy", "--fix", "--fix-output", "w.pt"], "expected a name in .safetensors"),
        (["healthy", "-o", "no/where.txt"], "there is no folder no"),
        (["healthy", "--baseline", "none.json"], "cannot read the baseline none.json"),
        (["healthy", "--config", "none.toml"], "cannot read none.toml"),
    ],
)
def test_bad_input_is_one_line(check, arguments, message):
    """What was received and what was expected; exit code 2."""
    done = check(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_rules_are_listed_and_explained(initscope):
    """By code or slug, as text or JSON; an unknown rule is one line."""
    table = initscope("rules")
    assert "vanishing-signal" in table.stdout
    plain = json.loads(initscope("rules", "--format", "json").stdout)
    assert {"SIG001", "UNI003"} <= {row["code"] for row in plain["rules"]}
    by_code = initscope("explain", "sig001").stdout
    assert by_code == initscope("explain", "vanishing-signal").stdout
    assert "How it is measured" in by_code
    one = json.loads(initscope("explain", "SIG001", "--format", "json").stdout)
    assert one["data"] in plain["rules"]
    done = initscope("explain", "vanishing-signl")
    assert done.returncode == 2
    assert "did you mean 'vanishing-signal'" in done.stderr
