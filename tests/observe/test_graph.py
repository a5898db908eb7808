"""The graph: producers, parameters behind operands, activations however they are written."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional

from initscope import InputError
from initscope.observe import KINDS, Gate, observe
from initscope.observe.kinds import TABLE


class Calls(nn.Module):
    """A module that calls a function, after a linear layer."""

    def __init__(self, function, width=8) -> None:
        super().__init__()
        self.fc = nn.Linear(6, width)
        self.weight = nn.Parameter(torch.randn(width, width))
        self.function = function

    def forward(self, x):
        return self.function(self.fc(x))


X = torch.randn(5, 6, generator=torch.Generator().manual_seed(3))

WRITTEN = {
    "relu": lambda x: x.clamp(min=0),
    "relu ": lambda x: torch.maximum(x, torch.tensor(0.0)),
    "silu": lambda x: x * torch.sigmoid(x),
    "silu ": lambda x: x / (1 + torch.exp(-x)),
    "mish": lambda x: x * torch.tanh(functional.softplus(x)),
    "gelu": lambda x: x * 0.5 * (1.0 + torch.erf(x / math.sqrt(2.0))),
    "gelu_tanh": lambda x: (
        0.5 * x * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * torch.pow(x, 3.0))))
    ),
    "quick_gelu": lambda x: x * torch.sigmoid(1.702 * x),
    "hardswish": lambda x: x * functional.relu6(x + 3) / 6,
    "relu_squared": lambda x: torch.square(functional.relu(x)),
    "relu_squared ": lambda x: torch.relu(x) * torch.relu(x),
    "relu6": lambda x: torch.clamp(x, 0, 6),
    "hardtanh": lambda x: x.clip(-1, 1),
    "leaky_relu(a=0.2)": lambda x: torch.maximum(x, 0.2 * x),
    "sigmoid": lambda x: 1 / (1 + torch.exp(-x)),
    "tanh": lambda x: 2 * torch.sigmoid(2 * x) - 1,
}

CALLED = {
    "relu": [nn.ReLU(inplace=True), torch.relu_, functional.relu, lambda x: x.relu()],
    "leaky_relu": [nn.LeakyReLU()],
    "leaky_relu(a=0.2)": [nn.LeakyReLU(0.2), lambda x: functional.leaky_relu_(x, 0.2)],
    "gelu": [nn.GELU(), functional.gelu],
    "gelu_tanh": [nn.GELU("tanh")],
    "silu": [nn.SiLU(inplace=True), functional.silu],
    "elu(alpha=0.5)": [nn.ELU(0.5), lambda x: functional.elu_(x, alpha=0.5)],
    "hardtanh(min_val=-2, max_val=2)": [nn.Hardtanh(-2, 2)],
    "softplus": [nn.Softplus()],
    "tanh": [nn.Tanh(), torch.tanh, torch.Tensor.tanh_],
    "sigmoid": [nn.Sigmoid(), torch.special.expit],
    "prelu": [nn.PReLU()],
    "selu": [nn.SELU()],
    "celu": [nn.CELU()],
    "mish": [nn.Mish()],
    "hardswish": [nn.Hardswish()],
    "relu6": [nn.ReLU6()],
    "softsign": [nn.Softsign()],
    "sin": [torch.sin],
    "erf": [torch.erf],
}


@pytest.mark.parametrize(
    ("name", "function"), [(name, each) for name, group in CALLED.items() for each in group]
)
def test_one_event_for_one_activation(name, function):
    """Functions, methods, modules and in-place calls are one operation with one name."""
    trace = observe(Calls(function), X)
    assert [row.kind for row in trace.operations] == ["linear", "activation"]
    assert trace.operations[1].activation == name
    assert trace.operations[1].producers == (0,)


@pytest.mark.parametrize("name", WRITTEN)
def test_a_written_out_activation_is_known_by_its_curve(name):
    """The last call stands for the activation, and its producer is the activation's argument."""
    trace = observe(Calls(WRITTEN[name]), X)
    last = trace.operations[-1]
    assert (last.kind, last.activation, last.producers) == ("activation", name.strip(), (0,))
    assert all(row.part_of == last.index for row in trace.operations[1:-1])
    assert trace.consumers(0) == (last,)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x + torch.tanh(x),
        lambda x: x * 2,
        lambda x: x * torch.sigmoid(x.flip(0)),
        lambda x: x[:, :4] * torch.sigmoid(x[:, 4:]),
        lambda x: x.chunk(2, -1)[0] * torch.sigmoid(x.chunk(2, -1)[1]),
    ],
)
def test_what_is_no_activation_is_not_taken_for_one(function):
    """Residual sums, scalings and gates stay what they are."""
    trace = observe(Calls(function), X)
    assert trace.operations[-1].kind in {"add", "multiply"}
    assert all(row.part_of is None for row in trace.operations)


