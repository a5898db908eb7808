"""Every parameter of torch.nn has its role, and fans that give the variance they promise."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from initscope import Fans, get
from initscope.planning import audit, init_, plan
from initscope.planning.inventory import inventory
from initscope.streams import Stream


def roles(model: nn.Module) -> dict[str, str]:
    return {slot.name: slot.role for slot in inventory(model)}


def fans(model: nn.Module, name: str) -> Fans | None:
    return next(slot.fans for slot in inventory(model) if slot.name == name)


@pytest.mark.parametrize(
    ("layer", "name", "role", "expected"),
    [
        (nn.Linear(5, 3), "weight", "linear", Fans(5, 3)),
        (nn.Bilinear(5, 4, 3), "weight", "bilinear", Fans(20, 12)),
        (nn.Conv1d(4, 6, 3), "weight", "convolution", Fans(12, 18)),
        (nn.Conv2d(4, 6, 3, groups=2), "weight", "convolution", Fans(18, 27)),
        (nn.Conv3d(4, 8, 2, groups=4), "weight", "convolution", Fans(8, 16)),
        (nn.Conv2d(6, 6, 5, groups=6), "weight", "convolution", Fans(25, 25)),
        (nn.ConvTranspose1d(4, 6, 4, stride=2), "weight", "transposed_convolution", Fans(8, 24)),
        (nn.ConvTranspose2d(4, 6, 4, 2), "weight", "transposed_convolution", Fans(16, 96)),
        (nn.ConvTranspose2d(4, 6, 4, 2, groups=2), "weight", "transposed_convolution", Fans(8, 48)),
        (nn.ConvTranspose3d(4, 6, 3), "weight", "transposed_convolution", Fans(108, 162)),
        (nn.Embedding(10, 4), "weight", "embedding", Fans(1, 4)),
        (nn.EmbeddingBag(10, 4), "weight", "embedding", Fans(1, 4)),
        (nn.LSTM(5, 3), "weight_ih_l0", "recurrent_input", Fans(5, 3)),
        (nn.LSTM(5, 3), "weight_hh_l0", "recurrent", Fans(3, 3)),
        (nn.LSTM(5, 3, 2), "weight_ih_l1", "recurrent_input", Fans(3, 3)),
        (nn.LSTM(5, 4, proj_size=2), "weight_hh_l0", "recurrent", Fans(2, 4)),
        (nn.LSTM(5, 4, proj_size=2), "weight_hr_l0", "projection", Fans(4, 2)),
        (
            nn.GRU(5, 3, 2, bidirectional=True),
            "weight_ih_l1_reverse",
            "recurrent_input",
            Fans(6, 3),
        ),
        (nn.RNN(5, 3), "weight_hh_l0", "recurrent", Fans(3, 3)),
        (nn.LSTMCell(5, 3), "weight_ih", "recurrent_input", Fans(5, 3)),
        (nn.GRUCell(5, 3), "weight_hh", "recurrent", Fans(3, 3)),
        (nn.RNNCell(5, 3), "weight_hh", "recurrent", Fans(3, 3)),
        (nn.MultiheadAttention(8, 2), "in_proj_weight", "attention_input", Fans(8, 8)),
        (nn.MultiheadAttention(8, 2, kdim=5), "k_proj_weight", "attention_input", Fans(5, 8)),
        (nn.MultiheadAttention(8, 2), "out_proj.weight", "linear", Fans(8, 8)),
    ],
)
def test_weights_have_the_fans_of_their_role(layer, name, role, expected):
    """Groups, gates and projections count for themselves; strides thin out what is summed."""
    assert roles(layer)[name] == role
    assert fans(layer, name) == expected


@pytest.mark.parametrize(
    ("layer", "name", "role"),
    [
        (nn.Linear(5, 3), "bias", "bias"),
        (nn.Bilinear(5, 4, 3), "bias", "bias"),
        (nn.ConvTranspose2d(4, 6, 3), "bias", "bias"),
        (nn.LSTM(5, 3), "bias_hh_l0", "gate_bias"),
        (nn.GRUCell(5, 3), "bias_ih", "gate_bias"),
        (nn.MultiheadAttention(8, 2), "in_proj_bias", "bias"),
        (nn.MultiheadAttention(8, 2, add_bias_kv=True), "bias_k", "token"),
        (nn.MultiheadAttention(8, 2, add_bias_kv=True), "bias_v", "token"),
        (nn.BatchNorm2d(4), "weight", "norm_scale"),
        (nn.InstanceNorm1d(4, affine=True), "bias", "norm_shift"),
        (nn.GroupNorm(2, 4), "weight", "norm_scale"),
        (nn.LayerNorm(4), "bias", "norm_shift"),
        (nn.RMSNorm(4), "weight", "norm_scale"),
        (nn.PReLU(3), "weight", "slope"),
    ],
)
def test_other_parameters_have_their_role(layer, name, role):
    """Biases, scales, shifts and slopes are told apart."""
    assert roles(layer)[name] == role


def test_a_scalar_of_an_own_module_is_a_scalar_and_the_rest_is_said_to_be_unknown():
    """What nobody knows is uncovered, never guessed."""

    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.ones(1))
            self.mystery = nn.Parameter(torch.ones(3, 4, 5))

    assert roles(Own()) == {"scale": "scalar", "mystery": "unknown"}
    assert plan(Own(), "he_normal").uncovered == ("mystery",)


def test_subclasses_and_transformers_are_covered():
    """A subclass is read like its base, and nothing of torch's own transformer is left over."""

    class Encoder(nn.LSTM):
        pass

    assert roles(Encoder(3, 2))["weight_ih_l0"] == "recurrent_input"
    transformer = nn.Transformer(16, 2, 1, 1, 32, batch_first=True)
    assert plan(transformer, "glorot_uniform").uncovered == ()
    assert "unknown" not in roles(transformer).values()


