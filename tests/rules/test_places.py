"""Findings of growth stand at the weights that change the signal, not at their neighbours."""

from __future__ import annotations

import pytest
import torch
import transformers
from torch import nn

import initscope
from initscope.rules.checks.unscaled_residual import late_growth

WIDTH = 64


class Residual(nn.Module):
    """A normalized branch of two layers beside its stream."""

    def __init__(self):
        super().__init__()
        self.f = nn.Sequential(
            nn.LayerNorm(WIDTH), nn.Linear(WIDTH, WIDTH), nn.GELU(), nn.Linear(WIDTH, WIDTH)
        )

    def forward(self, x):
        return x + self.f(x)


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def blocks(count):
    return [Residual() for _ in range(count)]


def checked(model, *args, **kwargs):
    return initscope.check(model, *(args or [torch.randn(32, WIDTH)]), **kwargs)


def worst(report):
    (finding,) = (each for each in report.findings if each.severity != "info")
    return finding


@pytest.mark.parametrize(("std", "code"), [(10.0, "SIG002"), (1e-3, "SIG001")])
def test_a_layer_between_residual_blocks_is_named_itself(std, code):
    """The block behind it is innocent, and its weights are not to be drawn anew."""
    model = nn.Sequential(
        *blocks(4), nn.Linear(WIDTH, WIDTH, bias=False), *blocks(4), nn.Linear(WIDTH, 10)
    )
    nn.init.normal_(model[4].weight, std=std)
    finding = worst(checked(model))
    assert (finding.code, finding.where, finding.parameters) == (code, "4", ("4.weight",))


@pytest.mark.parametrize("std", [1e-4, 1e-3, 3.0, 20.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_of_two_layers_between_blocks_no_block_is_blamed(std, seed):
    """Biases hide that the second is thin as well; where they hide both, inputs become one."""
    torch.manual_seed(seed)
    between = [nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)]
    for layer in between:
        nn.init.normal_(layer.weight, std=std)
    model = nn.Sequential(*blocks(4), *between, *blocks(4), nn.Linear(WIDTH, 10))
    finding = worst(checked(model))
    assert finding.code in ({"SIG001", "SIG005"} if std < 1 else {"SIG002"})
    assert set(finding.parameters) <= {"4.weight", "5.weight"}
    assert finding.parameters


@pytest.mark.parametrize(("count", "at"), [(8, 5), (12, 1), (12, 8), (12, 11), (24, 16)])
def test_one_bad_block_is_no_growth_with_depth(count, at):
    """The weight that is too large is named, alone."""
    model = nn.Sequential(*blocks(count), nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 10))
    model[at].f[3].weight.data.mul_(100)
    finding = worst(checked(model))
    assert (finding.code, finding.where) == ("SIG002", str(at))
    assert finding.parameters == (f"{at}.f.3.weight",)


def test_a_projection_of_gpt2_is_named_in_its_block():
    """Of twelve branches, and of the weights of one branch, the one times 50."""
    config = transformers.GPT2Config(
        n_layer=6, n_embd=64, n_head=4, vocab_size=200, n_positions=64, bos_token_id=0,
        eos_token_id=0, loss_type="ForCausalLM",
    )  # fmt: skip
    model = transformers.GPT2LMHeadModel(config)
    model.transformer.h[3].attn.c_attn.weight.data.mul_(50)
    tokens = torch.randint(3, 200, (4, 32))
    finding = worst(initscope.check(model, input_ids=tokens, labels=tokens))
    assert finding.code == "SIG002"
    assert finding.parameters == ("transformer.h.3.attn.c_attn.weight",)


def test_streams_with_weights_between_them_are_not_multiplied():
    """MobileViT's transformers stand between convolutions: no growth of 10^13 over all of them."""
    config = transformers.MobileViTConfig(
        image_size=64, hidden_sizes=[32, 48, 64], neck_hidden_sizes=[8, 16, 24, 32, 48, 64, 96],
        num_labels=10,
    )  # fmt: skip
    model = transformers.MobileViTForImageClassification(config).train()
    report = checked(model, torch.randn(16, 3, 64, 64))
    assert "PAR006" not in {each.code for each in report.findings}
    assert "error" not in {each.severity for each in report.findings}


def test_growth_of_all_blocks_but_one_remains_growth():
    """A factor of two a block is found with a jump among them, and without; a jump alone is not."""
    assert late_growth([2.0] * 20, jumps=False) == pytest.approx(1024)
    assert late_growth([2.0] * 19 + [1e6], jumps=False) == pytest.approx(1024)
    assert late_growth([1.05] * 19 + [1e6], jumps=False) < 2


@pytest.mark.parametrize("jump", [1.0, 100.0])
def test_unscaled_branches_are_still_found_beside_one_that_jumps(jump):
    """Twenty unnormalized branches of He's scale double the stream, whatever one of them does."""

    class Plain(nn.Module):
        def __init__(self):
            super().__init__()
            self.f = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH))
            for layer in (self.f[0], self.f[2]):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")

        def forward(self, x):
            return x + self.f(x)

    model = nn.Sequential(*(Plain() for _ in range(20)), nn.Linear(WIDTH, 10))
    model[14].f[2].weight.data.mul_(jump)
    assert "PAR006" in {each.code for each in checked(model).findings}
