"""Weights rescaled by what an example shows, in the order of execution."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from initscope.planning import plan
from initscope.streams import Stream


def batch(*shape: int, seed: int = 0) -> torch.Tensor:
    count = torch.Size(shape).numel()
    return torch.from_numpy(Stream(seed, "x").symmetric(count)).reshape(shape) * 3**0.5


def outputs(model: nn.Module, *inputs: torch.Tensor) -> dict[str, torch.Tensor]:
    """Outputs of the linear layers and convolutions, at their first call, without biases."""
    found: dict[str, torch.Tensor] = {}
    kinds = nn.Linear | nn.Conv2d | nn.ConvTranspose2d
    handles = [
        module.register_forward_hook(lambda _m, _i, out, name=name: found.setdefault(name, out))
        for name, module in model.named_modules()
        if isinstance(module, kinds)
    ]
    with torch.no_grad():
        model(*inputs)
    for handle in handles:
        handle.remove()
    return found


def test_lsuv_gives_every_layer_unit_variance():
    """Grouped and transposed convolutions too; the audit knows the factors."""
    model = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(8, 8, 3, groups=4),
        nn.Tanh(),
        nn.ConvTranspose2d(8, 4, 4, stride=2, groups=2),
        nn.Flatten(),
        nn.Linear(4 * 14 * 14, 10),
    )
    x = batch(16, 3, 8, 8)
    done = plan(model, "lsuv", x).apply(model)
    assert done.ok, str(done)
    for out in outputs(model, x).values():
        assert out.var(correction=0).item() == pytest.approx(1.0, rel=1e-4)
    assert any(row.scaled_by != 1.0 for row in done.rows)


def test_a_reused_layer_is_rescaled_at_its_first_call():
    """Later calls see the weight as it is then."""

    class Loop(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(20, 20)

        def forward(self, x):
            for _ in range(3):
                x = torch.tanh(3 * self.layer(x))
            return x

    model, x = Loop(), batch(50, 20)
    done = plan(model, "lsuv", x).apply(model)
    assert done.ok, str(done)
    assert outputs(model, x)["layer"].var(correction=0).item() == pytest.approx(1.0, rel=1e-4)


class Attention(nn.Module):
    """Attention to itself, or to a second sequence."""

    def __init__(self, **options):
        super().__init__()
        self.attention = nn.MultiheadAttention(16, 2, batch_first=True, **options)

    def forward(self, query, key=None, value=None):
        key = query if key is None else key
        value = key if value is None else value
        return self.attention(query, key, value, need_weights=False)[0]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("given", ["self", "cross", "three"])
def test_attention_is_rescaled_projection_by_projection(given, training):
    """Queries, keys and values have unit variance each, however the packed matrix is used."""
    model = Attention().train(training)
    query, key, value = batch(8, 5, 16), 2 * batch(8, 7, 16, seed=1), 5 * batch(8, 7, 16, seed=2)
    inputs = {"self": (query,), "cross": (query, key), "three": (query, key, value)}[given]
    done = plan(model, "lsuv", inputs).apply(model)
    assert done.ok, str(done)
    query, key, value = (*inputs, *[inputs[-1]] * (3 - len(inputs)))
    weights = model.attention.in_proj_weight.detach().chunk(3)
    for signal, weight in zip((query, key, value), weights, strict=True):
        assert (signal @ weight.mT).var(correction=0).item() == pytest.approx(1.0, rel=1e-3)
    out = model(*inputs) - model.attention.out_proj.bias
    assert out.var(correction=0).item() == pytest.approx(1.0, rel=1e-3)
    assert model.training is training


def test_projections_of_other_widths_are_rescaled():
    """Keys and values of their own sizes have matrices of their own."""
    model = Attention(kdim=6, vdim=7)
    inputs = batch(8, 5, 16), batch(8, 9, 6, seed=1), batch(8, 9, 7, seed=2)
    done = plan(model, "lsuv", inputs).apply(model)
    assert done.ok, str(done)
    weights = [model.attention.get_parameter(f"{letter}_proj_weight") for letter in "qkv"]
    for signal, weight in zip(inputs, weights, strict=True):
        assert (signal @ weight.mT).var(correction=0).item() == pytest.approx(1.0, rel=1e-3)


def test_several_batches_are_averaged():
    """Of two examples, one three times the other, the factor is the geometric mean."""
    model, x = nn.Linear(30, 20), batch(40, 30)
    plan(model, "lsuv", [x]).apply(model)
    alone = model.weight.detach().clone()
    done = plan(model, "lsuv", [x, 3 * x]).apply(model)
    assert done.ok
    assert torch.allclose(model.weight, alone / 3**0.5, rtol=1e-5)


def test_what_never_ran_and_what_is_inside_of_a_loop_is_said():
    """The audit's text names weights that no product showed; they keep their scale."""

    class Half(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.unused = nn.Linear(4, 4), nn.Linear(4, 4)
            self.memory = nn.LSTM(4, 4)

        def forward(self, x):
            return self.memory(self.used(x))[0]

    model = Half()
    done = plan(model, "lsuv", batch(6, 2, 4)).apply(model)
    assert done.ok, str(done)
    assert done.measured == (
        "not rescaled, since the example never reached a product with them: unused.weight",
        "not rescaled, since their products are inside of a recurrent layer: "
        "memory.weight_ih_l0, memory.weight_hh_l0",
    )


def test_the_house_is_as_it_was():
    """Running statistics, modes and gradients are untouched by the measured pass."""
    model = nn.Sequential(nn.Linear(8, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 3))
    model[2].eval()
    state, modes = torch.get_rng_state(), [m.training for m in model.modules()]
    plan(model, "lsuv", batch(20, 8)).apply(model)
    assert not model[1].running_mean.any()
    assert model[1].num_batches_tracked == 0
    assert modes == [m.training for m in model.modules()]
    assert torch.equal(state, torch.get_rng_state())
    assert all(p.grad is None for p in model.parameters())


def test_a_forward_pass_that_fails_restores_everything():
    """An example that cannot be run any more leaves the old weights."""
    model, x = nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 3)), batch(20, 8)
    drawn = plan(model, "lsuv", x)
    before = [p.detach().clone() for p in model.parameters()]
    model[1].forward = lambda _: (_ for _ in ()).throw(RuntimeError("broken"))
    with pytest.raises(RuntimeError, match="broken"):
        drawn.apply(model)
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))


