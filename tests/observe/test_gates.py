"""Gates are those of a plain loop over time, in float64; what hides them is noted."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence

from initscope.observe import observe, recurrent

# Sums of at most 40 products in float32, then functions of slope 1 at most.
ROUNDING = 1e-5
NAMES = {
    nn.LSTM: ("input gate", "forget gate", "cell", "output gate"),
    nn.GRU: ("reset gate", "update gate", "candidate"),
    nn.RNN: ("state",),
}
KINDS = tuple(NAMES)


def freed(name, own, recurrent):
    """The biases of a gate, without what keeps the state."""
    both = own + recurrent
    if name == "input gate":
        return torch.where(both < 0, 0.0, both)
    return torch.where(both > 0, 0.0, both) if name in {"forget gate", "update gate"} else both


def step(names, weights, x, state):
    """One step of one sequence: the next state, and each gate's values as they are judged."""
    own, recurrent, *biases = (each.detach().double() for each in weights[:4])
    b, c = biases or (torch.zeros(len(own)), torch.zeros(len(own)))
    h = state[0]
    a = dict(zip(names, (own @ x).chunk(len(names)), strict=True))
    u = dict(zip(names, (recurrent @ h).chunk(len(names)), strict=True))
    b = dict(zip(names, b.chunk(len(names)), strict=True))
    c = dict(zip(names, c.chunk(len(names)), strict=True))
    true, judged = {}, {}
    for name in names:
        bend = torch.sigmoid if "gate" in name else torch.tanh
        if name == "candidate":
            true[name] = judged[name] = torch.tanh(
                a[name] + b[name] + true["reset gate"] * (u[name] + c[name])
            )
            continue
        true[name] = bend(a[name] + u[name] + b[name] + c[name])
        judged[name] = bend(a[name] + u[name] + freed(name, b[name], c[name]))
    if "cell" in names:
        cell = true["forget gate"] * state[1] + true["input gate"] * true["cell"]
        h = true["output gate"] * torch.tanh(cell)
        if len(weights) in {3, 5}:
            h = weights[-1].detach().double() @ h
        return (h, cell), judged
    if "candidate" in names:
        z = true["update gate"]
        return ((1 - z) * true["candidate"] + z * h,), judged
    return (true["state"],), judged


def reference(model, sequences, states=None):
    """Every gate's values over all sequences and times, from plain loops."""
    names = NAMES[type(model)]
    directions = 2 if model.bidirectional else 1
    found, xs = {}, [each.double() for each in sequences]
    for layer in range(model.num_layers):
        outputs = [[] for _ in xs]
        for reverse in range(directions):
            place = layer * directions + reverse
            weights = model._all_weights[place]
            weights = [getattr(model, name) for name in weights]
            for number, sequence in enumerate(xs):
                size = weights[1].shape[1], len(weights[1]) // len(names)
                state = [torch.zeros(each, dtype=torch.float64) for each in size]
                if states is not None:
                    state = [each[place, number].double() for each in states]
                hs = []
                for x in sequence.flip(0) if reverse else sequence:
                    state, gates = step(names, weights, x, state)
                    hs.append(state[0])
                    for name, values in gates.items():
                        found.setdefault((layer, bool(reverse), name), []).append(values)
                hs = torch.stack(hs)
                outputs[number].append(hs.flip(0) if reverse else hs)
        xs = [torch.cat(each, 1) for each in outputs]
    return {place: torch.stack(values) for place, values in found.items()}


def differences(gates, expected):
    """What is not as expected of the gates' statistics; the values are (steps, units)."""
    if [(each.layer, each.reverse, each.name) for each in gates] != list(expected):
        return [f"other gates: {gates}"]
    found = []
    for gate, values in zip(gates, expected.values(), strict=True):
        signal, shape = gate.values, (gate.values.elements, gate.values.units)
        if gate.activation != ("sigmoid" if "gate" in gate.name else "tanh"):
            found.append(f"{gate} is bent by {gate.activation}")
        if shape != (values.numel(), values.shape[1]):
            found.append(f"{gate} has {shape} elements and units")
            continue
        for name, by_hand in (
            ("mean", values.mean()),
            ("second_moment", values.square().mean()),
            ("minimum", values.min()),
            ("maximum", values.max()),
            ("unit_minimum", values.amin(0)),
            ("unit_maximum", values.amax(0)),
        ):
            if not np.allclose(getattr(signal, name), by_hand.numpy(), rtol=0, atol=ROUNDING):
                found.append(f"{gate}: {name} is {getattr(signal, name)}, not {by_hand}")
    return found


