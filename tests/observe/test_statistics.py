"""Statistics are those of a plain run with captures by hand, in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from initscope.observe import Signal, observe, statistics

# A float32 sum of n terms in pairwise order is off by less than log2(n) 2^-24, below 2e-6 here.
ROUNDING = 1e-5


def reference(values: torch.Tensor, axis: int) -> dict[str, object]:
    exact = values.detach().double()
    units = exact.movedim(axis, 0).flatten(1)
    members = exact.flatten(1)
    unit = members / members.norm(dim=1, keepdim=True)
    off = ~torch.eye(len(unit), dtype=torch.bool)
    return {
        "mean": float(exact.mean()),
        "second_moment": float((exact**2).mean()),
        "minimum": float(exact.min()),
        "maximum": float(exact.max()),
        "unit_minimum": units.amin(1).numpy(),
        "unit_maximum": units.amax(1).numpy(),
        "cosine": float((unit @ unit.T)[off].mean()),
        "squared_norm": float((members**2).mean()),
    }


def signal_of(values: torch.Tensor, axis: int) -> Signal:
    (found,) = statistics.signals(values.unsqueeze(0), axis)
    return found


def test_a_perceptron_is_measured_as_by_hand():
    """Every layer's forward and backward statistics equal those of a plain float64 computation."""
    torch.manual_seed(0)
    weights = [torch.randn(20, 12), torch.randn(20, 20), torch.randn(4, 20)]
    layers = [nn.Linear(w.shape[1], w.shape[0]) for w in weights]
    model = nn.Sequential(layers[0], nn.ReLU(), layers[1], nn.Tanh(), layers[2])
    x = torch.randn(16, 12)
    trace = observe(model, x, loss=lambda y: (y**2).mean())
    copy = [layer.double() if isinstance(layer, nn.Linear) else layer for layer in model]
    captured, h = [], x.double()
    for layer in copy:
        h = layer(h)
        captured.append(h)
    gradients = torch.autograd.grad((h**2).mean(), [*captured, *model.parameters()])
    assert trace.loss == pytest.approx(((h**2).mean().item()), rel=ROUNDING)
    for row, values, gradient in zip(trace.operations, captured, gradients, strict=False):
        for name, expected in reference(values, -1).items():
            found = getattr(row.forward, name)
            assert found == pytest.approx(expected, rel=ROUNDING, abs=ROUNDING), (row.key, name)
        assert row.backward.second_moment == pytest.approx(
            ((gradient**2).mean().item()), rel=ROUNDING
        )
        largest = gradient.abs().amax(0)
        assert row.backward.maximum == pytest.approx(largest.max().item(), rel=ROUNDING)
        if row.index in {0, 2}:  # an activation follows
            np.testing.assert_allclose(row.backward.unit_maximum, largest, rtol=ROUNDING, atol=1e-9)
        else:
            assert row.backward.unit_maximum is None
    for row, gradient in zip(trace.parameters, gradients[len(captured) :], strict=True):
        assert row.gradient.second_moment == pytest.approx(
            ((gradient**2).mean().item()), rel=ROUNDING
        )
        assert row.gradient.maximum == pytest.approx(gradient.abs().max().item(), rel=ROUNDING)


def test_a_convnet_is_measured_before_later_in_place_changes(convnet, images, by_key):
    """Units are channels; a convolution's output is measured before ReLU overwrites its successor.

    The reference computes the stem and the first block without in-place calls.
    """
    trace = observe(convnet, images)
    block = convnet.blocks[0]
    stem = convnet.stem(images).relu()
    conv1 = block.conv1(stem)
    norm1 = block.norm1(conv1)
    branch = block.norm2(block.conv2(norm1.relu()))
    for key, values in {
        "stem:conv2d#0": convnet.stem(images),
        "blocks.0.conv1:conv2d#0": conv1,
        "blocks.0.norm1:batch_norm#0": norm1,
        "blocks.0.relu:relu#0": norm1.relu(),
        "blocks.0.norm2:batch_norm#0": branch,
        "blocks.0:add#0": branch + stem,
        "blocks.0.relu:relu#1": (branch + stem).relu(),
    }.items():
        row = by_key(trace, key)
        for name, expected in reference(values, 1).items():
            found = getattr(row.forward, name)
            assert found == pytest.approx(expected, rel=1e-4, abs=1e-5), (key, name)