def test_gates_are_found():
    """silu(a) * b, where both come from one projection, is a gated product."""

    def swiglu(x):
        a, b = x.chunk(2, dim=-1)
        return functional.silu(a) * b

    trace = observe(Calls(swiglu), X)
    functions = [row.function for row in trace.operations]
    assert functions == ["linear", "chunk", "silu", "mul"]
    assert trace.gates() == (Gate(product=3, activation=2, other=1),)
    assert trace.origin(1) == 0


def test_a_write_is_seen_by_every_view_of_the_memory():
    """After a write into one piece, readers of the whole depend on it; other pieces do not."""

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(6, 8)

        def forward(self, x):
            h = self.fc(x)
            left, right = h[:, :4], h[:, 4:]
            whole = h.view(5, 2, 4)
            left.relu_()
            return torch.tanh(right), torch.sigmoid(whole), torch.erf(left)

    trace = observe(Model(), X)
    place = {row.function: row for row in trace.operations}
    slices = [row.index for row in trace.operations if row.function == "getitem"]
    relu = place["relu"].index
    assert place["relu"].producers == (slices[0],)
    assert place["tanh"].producers == (slices[1],)
    assert place["sigmoid"].producers == place["erf"].producers == (relu,)


def test_assignment_to_a_slice_makes_a_new_version():
    """x[i] = v depends on both; who reads x afterwards depends on the assignment."""

    def assign(h):
        v = torch.tanh(h[:, 0])
        h = h.clone()
        h[:, 1] = v
        return h.exp()

    trace = observe(Calls(assign), X)
    place = {row.function: row for row in trace.operations}
    setitem = place["setitem"]
    assert set(setitem.producers) == {place["clone"].index, place["tanh"].index}
    assert place["exp"].producers == (setitem.index,)


def test_parameters_are_found_through_what_was_computed_from_them():
    """Transposed, cast, sliced, merged and normalized weights lead to their parameters."""

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.randn(6, 6))
            self.packed = nn.Parameter(torch.randn(12, 6))
            self.token = nn.Parameter(torch.randn(1, 6))
            self.a, self.b = nn.Parameter(torch.randn(6, 2)), nn.Parameter(torch.randn(2, 6))
            self.normed = nn.utils.parametrizations.weight_norm(nn.Linear(6, 6))
            self.spectral = nn.utils.parametrizations.spectral_norm(nn.Linear(6, 6))

        def forward(self, x):
            x = torch.cat([self.token.expand(2, -1), x])
            x = x @ self.w.t()
            x = x @ self.w
            q, k = self.packed.chunk(2)
            x = functional.linear(x, q) + functional.linear(x, k.to(torch.float64).float())
            x = functional.linear(x, self.w + self.a @ self.b)
            return self.spectral(self.normed(x))

    trace = observe(Model(), X)
    rows = [
        (row.function, row.options.get("layout"), {use.name for use in row.parameters})
        for row in trace.operations
    ]
    norm, spectral = "normed.parametrizations.weight.", "spectral.parametrizations.weight."
    assert rows == [
        ("cat", None, {"token"}),
        ("matmul", "out_in", {"w"}),
        ("matmul", "in_out", {"w"}),
        ("linear", "out_in", {"packed"}),
        ("linear", "out_in", {"packed"}),
        ("add", None, set()),
        ("linear", "out_in", {"w", "a", "b"}),
        ("linear", "out_in", {f"{norm}original0", f"{norm}original1", "normed.bias"}),
        ("linear", "out_in", {f"{spectral}original", "spectral.bias"}),
    ]
    assert trace.parameter("w").operations == (1, 2, 6)
    assert not trace.coverage.unused_parameters