CASES = [
    (nn.Linear(64, 32), (400, 64)),
    (nn.Conv1d(8, 12, 5, groups=4), (60, 8, 64)),
    (nn.Conv2d(6, 6, 3, groups=6), (60, 6, 20, 20)),
    (nn.Conv3d(4, 8, 3), (20, 4, 10, 10, 10)),
    (nn.ConvTranspose1d(8, 12, 3, stride=2), (20, 8, 60)),
    (nn.ConvTranspose1d(8, 12, 5, stride=3, groups=2), (20, 8, 60)),
    (nn.ConvTranspose2d(8, 6, 3, stride=2), (4, 8, 20, 20)),
    (nn.ConvTranspose2d(8, 8, 4, stride=2, groups=8), (6, 8, 20, 20)),
    (nn.ConvTranspose2d(8, 6, 3, stride=2, dilation=2), (4, 8, 20, 20)),
    (nn.ConvTranspose3d(4, 4, 3), (4, 4, 10, 10, 10)),
]


@pytest.mark.parametrize(("layer", "shape"), CASES, ids=str)
def test_lecun_keeps_the_variance_of_any_layer(layer, shape):
    """With variance 1 / fan_in, unit inputs give outputs of unit variance inside of the borders.

    The mean square of the output, over many draws of the weights, estimates n_w std^2 / fan_in with
    a relative error of about sqrt(2 / weights drawn); 30 draws of 72 weights or more give 4%, and
    four of those are allowed. Borders are cut off, where fewer taps reach an output; what is left
    is cut to a multiple of the stride, over which the number of taps repeats.
    """
    layer.bias.data.zero_()
    inputs = torch.from_numpy(Stream(1, "x").symmetric(math.prod(shape))).reshape(shape) * 3**0.5
    powers = []
    for seed in range(30):
        init_(layer, "lecun_normal", seed)
        with torch.no_grad():
            powers.append(float(_inside(layer, layer(inputs)).square().mean()))
    assert sum(powers) / len(powers) == pytest.approx(1.0, abs=0.16)


def _inside(layer: nn.Module, outputs: torch.Tensor) -> torch.Tensor:
    if not hasattr(layer, "stride"):
        return outputs
    for axis, (kernel, stride) in enumerate(zip(layer.kernel_size, layer.stride, strict=True), 2):
        edge = layer.dilation[0] * kernel
        size = (outputs.shape[axis] - 2 * edge) // stride * stride
        outputs = outputs.narrow(axis, edge, size)
    return outputs


def test_bilinear_layers_keep_the_variance_of_a_product():
    """Independent unit inputs have products of unit variance, of which fan_in are summed."""
    layer = nn.Bilinear(20, 30, 40)
    init_(layer, "lecun_normal", 0)
    draws = torch.from_numpy(Stream(1, "x").symmetric(1000 * 50)).reshape(1000, 50) * 3**0.5
    with torch.no_grad():
        power = float(layer(draws[:, :20], draws[:, 20:]).square().mean())
    assert power == pytest.approx(1.0, abs=0.1)  # 24000 weights, 1000 inputs: 3% and less


