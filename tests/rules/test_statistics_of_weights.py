"""The statistics of the rules on units and parameters against closed forms and simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from initscope.observe import Parameter, observe
from initscope.planning.inventory import inventory
from initscope.rules import Evidence, Finding, findings, rule, rules
from initscope.rules.checks.dead_units import all_off
from initscope.rules.checks.duplicate_layers import copies, is_random
from initscope.rules.checks.gain_mismatch import changes, severity
from initscope.rules.checks.recurrent_scale import radius
from initscope.rules.checks.saturated_units import mean_slope, most_stuck, stuck_share
from initscope.rules.checks.unscaled_residual import late_growth
from initscope.rules.examples import Built, deep
from initscope.rules.examples_of_weights import biased, encoder, holding
from initscope.rules.scales import Z, compounded, is_centred, matching, tolerance


def evidence(built: Built) -> Evidence:
    """Observe an example."""
    model, args, options = built
    trace = observe(model, *args, **options)
    return Evidence(trace, None, inventory(model, trace))


def found(code: str, built: Built) -> list[Finding]:
    """Run one rule."""
    chosen = rule(code)
    return list(chosen.find(chosen, evidence(built)))


def parameter(tensor: torch.Tensor) -> Parameter:
    """Measure a tensor as the only parameter of a module."""
    module = nn.Module()
    module.weight = nn.Parameter(tensor)
    module.forward = module.weight.sum
    return observe(module).parameters[0]


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.7, 0.95])
def test_two_inputs_are_off_as_the_arcsine_law_says(correlation: float) -> None:
    """P(both off) is 1/4 + asin(c) / (2 pi), exactly."""
    expected = 0.25 + math.asin(correlation) / (2 * math.pi)
    assert all_off(correlation, 2) == pytest.approx(expected, rel=1e-6)


def test_many_inputs_are_off_as_simulated() -> None:
    """A hundred thousand units agree, within four binomial standard errors."""
    generator, units = np.random.default_rng(0), 100_000
    shared = generator.standard_normal((units, 1)) * math.sqrt(0.9)
    own = generator.standard_normal((units, 16)) * math.sqrt(0.1)
    simulated, exact = float(((shared + own) < 0).all(1).mean()), all_off(0.9, 16)
    assert abs(simulated - exact) < 4 * math.sqrt(exact * (1 - exact) / units)


def test_mean_slope_of_tanh_and_sigmoid() -> None:
    """1 - E[y^2] is the mean of the derivative over its largest value."""
    layer = nn.Sequential(nn.Linear(1, 1, bias=False), nn.Tanh(), nn.Sigmoid())
    nn.init.ones_(layer[0].weight)
    x = torch.randn(1000, 1, generator=torch.Generator().manual_seed(0))
    _, tanh, sigmoid = observe(layer, x).operations
    assert tanh.forward is not None
    assert sigmoid.forward is not None
    first = (1 - x.tanh() ** 2).mean()
    second = 4 * (x.tanh().sigmoid() * (1 - x.tanh().sigmoid())).mean()
    assert mean_slope(tanh.forward, -1.0, 1.0) == pytest.approx(float(first), rel=1e-5)
    assert mean_slope(sigmoid.forward, 0.0, 1.0) == pytest.approx(float(second), rel=1e-5)


@pytest.mark.parametrize("std", [2.0, 8.0, 30.0])
def test_alike_inputs_do_not_look_stuck(std: float) -> None:
    """Normal preactivations that all inputs share stay within the share that their slope allows."""
    x = std * torch.randn(1, 4096, generator=torch.Generator().manual_seed(0)).expand(8, -1)
    layer = nn.Sequential(nn.Linear(4096, 1, bias=False))
    trace = observe(nn.Sequential(nn.Tanh(), layer), x)
    signal = trace.operations[0].forward
    assert signal is not None
    limit = most_stuck(mean_slope(signal, -1.0, 1.0), signal.units)
    assert 0 < stuck_share(signal, -1.0, 1.0) <= limit


def test_a_variance_lies_within_its_tolerance() -> None:
    """Of 200 draws of 512 normal values none lies four standard errors away, nor has a mean."""
    generator = torch.Generator().manual_seed(0)
    draws = [parameter(torch.randn(32, 16, generator=generator) / 4) for _ in range(200)]
    assert tolerance(draws[0]) == pytest.approx(Z * math.sqrt(2 / 512))
    assert all(is_centred(each) for each in draws)
    assert all(matching(each, {8, 16}, {"two": 2.0, "one": 1.0}) == "one" for each in draws)
    assert not any(matching(each, {16}, {"two": 2.0}) for each in draws)
    assert not any(matching(each, {32}, {"one": 1.0}) for each in draws)


def test_factors_compound_whatever_their_direction() -> None:
    """A factor of two and one of a half are both a change by two."""
    assert compounded([2.0, 0.5, 1.0]) == pytest.approx(4.0)


@pytest.mark.parametrize("fill", ["normal", "orthogonal", "identity", "mean"])
def test_radius_is_the_largest_eigenvalue(fill: str) -> None:
    """It is the eigenvalue's size, up to the circular law's edge of a few times 1 / sqrt(n)."""
    n, generator = 256, torch.Generator().manual_seed(0)
    matrix = 0.7 * torch.randn(n, n, generator=generator) / math.sqrt(n)
    if fill == "orthogonal":
        matrix = torch.linalg.qr(matrix)[0]
    if fill == "identity":
        matrix = 0.5 * torch.eye(n)
    if fill == "mean":
        matrix += 0.01
    exact = float(torch.linalg.eigvals(matrix).abs().max())
    assert radius(parameter(matrix), n) == pytest.approx(exact, rel=2 / math.sqrt(n))


def test_growth_of_a_stream() -> None:
    """Linear growth doubles over the second half, geometric growth does not stop."""
    assert late_growth([(k + 1) / k for k in range(1, 100)]) == pytest.approx(2.0, rel=0.02)
    assert late_growth([1.5] * 20) == pytest.approx(1.5**10)


@pytest.mark.parametrize(("fed_by", "variance", "factor"), [("relu", 2.0, 1.0), ("relu", 1.0, 0.5)])
def test_gain_of_relu_needs_no_scale(fed_by: str, variance: float, factor: float) -> None:
    """He's gain keeps signal and gradient of ReLU at any second moment, and one halves them."""
    for q in (1e-6, 1.0, 1e6):
        assert np.exp(changes(fed_by, variance, q)) == pytest.approx([factor, factor])


