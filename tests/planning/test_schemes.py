"""Schemes held to their definitions."""

from __future__ import annotations

import math

import pytest
import torch
import transformers
from scipy import stats
from torch import nn
from torch.nn import functional

from initscope import get
from initscope.errors import InputError
from initscope.observe import observe
from initscope.planning import init_, plan
from initscope.planning.schemes import NAMES, scheme


class Branch(nn.Module):
    """x + scale * b(relu(a(x))), with the scalars that some schemes need."""

    def __init__(self, width=16, *, scalar=True):
        super().__init__()
        self.a, self.b = nn.Linear(width, width), nn.Linear(width, width)
        self.scale = nn.Parameter(torch.ones(1)) if scalar else None

    def forward(self, x):
        y = self.b(functional.relu(self.a(x)))
        return x + (y if self.scale is None else self.scale * y)


class Normalized(nn.Module):
    """A residual block of convolutions that ends with a normalization."""

    def __init__(self):
        super().__init__()
        self.a, self.n = nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.b, self.m = nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4)

    def forward(self, x):
        return x + self.m(self.b(functional.relu(self.n(self.a(x)))))


class Sine(nn.Module):
    """sin(30 x)."""

    def forward(self, x):
        return torch.sin(30 * x)


def residual(*, scalar=True):
    blocks = [Branch(scalar=scalar) for _ in range(4)]
    return nn.Sequential(nn.Linear(16, 16), *blocks, nn.Linear(16, 3))


