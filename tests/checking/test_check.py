"""The check itself: what it finds, where it points, what it refuses."""

from __future__ import annotations

import inspect

import pytest
import torch
from torch import nn

from initscope import check
from initscope.checking import Config, baseline
from initscope.checking.config import ModuleIgnore
from initscope.errors import InputError
from initscope.observe import ObservationError


def test_a_finding_points_at_the_line_that_calls_the_layer(deep, batch):
    """The line is in the model's own forward."""
    (finding,) = check(deep, batch, select=["SIG001"]).findings
    lines, first = inspect.getsourcelines(type(deep).forward)
    assert finding.file == inspect.getsourcefile(type(deep))
    assert "x = layer(x)" in lines[finding.line - first]


def test_a_finding_in_a_sequential_does_not_point_at_the_check(batch):
    """No line of the model calls the layers, and the check's own line says nothing."""
    model = nn.Sequential(*(nn.Linear(64, 64, bias=False) for _ in range(20)))
    (finding,) = check(model, batch, select=["SIG001"]).findings
    assert (finding.file, finding.line) == (None, None)


def test_a_layer_without_a_line_points_at_the_class_around_it(deep, batch):
    """A subclass of Sequential has a definition."""

    class Stack(nn.Sequential):
        """A stack of layers."""

    model = Stack(*(nn.Linear(64, 64, bias=False) for _ in range(20)))
    (finding,) = check(model, batch, select=["SIG001"]).findings
    assert finding.file == __file__
    assert finding.line == inspect.getsourcelines(Stack)[1]


def test_the_project_decides(deep, batch, tmp_path):
    """Severity, ignores in modules and the choice of rules come from a file or an object."""
    ignore = ModuleIgnore("layers.*", ("SIG001",), "reason")
    report = check(deep, batch, select=["SIG001"], config=Config(module_ignores=(ignore,)))
    assert (len(report.findings), len(report.ignored)) == (0, 1)
    path = tmp_path / "pyproject.toml"
    path.write_text('[tool.initscope]\nselect = ["SIG001"]\nseverity = {SIG001 = "info"}\n')
    report = check(deep, batch, config=path)
    assert [each.severity for each in report.findings] == ["info"]
    assert report.ok


def test_known_findings_are_left_out_whatever_their_numbers(deep, batch, tmp_path):
    """A baseline holds rules and places; a second model with the same defect is silent."""
    report = check(deep, batch, select=["SIG001"])
    path = tmp_path / "baseline.json"
    path.write_text(baseline.write(report.findings))
    other = type(deep)(depth=25)
    left = check(other, batch, select=["SIG001"]).without(baseline.read(path))
    assert (len(left.findings), len(left.known)) == (0, 1)


@pytest.mark.parametrize("text", ["", "[]", '{"schema_version": 9, "findings": []}', "{}"])
def test_a_file_that_is_no_baseline_is_refused(tmp_path, text):
    """The message says how one is written."""
    path = tmp_path / "baseline.json"
    path.write_text(text)
    with pytest.raises(InputError, match="is no baseline .* --write-baseline"):
        baseline.read(path)
    with pytest.raises(InputError, match="cannot read the baseline"):
        baseline.read(tmp_path / "missing.json")


class Detached(nn.Linear):
    """Its output has no gradient."""

    def forward(self, x):
        return super().forward(x).detach()


class Failing(nn.Linear):
    """Raises an error of its own."""

    def forward(self, x):
        raise KeyError("tokens")


def frozen() -> nn.Module:
    return nn.Linear(64, 2).requires_grad_(requires_grad=False)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (lambda: 3, "received int: expected a torch.nn.Module"),
        (nn.ReLU, "this ReLU has no parameters"),
        (frozen, "all 2 parameters of this Linear are frozen"),
        (lambda: Detached(64, 2), "no output of this Detached is differentiable"),
        (lambda: Failing(64, 2), "the model raised KeyError"),
    ],
)
def test_what_cannot_be_checked_is_one_line(model, message, batch):
    """The line says what was received and what is wrong with it."""
    with pytest.raises(InputError) as caught:
        check(model(), batch)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_models_own_error_is_the_cause(batch):
    """The exception that the model raised is there as it was."""
    with pytest.raises(ObservationError) as caught:
        check(Failing(64, 2), batch)
    assert isinstance(caught.value.__cause__, KeyError)


@pytest.mark.parametrize(
    ("layer", "example", "wanted"),
    [
        (nn.Linear(8, 2), (3, 5), "'1' wants an input of shape (..., 8): Linear"),
        (
            nn.Conv2d(3, 4, 3),
            (2, 4, 9, 9),
            "'1' wants an input of shape (batch, 3, *, *): Conv2d",
        ),
        (nn.BatchNorm1d(8), (3, 5), "'1' wants an input of 8 channels: BatchNorm1d"),
        (nn.LayerNorm(8), (3, 5), "'1' wants an input that ends in (8,): LayerNorm"),
        (nn.LSTM(8, 4), (3, 2, 5), "'1' wants an input of shape (..., 8): LSTM"),
    ],
)
def test_a_wrong_shape_names_the_layer_and_what_it_wants(layer, example, wanted):
    """The first layer that refuses is named, with the shape that fits it."""
    model = nn.Sequential(nn.Identity(), layer)
    with pytest.raises(InputError) as caught:
        check(model, torch.zeros(example))
    assert wanted in str(caught.value)


def test_the_model_is_as_it_was(deep, batch):
    """Values, gradients, modes and the random state stay."""
    deep.eval()
    before = {name: tensor.clone() for name, tensor in deep.state_dict().items()}
    state = torch.get_rng_state()
    check(deep, batch)
    assert not deep.training
    assert all(parameter.grad is None for parameter in deep.parameters())
    assert all(torch.equal(before[name], tensor) for name, tensor in deep.state_dict().items())
    assert torch.equal(state, torch.get_rng_state())


def parametrized() -> nn.Module:
    orthogonal = nn.utils.parametrizations.orthogonal(nn.Linear(64, 64))
    return nn.Sequential(orthogonal, nn.Tanh(), nn.Linear(64, 4))


class Spectral(nn.Module):
    """Complex weights between real ones."""

    def __init__(self) -> None:
        super().__init__()
        self.before, self.after = nn.Linear(64, 32), nn.Linear(32, 4)
        self.complex = nn.Linear(32, 32, dtype=torch.complex64)

    def forward(self, x):
        return self.after(self.complex(self.before(x).to(torch.complex64)).abs())


def pruned() -> nn.Module:
    model = nn.Sequential(nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 4))
    nn.utils.prune.l1_unstructured(model[0], "weight", 1)
    return model


@pytest.mark.parametrize("make", [parametrized, Spectral, pruned])
def test_models_that_cannot_be_initialized_can_be_checked(make, batch):
    """Healthy ones have no finding, and a defect elsewhere in them is found."""
    torch.manual_seed(0)
    assert check(make(), batch).findings == ()
    model = make()
    head = next(each for each in model.modules() if getattr(each, "out_features", 0) == 4)
    nn.init.constant_(head.weight, torch.nan)
    assert "PAR004" in {each.code for each in check(model, batch).findings}


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_a_model_of_which_nothing_is_seen_does_not_pass(batch):
    """A scripted module runs past every observer: that is no proof of health."""
    layers = nn.Sequential(*(nn.Linear(64, 64) for _ in range(3)))
    with pytest.raises(InputError, match="no operation of this RecursiveScriptModule"):
        check(torch.jit.script(layers), batch)
