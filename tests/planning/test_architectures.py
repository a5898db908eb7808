"""Published architectures, chains and the page of evidence: what `auto` promises, measured."""

from __future__ import annotations

import importlib
import json
import math
from pathlib import Path

import pytest
import torch
import transformers
from torch import nn

from initscope.observe import observe
from initscope.planning import plan

ROOT = Path(__file__).parents[2]
NAMES = ["GPT-2", "Llama", "Qwen2", "Mistral", "Mixtral", "OPT", "GPT-NeoX", "Mamba", "BERT"]
NAMES += ["RoBERTa", "T5", "BART", "Whisper", "Wav2Vec2", "ViT", "BEiT", "Swin", "ConvNeXt"]
NAMES += ["ResNet", "MobileNetV2", "CLIP"]


@pytest.fixture
def evidence(monkeypatch):
    """The programs behind the page, on one thread: these models are too small for more."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield lambda name: importlib.import_module(f"planning_evidence.{name}")
    torch.set_num_threads(threads)


@pytest.mark.parametrize("name", NAMES)
def test_published_architecture(name, evidence):
    """All is covered, the audit passes, the loss is near ln(classes), gradients survive."""
    found = evidence("architectures").measure(name)
    assert found.covered == found.parameters
    assert found.audit
    if found.classes:
        assert abs(found.loss_after / math.log(found.classes) - 1) < 0.15
    # A sum of L branches, each 1 / L of the stream, doubles second moments: 1.4, and one draw.
    assert 0.4 < found.gradient_after < 2.5


def test_constants_of_a_state_space_model_are_kept(evidence):
    """A_log, D and the bias of the time steps are what the architecture derived."""
    case = evidence("architectures").prepare("Mamba")
    before = {name: p.detach().clone() for name, p in case.model.named_parameters()}
    plan(case.model, "auto", case.example).apply(case.model, 0)
    same = {n for n, p in case.model.named_parameters() if torch.equal(p, before[n])}
    for part in ("A_log", "D", "dt_proj.bias"):
        assert {f"backbone.layers.{k}.mixer.{part}" for k in range(3)} <= same


def test_layer_scale_and_zero_tokens_are_kept(evidence):
    """ConvNeXt's 1e-6 stays."""
    case = evidence("architectures").prepare("ConvNeXt")
    plan(case.model, "auto", case.example).apply(case.model, 0)
    scales = [p for n, p in case.model.named_parameters() if "layer_scale" in n]
    assert len(scales) == 8
    assert all(bool((scale == 1e-6).all()) for scale in scales)


def test_frozen_positions_are_kept(evidence):
    """Whisper's sinusoids are frozen, and say so."""
    case = evidence("architectures").prepare("Whisper")
    row = plan(case.model, "auto", case.example).row("model.encoder.embed_positions.weight")
    assert row.initializer == "keep"
    assert "frozen" in row.reason


class Modulated(nn.Module):
    """A DiT block: a zero layer shifts, scales and gates the branch."""

    def __init__(self):
        super().__init__()
        self.norm, self.inner = nn.LayerNorm(8, elementwise_affine=False), nn.Linear(8, 8)
        self.modulation = nn.Linear(8, 24)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def forward(self, x, condition):
        shift, scale, gate = self.modulation(condition).chunk(3, dim=-1)
        return x + gate * self.inner(self.norm(x) * (1 + scale) + shift)


class Adapted(nn.Module):
    """LoRA: y = W x + B A x with B zero."""

    def __init__(self):
        super().__init__()
        self.base, self.lora_A = nn.Linear(8, 8), nn.Linear(8, 2, bias=False)
        self.lora_B = nn.Linear(2, 8, bias=False)
        nn.init.zeros_(self.lora_B.weight)

    def forward(self, x):
        return torch.relu(self.base(x) + self.lora_B(self.lora_A(x)))


def test_zero_modulation_is_kept():
    """A DiT block stays the identity."""
    model, x = Modulated(), torch.randn(4, 8)
    plan(model, "auto", (x, x)).apply(model, 0)
    assert not model.modulation.weight.any()
    assert model.inner.weight.any()