class Sequence(nn.Module):
    """A layer that runs on packed sequences."""

    def __init__(self, layer, packed):
        super().__init__()
        self.layer, self.packed = layer, packed

    def forward(self, _x):
        return self.layer(self.packed)[0].data


@pytest.fixture(autouse=True)
def one_seed():
    """Draw the same weights and inputs in every test."""
    torch.manual_seed(0)


def spread(model):
    """Draw weights and biases so large that gates reach their ends."""
    with torch.no_grad():
        for each in model.parameters():
            each.normal_(std=0.7)
    return model


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"bias": False},
        {"batch_first": True},
        {"num_layers": 2},
        {"bidirectional": True},
        {"num_layers": 3, "bidirectional": True, "batch_first": True},
    ],
    ids=str,
)
def test_gates_are_those_of_a_loop_over_time(kind, options):
    """Every layer's and direction's gates are those that a plain loop computes in float64."""
    model = spread(kind(5, 7, **options))
    x = torch.randn(6, 4, 5)
    (row,) = observe(model, x.transpose(0, 1) if model.batch_first else x).operations
    assert differences(row.gates, reference(model, x.unbind(1))) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layers", [1, 2])
def test_gates_of_packed_sequences_leave_padding_out(kind, layers):
    """Of sequences of unequal lengths, in any order, the steps that ran are measured alone."""
    model = spread(kind(5, 7, layers, bidirectional=True))
    sequences = [torch.randn(length, 5) for length in (2, 5, 1, 5)]
    packed = pack_sequence(sequences, enforce_sorted=False)
    trace = observe(Sequence(model, packed), torch.ones(1))
    (row,) = (row for row in trace.operations if row.kind == "recurrent")
    assert differences(row.gates, reference(model, sequences)) == []


def test_gates_of_many_packed_sequences_are_those_of_some():
    """Of nine sequences the three that are evenly spaced in order of length are measured."""
    model = spread(nn.LSTM(5, 7, 2))
    lengths = (8, 7, 7, 5, 4, 4, 3, 1, 1)
    sequences = [torch.randn(length, 5) for length in lengths]
    trace = observe(Sequence(model, pack_sequence(sequences)), torch.ones(1))
    (row,) = (row for row in trace.operations if row.kind == "recurrent")
    assert differences(row.gates, reference(model, sequences[::3])) == []


def test_gates_start_from_the_state_that_is_given():
    """The first step meets the given states, also with projections and in both directions."""
    model = spread(nn.LSTM(5, 7, 2, bidirectional=True, proj_size=3)).double()
    x = torch.randn(6, 4, 5, dtype=torch.float64)
    states = torch.randn(4, 4, 3).double(), torch.randn(4, 4, 7).double()
    (row,) = observe(model, x, states).operations
    assert differences(row.gates, reference(model, x.unbind(1), states)) == []