def inputs(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


LAYERS = {
    "Linear": lambda: nn.Linear(40, 30),
    "Bilinear": lambda: nn.Bilinear(12, 9, 10),
    "Conv1d": lambda: nn.Conv1d(12, 24, 5, groups=3),
    "Conv2d": lambda: nn.Conv2d(8, 16, 3),
    "Conv3d": lambda: nn.Conv3d(4, 8, 3),
    "ConvTranspose1d": lambda: nn.ConvTranspose1d(12, 24, 5),
    "ConvTranspose2d": lambda: nn.ConvTranspose2d(8, 16, 3, stride=2, groups=2),
    "ConvTranspose3d": lambda: nn.ConvTranspose3d(4, 8, 3),
    "Embedding": lambda: nn.Embedding(50, 20),
    "EmbeddingBag": lambda: nn.EmbeddingBag(50, 20),
    "RNN": lambda: nn.RNN(10, 20, num_layers=2),
    "LSTM": lambda: nn.LSTM(10, 20, proj_size=8),
    "GRU": lambda: nn.GRU(10, 20, bidirectional=True),
    "LSTMCell": lambda: nn.LSTMCell(10, 20),
    "MultiheadAttention": lambda: nn.MultiheadAttention(24, 4, add_bias_kv=True),
    "MultiheadAttention, other widths": lambda: nn.MultiheadAttention(24, 4, kdim=12, vdim=8),
    "LayerNorm": lambda: nn.LayerNorm(20),
    "BatchNorm2d": lambda: nn.BatchNorm2d(20),
    "GroupNorm": lambda: nn.GroupNorm(4, 20),
    "PReLU": lambda: nn.PReLU(8),
}


@pytest.mark.parametrize("layer", LAYERS)
def test_torch_defaults_have_the_distributions_of_torch(layer):
    """Both samples pass a two-sample Kolmogorov-Smirnov test at 1e-5, constants are equal."""
    reference: dict[str, list[torch.Tensor]] = {}
    for seed in range(30):
        torch.manual_seed(seed)
        for name, parameter in LAYERS[layer]().named_parameters():
            reference.setdefault(name, []).append(parameter.detach().flatten())
    drawn: dict[str, list[torch.Tensor]] = {}
    for seed in range(30):
        model = LAYERS[layer]()
        assert plan(model, "torch").apply(model, seed).ok
        for name, parameter in model.named_parameters():
            drawn.setdefault(name, []).append(parameter.detach().flatten())
    for name, values in reference.items():
        theirs, ours = torch.cat(values).numpy(), torch.cat(drawn[name]).numpy()
        if theirs.std() == 0:
            assert set(ours) == set(theirs), name
        else:
            assert stats.ks_2samp(theirs, ours).pvalue > 1e-5, name


@pytest.mark.parametrize(
    ("layer", "same"),
    [
        (lambda: nn.Linear(64, 48), True),
        (lambda: nn.Conv2d(16, 32, 3), True),
        (lambda: nn.ConvTranspose2d(8, 64, 3), False),
        (lambda: nn.ConvTranspose2d(64, 8, 3), False),
    ],
)
def test_the_initializer_torch_default_is_not_for_transposed_convolutions(layer, same):
    """There the scheme torch has PyTorch's scale, and torch_default has another.

    The standard deviation of n uniform values has a relative error of sqrt(0.2 / n); five of those
    of a difference of two are left.
    """
    torch.manual_seed(0)
    model = layer()
    default, play = (
        float(model.weight.detach().std()),
        5 * math.sqrt(2 * 0.2 / model.weight.numel()),
    )
    init_(model, "torch")
    assert float(model.weight.detach().std()) == pytest.approx(default, rel=play)
    init_(model, "torch_default")
    assert (float(model.weight.detach().std()) == pytest.approx(default, rel=play)) is same


def test_gpt2_scales_residual_projections():
    """0.02 everywhere, 0.02 / sqrt(2 L) on the projections, by names and by the graph alike."""
    config = transformers.GPT2Config(
        n_layer=3, n_embd=32, n_head=2, vocab_size=50, n_positions=20, bos_token_id=0,
        eos_token_id=0,
    )  # fmt: skip
    model = transformers.GPT2LMHeadModel(config)
    named = plan(model, "gpt2")
    traced = plan(model, "gpt2", {"input_ids": torch.randint(0, 50, (2, 8))})
    small = [row.name for row in named.rows if row.std == pytest.approx(0.02 / math.sqrt(6))]
    assert sorted(small) == sorted(
        f"transformer.h.{k}.{part}.c_proj.weight" for k in range(3) for part in ("attn", "mlp")
    )
    assert [(row.name, row.std) for row in named.rows] == [
        (row.name, row.std) for row in traced.rows
    ]


def test_fixup_formula():
    """He times 4^(-1/2) first in 4 branches of 2 layers, zero last: the identity at the start."""
    model = residual()
    found = plan(model, "fixup", inputs(5, 16))
    he = math.sqrt(2 / 16)
    assert found.row("1.a.weight").std == pytest.approx(he * 4**-0.5)
    assert found.row("0.weight").std == pytest.approx(he)
    assert found.row("1.scale").initializer == "ones"
    found.apply(model, 0)
    assert not model[2].b.weight.any()
    assert not model[5].weight.any()
    x = inputs(5, 16)
    torch.testing.assert_close(model[:5](x), model[0](x))
    rates = [group["lr"] for group in found.param_groups(model, 0.1)]
    assert rates == pytest.approx([0.1, 0.01])


@pytest.mark.parametrize("scheme", ["skipinit", "rezero"])
def test_silenced_branches(scheme):
    """With the scalars at zero a residual network is the identity between its ends."""
    model, x = residual(), inputs(5, 16)
    plan(model, scheme, x).apply(model, 0)
    torch.testing.assert_close(model[:5](x), model[0](x))
    assert model[1].b.weight.any()


def test_zero_gamma():
    """The scale of the normalization that ends a branch is zero, of others one."""
    model = nn.Sequential(Normalized(), Normalized(), nn.Flatten(), nn.Linear(64, 3))
    x = inputs(2, 4, 4, 4)
    plan(model, "zero_gamma", x).apply(model, 0)
    assert not model[1].m.weight.any()
    assert bool((model[1].n.weight == 1).all())
    torch.testing.assert_close(model[:2](x), x)


def test_delta_orthogonal_keeps_norms():
    """A circular convolution with an orthogonal centre keeps every norm."""
    model = nn.Conv2d(8, 8, 3, padding=1, padding_mode="circular")
    plan(model, "delta_orthogonal").apply(model, 0)
    x = inputs(2, 8, 6, 6)
    norms = model(x).norm(dim=1)
    torch.testing.assert_close(norms, x.norm(dim=1), rtol=1e-5, atol=1e-5)


def test_zero_is_deterministic():
    """ZerO draws nothing: square layers are identities, whatever the seed."""
    model = nn.Linear(8, 8)
    plan(model, "zero").apply(model, 0)
    assert torch.equal(model.weight, torch.eye(8))


def test_siren_keeps_its_distribution():
    """Through ten sine layers the second moment follows its map to a fixed point at 0.4."""
    layers: list[nn.Module] = []
    for k in range(10):
        layers += [nn.Linear(2 if k == 0 else 256, 256), Sine()]
    model = nn.Sequential(*layers, nn.Linear(256, 1))
    x = torch.rand(256, 2, generator=torch.Generator().manual_seed(0)) * 2 - 1
    plan(model, "siren", x).apply(model, 0)
    stds = [float(model[: 2 * k](x).detach().std()) for k in range(1, 11)]
    # sin of N(0, q) has second moment (1 - exp(-2 q)) / 2, and q is twice the one before; the first
    # layer has many periods, so 1/2. The tolerance is five errors of 256 units.
    expected = [0.5]
    for _ in range(9):
        expected.append((1 - math.exp(-4 * expected[-1])) / 2)
    assert [std**2 for std in stds] == pytest.approx(expected, rel=5 / math.sqrt(2 * 256))


def test_irnn_is_the_identity():
    """The recurrent matrix is the identity, inputs have standard deviation 0.001."""
    model = nn.RNN(8, 16, nonlinearity="relu")
    found = plan(model, "irnn")
    found.apply(model, 0)
    assert torch.equal(model.weight_hh_l0, torch.eye(16))
    assert found.row("weight_ih_l0").std == pytest.approx(0.001)


@pytest.mark.parametrize(
    ("scheme", "model", "words"),
    [
        ("fixup", lambda: nn.Linear(16, 3), "residual"),
        ("skipinit", lambda: residual(scalar=False), "scalar"),
        ("rezero", lambda: residual(scalar=False), "scalar"),
        ("zero_gamma", residual, "normalization"),
        ("irnn", residual, "RNN"),
        ("lstm", residual, "LSTM"),
        ("chrono", residual, "LSTM"),
        ("siren", residual, "sine"),
    ],
)
def test_schemes_refuse_models_they_are_not_for(scheme, model, words):
    """One line says what the scheme needs."""
    with pytest.raises(InputError, match=words) as caught:
        plan(model(), scheme, inputs(5, 16))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["auto", "fixup", "lsuv", "siren"])