def test_tied_parameters_count_once():
    """A shared weight has one row, its other name as an alias, and both users."""

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(11, 6)
            self.head = nn.Linear(6, 11, bias=False)
            self.head.weight = self.embed.weight

        def forward(self, ids):
            return self.head(self.embed(ids))

    trace = observe(Model(), torch.tensor([[1, 2, 3], [4, 5, 6]]))
    (row,) = trace.parameters
    assert (row.name, row.aliases, row.operations) == ("embed.weight", ("head.weight",), (0, 1))
    assert trace.parameter("head.weight") is row
    with pytest.raises(InputError, match="no parameter 'tail'"):
        trace.parameter("tail")


def test_a_shared_module_has_a_call_for_each_use():
    """Keys count the calls of a reused layer, and are the same in every pass."""
    shared = nn.Linear(6, 6)
    model = nn.Sequential(shared, nn.Tanh(), shared)
    keys = [str(row.key) for row in observe(model, X).operations]
    assert keys == ["0:linear#0", "1:tanh#0", "0:linear#1"]
    assert keys == [str(row.key) for row in observe(model, X).operations]


def test_options_and_shapes_are_recorded():
    """What theory needs is there: strides, groups, eps, whose statistics a normalization uses."""
    model = nn.Sequential(
        nn.Conv2d(4, 8, 3, stride=2, padding=1, groups=2), nn.BatchNorm2d(8), nn.Dropout(0.3)
    )
    conv, norm, drop = observe(model.train(), torch.randn(2, 4, 8, 8)).operations
    assert conv.input_shapes == ((2, 4, 8, 8), (8, 2, 3, 3), (8,))
    assert conv.output_shapes == ((2, 8, 4, 4),)
    assert conv.options == {"stride": (2, 2), "padding": (1, 1), "dilation": (1, 1), "groups": 2}
    assert norm.options["batch_statistics"] is True
    assert norm.options["eps"] == 1e-5
    assert drop.options == {"p": 0.3, "training": True}
    norm = observe(model.eval(), torch.randn(2, 4, 8, 8)).operations[1]
    assert norm.options["batch_statistics"] is False


def test_an_operation_knows_its_line():
    """The line is the user's, outside of torch."""
    trace = observe(Calls(lambda x: x.relu()), X)
    line = trace.operations[1].source
    assert line.file == __file__
    text = Path(line.file).read_text(encoding="utf-8").splitlines()[line.line - 1]
    assert "Calls(lambda x: x.relu())" in text


@pytest.mark.parametrize(
    "function",
    [
        lambda x: torch.var_mean(x, 1)[0],
        lambda x: x[:0],
        lambda x: x.topk(2)[0],
        lambda x: torch.fft.fft(x).abs(),
        torch.vmap(lambda row: torch.tanh(row) * 2),
        torch.func.grad(lambda z: (z**2).sum()),
        lambda x: torch.autograd.grad(x.pow(2).sum(), x, create_graph=True)[0],
        lambda x: torch.tanh(x.detach(), out=torch.empty(5, 8)) + x,
        lambda x: torch.sparse.mm(torch.eye(5).to_sparse(), x),
        lambda x: torch.stack([row.relu() for row in x]),
        lambda x: x.argmax(-1),
        lambda x: torch.view_as_complex(x.view(5, 4, 2)) * 1j,
        lambda x: functional.one_hot(x.argmax(-1), 8).float() @ x.T,
        lambda x: x * torch.from_numpy(x.detach().numpy().copy()),
    ],
)
def test_what_people_write_is_observed(function):
    """Partly used outputs, empty ones, transforms, sparse, complex and whole numbers are fine."""
    trace = observe(Calls(function), X)
    assert trace.operations[0].forward.second_moment > 0
    assert trace.coverage.observed >= 1


def test_every_row_of_the_table_has_a_known_kind():
    """The kinds are a closed set."""
    assert {row.kind for row in TABLE.values()} <= set(KINDS)


def test_the_graph_alone_is_the_same_graph():
    """Without statistics nothing is measured, nothing runs backward, and the graph is the same."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.GELU(), nn.Linear(8, 3))
    x = torch.randn(5, 4)
    full, bare = observe(model, x), observe(model, x, measure=False)
    for one, other in zip(full.operations, bare.operations, strict=True):
        assert (one.key, one.producers, one.parameters) == (
            other.key,
            other.producers,
            other.parameters,
        )
        assert (one.kind, one.activation) == (other.kind, other.activation)
        assert other.forward is None
        assert other.backward is None
    assert all(parameter.gradient is None for parameter in bare.parameters)