def test_gradients_pass_in_place_operations(by_key):
    """Gradients before and after writes in place, also into a view, are autograd's."""

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(6, 8)

        def forward(self, x):
            h = self.fc(x)
            h.neg_()
            flat = h.view(-1)
            flat.tanh_()
            return h * 2

    model, x = Model(), torch.randn(5, 6)
    trace = observe(model, x, loss=lambda y: (y**3).sum())
    z = model.fc(x)
    a = -z
    t = a.tanh()
    expected = torch.autograd.grad(((2 * t) ** 3).sum(), [z, a, t])
    for key, gradient in zip((":neg#0", ":tanh#0"), expected[1:], strict=True):
        assert by_key(trace, key).backward.second_moment == pytest.approx(
            ((gradient**2).mean().item()), rel=ROUNDING
        )
    first = by_key(trace, "fc:linear#0")
    assert first.backward.second_moment == pytest.approx(
        float((expected[0] ** 2).mean()), rel=ROUNDING
    )
    assert by_key(trace, ":neg#0").in_place
    assert by_key(trace, ":mul#0").producers == (by_key(trace, ":tanh#0").index,)


@pytest.mark.parametrize("scale", [1e-30, 1e-22, 1.0, 1e22, 1e30])
def test_no_scale_is_lost(scale):
    """The second moment is right where a float32 sum of squares under- or overflows."""
    x = torch.randn(32, 10, dtype=torch.float64)
    found = signal_of((x * scale).float(), -1)
    assert found.second_moment == pytest.approx(float((x**2).mean()) * scale**2, rel=1e-4)
    assert found.nonfinite == 0
    assert found.cosine == pytest.approx(reference(x[::2], -1)["cosine"], abs=1e-4)


def test_non_finite_elements_are_counted_and_left_out():
    """Moments and extremes are over finite elements."""
    x = torch.tensor([[1.0, float("nan"), 3.0], [float("inf"), 5.0, -float("inf")]])
    found = signal_of(x, -1)
    assert found.nonfinite == 0.5
    assert (found.mean, found.second_moment) == pytest.approx((3.0, 35 / 3))
    assert (found.minimum, found.maximum) == (1.0, 5.0)
    (gradient,) = statistics.gradients(x.unsqueeze(0), -1)
    assert gradient.unit_maximum.tolist() == [1.0, 5.0, 3.0]


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.integers(1, 6), min_size=0, max_size=4),
    st.sampled_from([torch.float16, torch.bfloat16, torch.float32, torch.float64]),
    st.booleans(),
)
def test_any_shape_and_type_is_measured(shape, dtype, transposed):
    """Halves are summed in float32: the mean square is exact to float32's rounding."""
    x = torch.randn(shape, generator=torch.Generator().manual_seed(0)).to(dtype)
    x = x.transpose(0, -1) if transposed and x.dim() > 1 else x
    axis = 1 if x.dim() > 2 else -1
    found = signal_of(x, axis)
    exact = x.double()
    assert found.second_moment == pytest.approx(float((exact**2).mean()), rel=ROUNDING)
    assert found.maximum == float(exact.max())
    assert found.units == (x.shape[axis] if x.dim() else 1)


def test_equal_rows_have_equal_sketches():
    """Duplicate rows show in sketches; others differ."""
    torch.manual_seed(0)
    layer = nn.Linear(70, 6)
    with torch.no_grad():
        layer.weight[3] = layer.weight[1]
        layer.bias[3] = layer.bias[1]
    trace = observe(layer, torch.randn(200, 70))
    weight = trace.parameter("weight")
    assert weight.row_sketch[3] == pytest.approx(weight.row_sketch[1], rel=1e-5)
    gaps = np.abs(np.diff(np.sort(np.delete(weight.row_sketch, 3))))
    assert (gaps > 1e-5).all()