def test_schemes_that_follow_the_signal_need_an_example(scheme):
    """The error shows what to type."""
    with pytest.raises(InputError, match="example=batch"):
        plan(residual(), scheme)


@pytest.mark.parametrize("name", ["gpt2", "siren", "delta_orthogonal"])
def test_a_prefix_chooses_the_initializer_of_a_schemes_name(name):
    """With it the weight is drawn by the initializer; without it the scheme decides."""
    model = nn.Conv1d(16, 16, 3)
    found = plan(model, f"initializer:{name}")
    assert found.scheme == plan(model, get(name)).scheme == f"initializer:{name}"
    assert found.row("weight").initializer == name
    assert scheme(name).decide.func is NAMES[name].decide


def test_an_argument_of_the_initializer_alone_is_told_how_to_be_typed():
    """The scheme names the text that works; what fits neither of them gets no such hint."""
    words = r"expected one of omega; or initializer:siren\(first=true\) for the weights alone"
    model = nn.Linear(16, 16)
    with pytest.raises(InputError, match=words):
        init_(model, "siren(first=true)")
    with pytest.raises(
        InputError, match="unknown argument of siren 'last': expected one of omega$"
    ):
        init_(model, "siren(last=true)")
    init_(model, "initializer:siren(first=true)")
    assert float(model.weight.detach().abs().max()) <= 1 / 16
    assert float(model.weight.detach().std()) == pytest.approx(1 / 16 / 3**0.5, rel=0.2)


def test_planning_changes_nothing():
    """A plan alone writes no value."""
    model = residual()
    before = [parameter.clone() for parameter in model.parameters()]
    plan(model, "auto", inputs(5, 16))
    assert all(
        torch.equal(one, other) for one, other in zip(before, model.parameters(), strict=True)
    )
    assert observe(model, inputs(5, 16)).parameters[0].name == "0.weight"