def test_refining_makes_the_measured_moment_the_expected_one():
    """After it each layer's second moment is fan_in std^2 times that of its input, to rounding."""
    model = nn.Sequential(nn.Linear(12, 40), nn.ReLU(), nn.Linear(40, 30))
    x = batch(25, 12)
    drawn = plan(model, "he_normal", x, refine=True)
    done = drawn.apply(model, seed=4)
    assert done.ok, str(done)
    first, second = outputs(model, x).values()
    power = float(x.square().mean())
    assert float(first.square().mean()) == pytest.approx(2 * power, rel=1e-4)
    hidden = float(first.relu().square().mean())
    assert float(second.square().mean()) == pytest.approx(2 * hidden, rel=1e-4)
    factors = [row.scaled_by for row in done.rows if row.scaled_by != 1.0]
    assert len(factors) == 2
    assert all(0.8 < factor < 1.25 for factor in factors)


def test_bilinear_layers_are_refined_by_both_inputs():
    """The expected second moment is that of the products."""

    class Pair(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Bilinear(6, 5, 40)

        def forward(self, a, b):
            return self.layer(a, b)

    model, inputs = Pair(), (2 * batch(500, 6), 3 * batch(500, 5, seed=1))
    done = plan(model, "he_normal", inputs, refine=True).apply(model)
    assert done.ok
    (factor,) = [row.scaled_by for row in done.rows if row.scaled_by != 1.0]
    assert factor == pytest.approx(1.0, abs=0.2)  # 1200 weights and 500 inputs: 5% and less
