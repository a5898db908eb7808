"""An audit passes what was drawn as declared, and finds what was not."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from initscope import get
from initscope.planning import audit, init_, plan
from initscope.planning.checks import Check, Moments, checks
from initscope.planning.choice import fill
from initscope.planning.inventory import inventory
from initscope.planning.parts import parts

DTYPES = [torch.float64, torch.float32, torch.bfloat16, torch.float16]
LAWS = [
    "zeros",
    "constant(0.3)",
    "uniform(-0.1, 0.3)",
    "normal(0.01)",
    "truncated_normal(0.02)",
    "log_uniform(1, 99)",
    "lecun_normal",
    "glorot_uniform",
    "he_truncated_normal(mode=fan_out)",
    "torch_default",
    "siren",
    "sparse(0.8)",
    "orthogonal(gain=1.3)",
    "identity(gain=2)",
    "hadamard",
]
KERNELS = ["dirac", "delta_orthogonal", "hadamard", "orthogonal", "he_uniform"]


def failing(model: nn.Module, scheme: str) -> set[str]:
    """Names of the checks that fail."""
    rows = audit(plan(model, scheme), model).rows
    return {check.name for row in rows for check in row.checks if not check.ok}


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", LAWS)
def test_what_was_drawn_passes(name, dtype):
    """No false alarm in 15 seeds of a wide, a tall and a tiny matrix.

    45 matrices of at most two random statistics each, at five standard errors (6e-7, two-sided):
    over all 60 tests the chance of any false alarm is 0.3%.
    """
    model = nn.ModuleList([nn.Linear(a, b, bias=False) for a, b in [(40, 12), (12, 40), (3, 2)]])
    model.to(dtype)
    for seed in range(15):
        done = init_(model, get(name), seed)
        assert done.ok, str(done)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", KERNELS)
def test_kernels_that_were_drawn_pass(name, dtype):
    """Grouped, depthwise and transposed convolutions have the moments of their parts."""
    model = nn.ModuleList(
        [
            nn.Conv2d(6, 12, 3, bias=False),
            nn.Conv1d(6, 12, 3, groups=3, bias=False),
            nn.Conv3d(4, 4, 3, groups=4, bias=False),
            nn.ConvTranspose2d(6, 12, 4, stride=2, groups=2, bias=False),
        ]
    ).to(dtype)
    for seed in range(10):
        done = init_(model, get(name), seed)
        assert done.ok, str(done)


def test_few_entries_raise_no_alarm():
    """The tolerance of a deviation covers the tails of very small samples, over 300 of them.

    Five standard errors leave 300 * 2 * 6e-7 = 0.04% for any alarm at each size; the law's tail is
    that of a chi-square with one to 20 degrees of freedom, far from normal.
    """
    for size in (1, 2, 5, 20):
        layer = nn.Linear(size, 1, bias=False)
        assert all(init_(layer, "normal(1)", seed).ok for seed in range(300))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", ["he_normal", "uniform(-1, 1)", "orthogonal"])
def test_a_deviation_that_is_ten_percent_off_is_found(name, dtype):
    """Of 6000 entries the deviation is known to 1%, five of which are below 10%."""
    layer = nn.Linear(100, 60, bias=False, dtype=dtype)
    init_(layer, name)
    for factor in (0.9, 1.1):
        with torch.no_grad():
            layer.weight.mul_(factor)
        assert "std" in failing(layer, name)
        init_(layer, name)
        assert not failing(layer, name)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", ["he_normal", "uniform(-1, 1)", "constant(2)"])
def test_a_shifted_mean_is_found(name, dtype):
    """A tenth of a deviation is eight standard errors of 6000 entries."""
    layer = nn.Linear(100, 60, bias=False, dtype=dtype)
    init_(layer, name)
    with torch.no_grad():
        layer.weight.add_(0.1 * (plan(layer, name).row("weight").std or 1))
    assert "mean" in failing(layer, name)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_one_bad_value_is_found(value, dtype):
    """One NaN or infinity among many values is enough."""
    layer = nn.Linear(1100, 1000, bias=False, dtype=dtype)
    init_(layer, "he_normal")
    with torch.no_grad():
        layer.weight[-1, -1] = value
    assert "finite" in failing(layer, "he_normal")


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", [(60, 40), (40, 60)])
def test_a_broken_orthogonality_is_found(shape, dtype):
    """Two equal rows or columns are found; the deviation alone would not show them."""
    layer = nn.Linear(*shape, bias=False, dtype=dtype)
    init_(layer, "orthogonal")
    with torch.no_grad():
        small = layer.weight if shape[0] > shape[1] else layer.weight.mT
        small[1] = small[0]
    assert failing(layer, "orthogonal") == {"orthogonality"}


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_swapped_fans_and_a_value_out_of_bounds_are_found(dtype):
    """A weight scaled by the wrong fan is not what was declared; nor is one beyond the limit."""
    layer = nn.Linear(100, 60, bias=False, dtype=dtype)
    init_(layer, "he_uniform(mode=fan_out)")
    assert {"std", "maximum", "minimum"} <= failing(layer, "he_uniform")
    init_(layer, "he_uniform")
    with torch.no_grad():
        layer.weight[0, 0] = -0.3
    assert failing(layer, "he_uniform") == {"minimum"}


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
def test_half_precision_is_the_float32_draw_rounded_once(dtype):
    """Values in half precision are those of float32 to the nearest, with the same moments."""
    full, half = nn.Linear(300, 200, bias=False), nn.Linear(300, 200, bias=False, dtype=dtype)
    for name in ("he_truncated_normal", "orthogonal", "glorot_uniform"):
        init_(full, name, 4)
        assert init_(half, name, 4).ok
        assert torch.equal(half.weight, full.weight.to(dtype))
    # 60000 values; rounding moves each by at most eps / 2 of itself.
    eps = torch.finfo(dtype).eps
    assert half.weight.double().std().item() == pytest.approx(
        full.weight.std().item(), rel=eps / 2 + 1e-6
    )


def test_very_small_values_are_audited_in_float16():
    """Where float16 has only multiples of 6e-8, the tolerance is half of that, and no more."""
    layer = nn.Linear(100, 60, bias=False, dtype=torch.float16)
    assert init_(layer, "normal(1e-6)").ok
    with torch.no_grad():
        layer.weight.mul_(1.2)
    assert "std" in failing(layer, "normal(1e-6)")


def test_moments_are_those_of_float64_in_chunks():
    """Millions of values, in any layout, have the moments that one pass in float64 gives."""
    weight = torch.empty(3000, 700).normal_(generator=torch.Generator().manual_seed(0))
    for view in (weight, weight.mT, weight.reshape(1, -1), weight.reshape(-1), weight[:, ::3]):
        found = Moments.of([view], 0.5)
        wide = view.double()
        assert found.count == view.numel()
        assert found.mean == pytest.approx(float(wide.mean()), abs=1e-12)
        assert found.deviation == pytest.approx(float((wide - 0.5).square().mean().sqrt()))
        assert (found.minimum, found.maximum) == pytest.approx(
            (float(wide.min()), float(wide.max()))
        )
        assert found.finite == 1.0


def test_an_audit_prints_what_is_wrong_and_what_was_left_alone():
    """Its text names parameters, what they are, and what they should be."""
    layer = nn.Linear(50, 40)
    drawn = plan(layer, "he_normal", rules=[("bias", "keep")])
    done = drawn.apply(layer)
    assert done.ok
    assert done.coverage == 2000 / 2040
    assert [row.parameter for row in done.left_alone] == ["bias"]
    assert str(done).splitlines() == [
        "2 rows, 98.0% of the values written, 0 not as declared",
        "bias: left alone, your rule 'bias'",
    ]
    with torch.no_grad():
        layer.weight.mul_(2)
    text = str(audit(drawn, layer))
    assert "1 not as declared" in text
    assert "weight: std is 0.398987" in text
    assert "declared 0.2 ±" in text


def test_an_audit_of_tensors_says_what_is_missing_or_of_another_shape():
    """Tensors by name, as a file gives them, are held against the plan in the same way."""
    layer = nn.Linear(5, 4)
    drawn = plan(layer, "he_normal")
    drawn.apply(layer)
    tensors = dict(layer.state_dict())
    assert audit(drawn, tensors).ok
    assert [r.note for r in audit(drawn, {"weight": tensors["weight"]}).rows] == ["", "not present"]
    swapped = audit(drawn, tensors | {"weight": tensors["weight"].mT})
    assert not swapped.ok
    assert swapped.rows[0].note == "not shape"


def test_tolerances_follow_the_sample_size():
    """A hundred times the values have a tenth of the sampling tolerance, plus rounding."""
    layers = [nn.Linear(10, 10, bias=False), nn.Linear(100, 100, bias=False)]
    found = []
    for layer in layers:
        (slot,) = inventory(layer)
        (part,) = parts(slot, fill("normal(1)", reason=""), layer.weight.data)
        part.fill(0, "weight")
        rows = {check.name: check for check in checks(part.initializer, part.fans, part.drawn)}
        found.append(rows["mean"].tolerance)
    assert found[0] == pytest.approx(0.5, rel=1e-4)
    assert found[1] == pytest.approx(0.05, rel=1e-4)


def test_bounds_are_one_sided():
    """A minimum may lie above its bound, not below it; a maximum the other way round."""
    assert Check("minimum", -1, -0.9, 0).ok
    assert not Check("minimum", -1, -1.1, 0.05).ok
    assert Check("maximum", 1, 0.9, 0).ok
    assert not Check("maximum", 1, 1.1, 0.05).ok
    assert not Check("mean", 0, math.nan, 1).ok


def test_orthogonality_is_that_of_float64_for_large_matrices():
    """Rounding of a large matrix stays within a fifth of the tolerance that grows with its side."""
    layer = nn.Linear(1500, 1200, bias=False)
    (row,) = init_(layer, "orthogonal").rows
    check = next(check for check in row.checks if check.name == "orthogonality")
    assert check.actual < check.tolerance / 5 < 1e-5
