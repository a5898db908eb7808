"""What could not be seen is counted and named; several batches are one trace."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from torch import nn

from initscope.observe import observe

X = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))


class Square(torch.autograd.Function):
    """A custom function whose forward pass NumPy computes."""

    @staticmethod
    def forward(ctx, x, weight):
        ctx.save_for_backward(x, weight)
        return torch.from_numpy((x.detach().numpy() * weight.detach().numpy()) ** 2)

    @staticmethod
    def backward(ctx, grad):
        x, weight = ctx.saved_tensors
        return grad * 2 * x * weight**2, (grad * 2 * x**2 * weight).sum(0)


class Reversed(torch.autograd.Function):
    """Gradient reversal."""

    @staticmethod
    def forward(_ctx, x):
        return x.view_as(x)

    @staticmethod
    def backward(_ctx, grad):
        return -grad


def test_unseen_functions_are_opaque_and_stay_in_the_graph():
    """A function that NumPy computes has producers, parameters, statistics and a gradient."""

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc, self.scale = nn.Linear(4, 3), nn.Parameter(torch.randn(3))

        def forward(self, x):
            return Square.apply(torch.tanh(self.fc(x)), self.scale).exp()

    trace = observe(Model(), X)
    opaque = next(row for row in trace.operations if row.kind == "opaque")
    tanh = next(row for row in trace.operations if row.function == "tanh")
    assert trace.coverage.opaque == {"SquareBackward": 1}
    assert opaque.producers == (tanh.index,)
    assert [use.name for use in opaque.parameters] == ["scale"]
    assert opaque.forward.second_moment > 0
    assert opaque.backward.second_moment > 0
    assert tanh.backward.second_moment > 0
    assert trace.operations[-1].producers == (opaque.index,)
    assert "1 opaque (SquareBackward)" in str(trace.coverage)


def test_custom_gradients_are_named():
    """A function seen inside, but with a gradient of its own, is named in the coverage."""

    class Model(nn.Linear):
        def forward(self, x):
            return Reversed.apply(super().forward(x)) * 2

    trace = observe(Model(4, 3), X)
    assert trace.coverage.custom_gradients == ("ReversedBackward",)
    assert trace.coverage.opaque == {}
    assert trace.operations[0].backward.second_moment > 0


def test_a_scripted_module_is_one_opaque_operation():
    """It is seen at its output, with its inputs, its parameters and its gradient."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.jit is deprecated in Python 3.14
        inner = torch.jit.script(nn.Sequential(nn.Linear(4, 5), nn.ReLU()))
    trace = observe(nn.Sequential(nn.Linear(4, 4), inner, nn.Linear(5, 2)), X)
    first, scripted, last = trace.operations
    assert scripted.kind == "opaque"
    assert scripted.producers == (first.index,)
    assert last.producers == (scripted.index,)
    assert {use.name for use in scripted.parameters} == {"1.0.weight", "1.0.bias"}
    assert scripted.backward.second_moment > 0
    assert not trace.coverage.unused_parameters


def test_a_compiled_model_is_observed_uncompiled():
    """The operations of a compiled model are those of the model itself; nothing is compiled."""
    model = nn.Sequential(nn.Linear(4, 5), nn.GELU(), nn.Linear(5, 2))
    plain = observe(model, X)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # importing the compiler warns of torch's own future
        compiled = observe(torch.compile(model), X)
    assert [row.forward for row in compiled.operations] == [row.forward for row in plain.operations]
    assert compiled.coverage.opaque == {}


def test_what_never_ran_is_named():
    """Parameters and modules without use are listed, containers of used ones are not."""

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 4)])
            self.spare = nn.Linear(4, 4)
            self.scalar = nn.Parameter(torch.ones(()))

        def forward(self, x):
            for layer in self.layers:
                x = layer(x)
            return x

    coverage = observe(Model(), X).coverage
    assert coverage.unused_modules == ("spare",)
    assert set(coverage.unused_parameters) == {"spare.weight", "spare.bias", "scalar"}
    assert "modules never ran: spare" in str(coverage)


def test_a_function_of_unknown_meaning_is_named_and_measured():
    """Statistics and producers do not need the table; the coverage says what it does not know."""

    class Model(nn.Linear):
        def forward(self, x):
            return torch.special.i0e(super().forward(x))

    trace = observe(Model(4, 3), X)
    assert trace.coverage.other == {"special_i0e": 1}
    assert trace.operations[1].producers == (0,)
    assert trace.operations[1].backward.second_moment > 0


def test_batches_are_merged():
    """Moments are averaged by elements, extremes united, gradients averaged."""
    model = nn.Sequential(nn.Linear(4, 5), nn.ReLU())
    other = torch.randn(9, 4) * 3
    trace = observe(model, X, batches=[((other,), {})])
    one, two = observe(model, X), observe(model, other)
    assert trace.batches == 2
    for merged, a, b in zip(trace.operations, one.operations, two.operations, strict=True):
        f, fa, fb = merged.forward, a.forward, b.forward
        assert f.elements == 15 * 5
        assert f.second_moment == pytest.approx((6 * fa.second_moment + 9 * fb.second_moment) / 15)
        assert f.maximum == max(fa.maximum, fb.maximum)
        np.testing.assert_array_equal(f.unit_minimum, np.minimum(fa.unit_minimum, fb.unit_minimum))
        assert merged.backward.maximum == max(a.backward.maximum, b.backward.maximum)
    merged, a, b = (each.operations[0].backward for each in (trace, one, two))
    np.testing.assert_array_equal(merged.unit_maximum, np.maximum(a.unit_maximum, b.unit_maximum))
    for merged, a, b in zip(trace.parameters, one.parameters, two.parameters, strict=True):
        assert merged.gradient.second_moment == pytest.approx(
            (a.gradient.second_moment + b.gradient.second_moment) / 2
        )
    assert not trace.notes


def test_batches_that_take_different_paths_are_merged_by_key():
    """An operation of one branch only counts its own batches, and the trace says so."""

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc, self.rare = nn.Linear(4, 4), nn.Linear(4, 4)

        def forward(self, x):
            if x.mean() > 0:
                x = self.rare(x)
            return self.fc(x)

    trace = observe(Model(), -X.abs(), batches=[((X.abs(),), {})])
    place = {row.module: row for row in trace.operations if row.kind == "linear"}
    assert place["fc"].batches == 2
    assert place["rare"].batches == 1
    assert "Batches took different paths" in trace.notes[0]
    assert not trace.coverage.unused_parameters


def test_dead_units_show_over_all_batches():
    """A unit that is off for every input has maximum zero and gradient zero; others do not."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2))
    with torch.no_grad():
        model[0].bias[2] = -100
    trace = observe(model, X, batches=[((torch.randn(50, 4),), {})])
    linear, relu, _head = trace.operations
    assert relu.forward.unit_maximum[2] == 0
    assert (np.delete(relu.forward.unit_maximum, 2) > 0).all()
    assert linear.backward.unit_maximum[2] == 0
    assert (np.delete(linear.backward.unit_maximum, 2) > 0).all()