def test_severity_grows_with_the_change() -> None:
    """Ten is told, a thousand warned of, a hundred million an error."""
    assert [severity(each) for each in (10.0, 1e4, 1e9)] == ["info", "warning", "error"]


def test_copies_up_to_a_factor() -> None:
    """Copies and multiples are found, other draws, identities and signs are not."""
    generator = torch.Generator().manual_seed(0)
    one, other = (torch.randn(8, 8, generator=generator) for _ in range(2))
    group = copies([parameter(each) for each in (one, other, 3 * one)])
    assert [len(each) for each in group] == [2]
    assert not is_random(parameter(torch.eye(8)))
    assert not is_random(parameter(one.sign()))


def test_encoder_names_its_layers() -> None:
    """PyTorch's encoder gives one finding, which names the layers."""
    (finding,) = found("PAR003", encoder())
    assert "layers.0, layers.1, layers.2, layers.3" in finding.message


def test_subnormal_numbers_are_counted() -> None:
    """Their share is that of numbers below the smallest normal float32; zeros are none."""
    assert parameter(torch.tensor([[1e-41, 0.0], [1.0, 2e-38]])).subnormal == 0.25
    (finding,) = found("PAR004", holding(1e-41))
    assert "never written" in finding.message


def test_half_dead_units_are_half() -> None:
    """Half of the units at a bias of -10 are off, and few others."""
    (finding,) = found("UNI002", biased("relu", 3, 0.5, -10.0))
    assert 0.5 <= float(finding.measured.split("%")[0]) / 100 < 0.65


def test_zeros_are_one_finding() -> None:
    """Of zeros everywhere the constant weights are the cause, the rest is told with them."""
    observed = evidence(deep("tanh", 3, "zeros"))
    own = [each for each in rules() if each.code.startswith(("UNI", "PAR", "SIG"))]
    codes = [each.code for each in findings(observed, own)]
    assert codes == ["PAR001"]


def test_wrong_gain_is_the_cause_of_vanishing() -> None:
    """Xavier under ReLU at depth 30 is one finding, the vanishing signal told with it."""
    (finding,) = findings(
        evidence(deep("relu", 30, "glorot_normal")), [rule("SIG001"), rule("PAR005")]
    )
    assert finding.code == "PAR005"
    assert any(each.startswith("SIG001") for each in finding.also)
