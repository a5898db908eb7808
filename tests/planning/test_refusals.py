"""What cannot be initialized is refused in one clear line; what can be, through wrappers, is."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize, prune

from initscope import InputError
from initscope.planning import init_, plan


class Doubled(nn.Module):
    """A parametrization that nobody knows."""

    def forward(self, weight):
        return 2 * weight


def complex_layer() -> nn.Module:
    return nn.Linear(3, 3, dtype=torch.complex64)


def whole_numbers() -> nn.Module:
    layer = nn.Linear(3, 3)
    layer.weight = nn.Parameter(torch.zeros(3, 3, dtype=torch.int8), requires_grad=False)
    return layer


def sparse_layer() -> nn.Module:
    layer = nn.Linear(3, 3)
    layer.weight = nn.Parameter(torch.eye(3).to_sparse())
    return layer


def quantized() -> nn.Module:
    return torch.ao.nn.quantized.Linear(3, 3)


def parametrized() -> nn.Module:
    return parametrize.register_parametrization(nn.Linear(3, 3), "weight", Doubled())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.LazyLinear(3), "weight is lazy and has no shape yet: run the model once"),
        (complex_layer, "weight is complex64: expected real numbers"),
        (whole_numbers, "weight is int8: expected real numbers; initialize before quantization"),
        (sparse_layer, "weight is stored as sparse_coo: expected a dense tensor"),
        (quantized, "the model is a quantized Linear, whose weights are packed"),
        (parametrized, "parametrizations.weight.original is parametrized by Doubled"),
        (lambda: parametrizations.orthogonal(nn.Linear(3, 3)), "parametrized by _Orthogonal"),
        (lambda: prune.l1_unstructured(nn.Linear(3, 3), "weight", 1), "the model is pruned"),
    ],
)
@pytest.mark.filterwarnings("ignore:Lazy modules:UserWarning")
@pytest.mark.filterwarnings("ignore:torch.ao.quantization is deprecated:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.*TypedStorage is deprecated:UserWarning")
@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor:UserWarning")
def test_what_cannot_be_set_is_refused_by_the_plan(make, message):
    """One line that names the parameter, what it is, and what to do."""
    with pytest.raises(InputError) as error:
        plan(make(), "he_normal")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_an_own_module_in_a_file_called_quantized_is_no_quantized_module():
    """Only torch's own packed modules are refused by where they come from."""

    class Own(nn.Linear):
        __module__ = "my.quantized_things"

    assert init_(Own(3, 3), "he_normal").ok


@pytest.mark.parametrize("dim", [0, 1, None])
@pytest.mark.parametrize(
    ("kind", "arguments"),
    [(nn.Linear, (30, 20)), (nn.Conv2d, (4, 6, 3)), (nn.ConvTranspose2d, (4, 6, 3))],
)
def test_weight_norm_starts_as_the_weight_itself(kind, arguments, dim):
    """The product of scale and direction is what the layer would have without weight norm."""
    layer = parametrizations.weight_norm(kind(*arguments), dim=dim)
    drawn = plan(layer, "he_normal")
    assert {row.role for row in drawn.rows} >= {"weight_norm_scale", "bias"}
    assert drawn.apply(layer).ok
    direction = layer.parametrizations.weight.original1
    assert torch.allclose(layer.weight, direction, rtol=1e-5, atol=1e-7)
    role = drawn.row("parametrizations.weight.original1").slot
    assert role.module_class == kind.__name__
    assert role.fans is not None


@pytest.mark.filterwarnings("ignore:.*weight_norm.*deprecated:FutureWarning")
def test_weight_norm_made_of_hooks_starts_as_the_weight_itself():
    """The older weight norm, also of a gate's matrix, has the fans of the layer."""
    linear = nn.utils.weight_norm(nn.Linear(30, 20))
    recurrent = nn.utils.weight_norm(nn.LSTM(5, 6), "weight_hh_l0")
    for layer, name in ((linear, "weight"), (recurrent, "weight_hh_l0")):
        drawn = plan(layer, "glorot_normal")
        assert drawn.uncovered == ()
        assert drawn.apply(layer).ok
        scale, direction = (layer.get_parameter(f"{name}_{end}").detach() for end in "gv")
        assert torch.allclose(scale, direction.norm(dim=1, keepdim=True))
    assert drawn.row("weight_hh_l0_v").role == "recurrent"


def largest(weight: torch.Tensor) -> float:
    return float(torch.linalg.svdvals(weight.detach())[0])


@pytest.mark.parametrize("shape", [(30, 20), (20, 30)])
@pytest.mark.parametrize("make", [parametrizations.spectral_norm, nn.utils.spectral_norm])
def test_spectral_norm_follows_the_new_weight(make, shape):
    """In evaluation mode the new weight has norm one, as when spectral norm was registered.

    Fifteen power iterations from an unrelated vector leave a few percent.
    """
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layer = make(nn.Linear(*shape)).eval()
    init_(layer, "he_normal", seed=8)
    layer(torch.zeros(1, shape[0]))
    assert largest(layer.weight) == pytest.approx(1.0, abs=0.1)
    assert not layer.training


def test_spectral_norm_is_put_back_with_the_rest(monkeypatch):
    """Its vectors are buffers, which a failure leaves as they were."""
    from initscope.planning import apply as applying

    layer = parametrizations.spectral_norm(nn.Linear(6, 5))
    before = {name: value.clone() for name, value in layer.state_dict().items()}
    settle = applying.spectral.settle

    def failing(*arguments) -> None:
        settle(*arguments)
        raise RuntimeError

    monkeypatch.setattr(applying.spectral, "settle", failing)
    with pytest.raises(RuntimeError):
        init_(layer, "he_normal")
    assert all(torch.equal(value, before[name]) for name, value in layer.state_dict().items())