def test_zero_adapters_are_kept():
    """LoRA's B stays zero, its A is drawn."""
    model = nn.Sequential(Adapted(), nn.Linear(8, 3))
    found = plan(model, "auto", torch.randn(4, 8))
    assert found.row("0.lora_B.weight").initializer == "keep"
    assert found.row("0.lora_A.weight").initializer != "keep"


def test_meaningless_zeros_are_drawn():
    """A zero matrix in the middle of a chain is a mistake, not a choice."""
    model = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 3))
    nn.init.zeros_(model[2].weight)
    plan(model, "auto", torch.randn(4, 8)).apply(model, 0)
    assert model[2].weight.any()


def test_tied_table_and_positions_share_a_scale():
    """GPT-2's table makes outputs of 0.5, its positions have the table's scale."""
    config = transformers.GPT2Config(
        n_layer=2, n_embd=64, n_head=2, vocab_size=50, n_positions=20, bos_token_id=0,
        eos_token_id=0,
    )  # fmt: skip
    model = transformers.GPT2LMHeadModel(config)
    found = plan(model, "auto", {"input_ids": torch.randint(0, 50, (2, 8))})
    assert found.row("transformer.wte.weight").std == pytest.approx(0.5 / 8)
    assert found.row("transformer.wpe.weight").std == pytest.approx(0.5 / 8)


@pytest.mark.parametrize("width", [64, 256])
@pytest.mark.parametrize("activation", ["tanh", "elu", "selu", "hardtanh"])
def test_deep_chains_keep_signal_and_gradient(activation, width, evidence):
    """Through 50 layers both stay: chi_1^depth is at most 1.44, so that gradients grow by 1.2.

    One draw of finite width deviates by about sqrt(depth / width), at most 10% here as layers are
    orthogonal and q is small.
    """
    signal, gradient = evidence("chains").growth(activation, 50, "auto", width)
    assert signal == pytest.approx(1, abs=0.1)
    assert 0.9 < gradient < 1.35


@pytest.mark.parametrize("activation", ["relu", "gelu", "silu", "leaky_relu"])
def test_refined_chains(activation, evidence):
    """One measured pass removes the drift of signals at width 64; gradients keep theirs."""
    signal, gradient = evidence("chains").growth(activation, 50, "auto, refined")
    assert signal == pytest.approx(1, abs=0.1)
    # Logarithms of squared norms spread by about 5 / width a layer; roots halve, two deviations.
    assert abs(math.log(gradient)) < math.sqrt(5 * 50 / 64)


def test_deep_convolutions(evidence):
    """Thirty convolutions keep the signal up to a factor of two."""
    layers = [nn.Conv2d(3, 16, 3, padding=1), nn.Tanh()]
    for _ in range(30):
        layers += [nn.Conv2d(16, 16, 3, padding=1), nn.Tanh()]
    model = nn.Sequential(*layers, nn.Flatten(), nn.Linear(16 * 64, 3))
    x = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    plan(model, "auto", x).apply(model, 0)
    rows = [row for row in observe(model, x).operations if row.kind == "convolution"]
    assert 0.5 < rows[-1].forward.second_moment / rows[0].forward.second_moment < 2
    assert 0.5 < rows[0].backward.second_moment / rows[-1].backward.second_moment < 5


def test_page_is_what_the_numbers_say(evidence):
    """docs/initialization.md is the rendering of docs/evidence/planning.json."""
    numbers = json.loads((ROOT / "docs" / "evidence" / "planning.json").read_text())
    page = (ROOT / "docs" / "initialization.md").read_text()
    assert page == evidence("page").render(numbers)


def test_numbers_are_measured_again(evidence):
    """A chain and one training pair give the recorded numbers again, up to rounding."""
    numbers = json.loads((ROOT / "docs" / "evidence" / "planning.json").read_text())
    again = evidence("chains").growth("tanh", 10, "auto")
    assert again == pytest.approx(numbers["chains"]["tanh, 10"]["auto"], rel=1e-3)
    training = evidence("training")
    recorded = numbers["training"]["MLP, relu, 10 layers"][0]
    # Two hundred steps of Adam amplify the last bits of another processor's products.
    assert training.train("MLP, relu, 10 layers", 0, "auto") == pytest.approx(recorded[1], rel=0.3)