def test_parameters_are_measured():
    """Mean, standard deviation and constancy are those of NumPy, also far from zero."""
    model = nn.Sequential(nn.Linear(7, 9), nn.Linear(9, 2))
    with torch.no_grad():
        model[0].weight.add_(1000)
        model[1].weight.fill_(0.25)
        model[1].bias[0] = float("nan")
    trace = observe(model, torch.randn(3, 7))
    weight = model[0].weight.detach().double().numpy()
    row = trace.parameter("0.weight")
    assert row.mean == pytest.approx(weight.mean(), rel=1e-6)
    assert row.std == pytest.approx(weight.std(), rel=1e-3)
    assert not row.constant
    assert trace.parameter("1.weight").constant
    assert trace.parameter("1.weight").std == 0
    assert trace.parameter("1.bias").nonfinite == 0.5


def test_a_recurrent_layer_shows_its_states_through_time(by_key):
    """The mean square of the hidden state, and of its gradient, is given for every time step."""
    model, x = nn.LSTM(3, 5, batch_first=True), torch.randn(4, 7, 3)
    trace = observe(model, x, loss=lambda out: (out[0] ** 2).sum())
    (row,) = trace.operations[:1]
    states, _ = model(x)
    assert row.kind == "recurrent"
    np.testing.assert_allclose(row.forward.steps, (states**2).mean((0, 2)).detach(), rtol=ROUNDING)
    np.testing.assert_allclose(
        row.backward.steps, ((2 * states) ** 2).mean((0, 2)).detach(), rtol=1e-4
    )
    assert [use.name for use in row.parameters] == [name for name, _ in model.named_parameters()]


def test_the_inside_of_a_written_out_activation_has_no_gradient_statistics():
    """The call that ends x sigmoid(x) is measured for all, and none counts as without gradient."""

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(4, 8)

        def forward(self, x):
            h = self.fc(x)
            return h * torch.sigmoid(h)

    trace = observe(Model(), torch.randn(3, 4))
    _, inside, whole = trace.operations
    assert (inside.part_of, whole.activation) == (whole.index, "silu")
    assert inside.forward is not None
    assert inside.backward is None
    assert whole.backward is not None
    assert trace.coverage.without_gradient == 0


def test_nearly_constant_weights_in_float64_keep_their_extremes():
    """Extremes are taken in the weight's own precision: values 1e-12 apart are not one value."""
    layer = nn.Linear(4, 4, bias=False).double()
    layer.weight.data = 1 + 1e-12 * torch.rand(4, 4, dtype=torch.float64)
    found = observe(layer, torch.randn(2, 4, dtype=torch.float64)).parameters[0]
    assert not found.constant
    assert found.minimum == layer.weight.min().item()
    assert found.maximum == layer.weight.max().item()


def test_parameters_measured_together_keep_their_own_statistics():
    """Of 70 small weights of one shape and two large ones, each has those of its own numbers."""
    torch.manual_seed(0)
    small = [nn.Linear(6, 6) for _ in range(70)]
    model = nn.Sequential(*small, nn.Linear(6, 300), nn.Linear(300, 300), nn.Linear(300, 300))
    with torch.no_grad():
        for number, parameter in enumerate(model.parameters()):
            parameter.mul_(number + 1)
    trace = observe(model, torch.zeros(3, 6))
    for row, (name, parameter) in zip(trace.parameters, model.named_parameters(), strict=True):
        exact = parameter.detach().double()
        assert row.name == name
        assert (row.minimum, row.maximum) == (exact.min(), exact.max())
        assert row.mean == pytest.approx(float(exact.mean()), abs=ROUNDING * row.maximum)
        assert row.std == pytest.approx(float(exact.std(correction=0)), rel=ROUNDING)