@pytest.mark.parametrize(
    ("kind", "single"), [(nn.LSTM, nn.LSTMCell), (nn.GRU, nn.GRUCell), (nn.RNN, nn.RNNCell)]
)
def test_gates_of_cells_in_a_loop_are_those_of_the_layer(kind, single):
    """A cell that runs once a step has the gates of that step at calls 1, 2, 3, 5, 9, ..."""

    class Loop(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell = spread(single(5, 7))

        def forward(self, steps):
            state, hs = None, []
            for x in steps:
                state = self.cell(x, state)
                hs.append(state[0] if isinstance(state, tuple) else state)
            return torch.stack(hs)

    model, x, layer = Loop(), torch.randn(6, 4, 5), kind(5, 7)
    with torch.no_grad():
        for one, other in zip(layer.parameters(), model.parameters(), strict=True):
            one.copy_(other)
    calls = [row for row in observe(model, x).operations if row.kind == "recurrent"]
    expected = reference(layer, x.unbind(1))
    assert [bool(row.gates) for row in calls] == [True, True, True, False, True, False]
    for number in (0, 1, 2, 4):
        now = {place: values[number::6] for place, values in expected.items()}
        assert differences(calls[number].gates, now) == []


def test_gates_of_a_large_batch_are_those_of_a_part_of_it():
    """Of 11 members 4 and of 26 times 7 are measured, evenly spaced."""
    model, x = spread(nn.GRU(5, 7, 2)), torch.randn(26, 11, 5)
    (row,) = observe(model, x).operations
    whole = reference(model, x[:, ::3].unbind(1))
    times = torch.arange(26) % 4 == 0
    assert differences(row.gates, {place: v[times.repeat(4)] for place, v in whole.items()}) == []


def test_gates_of_batches_are_merged():
    """Two batches have the gates of both together."""
    model, x = spread(nn.LSTM(5, 7)), torch.randn(6, 7, 5)
    (row,) = observe(model, batches=[((x[:, :3],), {}), ((x[:, 3:],), {})]).operations
    assert differences(row.gates, reference(model, x.unbind(1))) == []


def test_gates_of_functions_called_by_name_are_measured():
    """torch.gru and torch.gru_cell with their arguments by name have the gates of the layer."""
    layer, x = spread(nn.GRU(5, 7)), torch.randn(1, 4, 5)

    class Named(nn.Module):
        def __init__(self):
            super().__init__()
            self.weights = nn.ParameterList(layer.parameters())

        def forward(self, x):
            names = ("w_ih", "w_hh", "b_ih", "b_hh")
            one = torch.gru_cell(
                input=x[0], hx=torch.zeros(4, 7), **dict(zip(names, self.weights, strict=True))
            )
            how = {"num_layers": 1, "dropout": 0.0, "train": True, "bidirectional": False}
            how |= {"has_biases": True, "params": list(self.weights), "batch_first": False}
            return one + torch.gru(input=x, hx=torch.zeros(1, 4, 7), **how)[0]

    rows = [row for row in observe(Named(), x).operations if row.kind == "recurrent"]
    assert [row.function for row in rows] == ["gru_cell", "gru"]
    for row in rows:
        assert differences(row.gates, reference(layer, x.unbind(1))) == []


def test_weights_that_are_computed_have_their_gates():
    """A cell whose weights a parametrization makes anew at every call is measured as well."""
    model = spread(nn.GRUCell(5, 7))
    torch.nn.utils.parametrizations.weight_norm(model, "weight_hh")
    rows = [row for row in observe(model, torch.randn(4, 5)).operations if row.gates]
    assert [each.name for each in rows[0].gates] == list(NAMES[nn.GRU])


@pytest.mark.parametrize(("ran", "reason"), [((), "dropout"), (None, "cannot be read")])
def test_hidden_gates_are_noted_not_guessed(ran, reason, monkeypatch):
    """Where layers were not seen, or not as numbers, there are no gates, and a note says why."""
    hidden = ((torch.empty(6, 4, 5, device="meta"),) * 2,) if ran is None else ran
    monkeypatch.setattr(recurrent, "layered", lambda f, args, _kw, _named: (f(*args), hidden))
    trace = observe(nn.Sequential(nn.LSTM(5, 7)), torch.randn(6, 4, 5))
    assert trace.operations[0].gates == ()
    (note,) = trace.notes
    assert note.startswith("Gates of 0 were not measured: ")
    assert reason in note


def test_what_is_not_bounded_has_no_gates():
    """A ReLU state has no end to stand at, and a graph without statistics measures nothing."""
    x = torch.randn(6, 4, 5)
    (row,) = observe(nn.RNN(5, 7, nonlinearity="relu"), x).operations
    assert row.gates == ()
    (row,) = observe(nn.LSTM(5, 7), x, measure=False).operations
    assert row.gates == ()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dropout", [0.0, 0.5])
@pytest.mark.parametrize("order", ["time first", "batch first", "packed"])
def test_a_call_made_layer_by_layer_is_the_same_call(kind, dropout, order):
    """Outputs, final states, dropout's masks, the generator and gradients are those of one call."""
    model = kind(5, 7, 3, dropout=dropout, bidirectional=True, batch_first=order == "batch first")
    x = torch.randn(6, 4, 5)
    if order == "packed":
        x = pack_sequence([torch.randn(length, 5) for length in (6, 5, 5, 2)])
    ran = []

    class Watched(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = model

        def forward(self, _x):
            output, states = self.layer(x)
            first, *final = states if isinstance(states, tuple) else (states,)
            output = output.data if order == "packed" else output
            ran.append([each.detach() for each in (output, first, *final)])
            ran[-1].append(torch.get_rng_state())
            return output

    torch.manual_seed(1)
    loss = Watched()(x).square().mean()
    loss.backward()
    gradients = [each.grad.clone() for each in model.parameters()]
    model.zero_grad()
    torch.manual_seed(1)
    trace = observe(Watched(), torch.ones(1), loss=lambda found: found.square().mean())
    for expected, found in zip(*ran, strict=True):
        assert torch.equal(expected, found)
        assert expected.stride() == found.stride()
    assert trace.loss == loss.item()
    (row,) = (row for row in trace.operations if row.kind == "recurrent")
    assert len({(gate.layer, gate.reverse) for gate in row.gates}) == 6
    for parameter, gradient in zip(trace.parameters, gradients, strict=True):
        assert parameter.gradient.maximum == float(gradient.abs().max())