def test_a_packed_matrix_is_orthogonal_in_every_gate_projection_and_group():
    """Each part is orthogonal by itself, and no two parts are the same."""
    cases = [
        (nn.LSTM(6, 6), "weight_hh_l0", 4, 0),
        (nn.GRU(6, 6), "weight_hh_l0", 3, 0),
        (nn.MultiheadAttention(8, 2), "in_proj_weight", 3, 0),
        (nn.Conv2d(8, 8, 1, groups=2), "weight", 2, 0),
        (nn.ConvTranspose2d(8, 4, 1, groups=2), "weight", 2, 0),
    ]
    for layer, name, count, axis in cases:
        done = init_(layer, "orthogonal", 3)
        assert done.ok, str(done)
        parts = [p.flatten(1) for p in layer.get_parameter(name).detach().chunk(count, axis)]
        for part in parts:
            small = part if part.shape[0] <= part.shape[1] else part.mT
            assert torch.allclose(small @ small.mT, torch.eye(len(small)), atol=1e-5)
        assert not any(torch.equal(parts[0], other) for other in parts[1:])


def test_patterns_fill_every_group():
    """Dirac's weight passes each group's inputs on to its own outputs."""
    layer = nn.Conv1d(6, 6, 3, groups=3, padding=1, bias=False)
    assert init_(layer, "dirac").ok
    inputs = torch.from_numpy(Stream(0, "x").symmetric(2 * 6 * 9)).reshape(2, 6, 9)
    assert torch.equal(layer(inputs), inputs)


@pytest.mark.parametrize("name", ["normal(std=0.5)", "orthogonal", "uniform(1, 2)", "identity"])
@pytest.mark.parametrize("make", [nn.Embedding, nn.EmbeddingBag])
def test_the_row_of_padding_stays_zero(make, name):
    """It is zero after every initializer, and the others have the declared moments."""
    layer = make(40, 12, padding_idx=3)
    done = init_(layer, name, seed=1)
    assert done.ok, str(done)
    assert not layer.weight[3].any()
    assert layer.weight[2].any()
    assert layer.weight[4].any()
    if name == "orthogonal":
        kept = torch.cat([layer.weight[:3], layer.weight[4:]])
        assert torch.allclose(kept.mT @ kept, torch.eye(12), atol=1e-5)
    with torch.no_grad():
        layer.weight[3] = 0.1
    assert not audit(plan(layer, name), layer).ok


def test_independent_values_do_not_depend_on_the_padding():
    """The same seed gives the same words with and without a row of padding."""
    plain, padded = nn.Embedding(9, 4), nn.Embedding(9, 4, padding_idx=0)
    init_(plain, "normal(std=1)", 5)
    init_(padded, "normal(std=1)", 5)
    assert torch.equal(plain.weight[1:], padded.weight[1:])


def test_a_table_tied_to_the_head_is_scaled_as_what_it_multiplies():
    """An embedding that is also an output layer has the features as its fan_in, once."""
    model = nn.ModuleDict({"embedding": nn.Embedding(50, 8), "head": nn.Linear(8, 50, bias=False)})
    model["head"].weight = model["embedding"].weight
    (slot,) = inventory(model)
    assert (slot.name, slot.aliases) == ("embedding.weight", ("head.weight",))
    assert (slot.role, slot.fans) == ("embedding", Fans(8, 50))


def test_the_same_module_in_two_places_is_one_row():
    """A shared layer is listed once, under both names."""
    layer = nn.Linear(3, 3)
    slots = inventory(nn.Sequential(layer, nn.ReLU(), layer))
    assert [(s.name, s.aliases) for s in slots] == [
        ("0.weight", ("2.weight",)),
        ("0.bias", ("2.bias",)),
    ]


def test_parameters_that_share_their_memory_are_tied():
    """Two Parameter objects on one storage are one row, or the second would be written twice."""
    first, second = nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False)
    second.weight = nn.Parameter(first.weight.detach())
    model = nn.Sequential(first, second)
    assert [slot.aliases for slot in inventory(model)] == [("1.weight",)]
    assert init_(model, "he_normal").ok


def test_structured_laws_are_scaled_by_their_own_shape():
    """An orthogonal matrix in a strided transposed convolution has the deviation of its shape."""
    layer = nn.ConvTranspose2d(4, 6, 3, stride=2, groups=2, bias=False)
    row = plan(layer, "orthogonal").row("weight")
    assert row.std == pytest.approx(get("orthogonal").std(Fans.of((3, 2, 3, 3))))
    assert init_(layer, "orthogonal").ok
