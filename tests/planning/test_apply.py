"""Plans are written as they say: all or none, by name and seed alone, and nothing else."""

from __future__ import annotations

import copy
import random

import numpy as np
import pytest
import torch
from torch import nn

import initscope.planning.apply as applying
from initscope import InputError
from initscope.planning import audit, init_, plan
from initscope.planning.names import stable, unwrapped
from initscope.planning.parts import Part

SCHEMES = ["he_normal", "orthogonal", "torch", "gpt2", "zero"]


def network() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(8 * 16, 10),
    )


def values(model: nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(
        torch.equal(first[name], second[name]) for name in first
    )


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_plan_changes_nothing_and_its_application_passes_the_audit(scheme):
    """Planning reads; applying writes; the audit holds."""
    model = network()
    before = values(model)
    drawn = plan(model, scheme)
    assert same(before, values(model))
    done = drawn.apply(model, seed=3)
    assert done.ok, str(done)
    assert not same(before, values(model))
    assert hash(drawn) == hash(plan(network(), scheme))
    assert drawn == plan(network(), scheme)
    assert "4.weight" in str(drawn)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_values_depend_on_the_seed_and_the_name_alone(scheme):
    """Other layers, the order of calls and the state of generators make no difference."""
    first, second = network(), network()
    second.add_module("extra", nn.Linear(10, 10))
    torch.manual_seed(99)
    plan(first, scheme).apply(first, seed=1)
    plan(second, scheme).apply(second, seed=1)
    shared = {name: tensor for name, tensor in values(second).items() if "extra" not in name}
    assert same(values(first), shared)
    plan(first, scheme).apply(first, seed=2)
    differs = not torch.equal(first[4].weight, second[4].weight)
    assert differs == (scheme != "zero")  # Hadamard matrices have no randomness


@pytest.mark.parametrize("scheme", ["he_normal", "orthogonal", "truncated_normal(1)"])
def test_no_two_layers_are_alike(scheme):
    """Layers of the same shape get different values."""
    layer = nn.TransformerEncoderLayer(8, 2, 8, batch_first=True)
    model = nn.TransformerEncoder(layer, 3, enable_nested_tensor=False)  # deep copies of one layer
    init_(model, scheme)
    weights = [w for name, w in model.named_parameters() if name.endswith("linear1.weight")]
    assert len(weights) == 3
    assert not any(torch.equal(weights[i], weights[j]) for i in range(3) for j in range(i))


def test_everything_but_the_parameters_stays():
    """Buffers, gradients, modes, hooks, requires_grad and random states are as they were."""
    model = network()
    model[1].eval()
    model(torch.ones(2, 3, 4, 4)).sum().backward()
    model[4].bias.requires_grad_(requires_grad=False)
    before = copy.deepcopy(model)
    gradients = [p.grad for p in model.parameters()]
    states = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002
    plan(model, "he_normal", torch.ones(2, 3, 4, 4)).apply(model)
    assert torch.equal(states[0], torch.get_rng_state())
    assert (states[1] == np.random.get_state()[1]).all()  # noqa: NPY002
    assert states[2] == random.getstate()
    assert [m.training for m in model.modules()] == [m.training for m in before.modules()]
    assert all(p.grad is g for p, g in zip(model.parameters(), gradients, strict=True))
    assert all(torch.equal(a, b) for a, b in zip(model.buffers(), before.buffers(), strict=True))
    assert [p.requires_grad for p in model.parameters()] == [
        p.requires_grad for p in before.parameters()
    ]


@pytest.mark.parametrize("error", [RuntimeError("out of memory"), KeyboardInterrupt()])
def test_a_failure_in_the_middle_leaves_the_old_values(monkeypatch, error):
    """The third parameter fails; the two that were written have their old values again."""
    model = network()
    before = values(model)
    fill, calls = Part.fill, []

    def failing(part: Part, seed: int, name: str) -> None:
        calls.append(name)
        fill(part, seed, name)
        if len(calls) == 3:
            raise error

    monkeypatch.setattr(Part, "fill", failing)
    with pytest.raises(type(error)):
        plan(model, "he_normal").apply(model)
    assert len(calls) == 3
    assert same(before, values(model))


def test_without_undo_no_copy_is_held(monkeypatch):
    """Old values are not kept where the caller says so."""
    model = network()
    drawn = plan(model, "he_normal")
    monkeypatch.setattr(applying, "_copies", lambda *_: pytest.fail("copied"))
    assert drawn.apply(model, undo=False).ok


def test_uncovered_parameters_are_refused_before_anything_is_written():
    """The error names them and shows a rule; with the rule the plan is applied."""
    model = network()
    model.register_parameter("mystery", nn.Parameter(torch.zeros(3, 3, 3)))
    before = values(model)
    with pytest.raises(InputError, match=r"uncovered: 1 \(mystery\): add a rule"):
        plan(model, "he_normal").apply(model)
    assert same(before, values(model))
    rules = [("mystery", "normal(std=0.02)")]
    assert plan(model, "he_normal", rules=rules).apply(model).ok


def test_the_first_rule_that_matches_decides_and_unused_ones_are_refused():
    """Patterns are those of file names; "keep" leaves a parameter as it is."""
    model = network()
    kept = model[0].bias.detach().clone()
    rules = [("0.bias", "keep"), ("*.bias", "ones"), ("0.*", "normal(1)"), ("head.*", "zeros")]
    drawn = plan(model, "he_normal", rules=rules)
    assert drawn.unused_rules == ("head.*",)
    assert "head.*" in str(drawn)
    with pytest.raises(InputError, match=r"no parameter is left for the rule 'head\.\*'"):
        drawn.apply(model)
    drawn = plan(model, "he_normal", rules=rules[:3])
    done = drawn.apply(model)
    assert done.ok
    assert torch.equal(model[0].bias, kept)
    assert bool((model[4].bias == 1).all())
    assert drawn.row("0.weight").initializer == "normal(std=1)"
    assert drawn.row("4.weight").initializer == "he_normal"


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([("*.bias", "he_normal")], "0.bias: he_normal: needs the fans of a weight"),
        ([("*", "he_nomal")], "unknown initializer 'he_nomal': did you mean 'he_normal'?"),
        (["*"], "rule '*': expected a pair of a pattern and an initializer"),
        ([("*", "zeros", 3)], "expected a pair of a pattern and an initializer"),
    ],
)
def test_rules_that_cannot_be_meant_are_refused_by_the_plan(rules, message):
    """Before anything is written, in one line."""
    with pytest.raises(InputError) as error:
        plan(network(), "he_normal", rules=rules)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_law_that_does_not_fill_a_shape_writes_nothing():
    """A convolution's law on a matrix fails on the way, and is undone."""
    model = network()
    before = values(model)
    with pytest.raises(InputError, match="dirac: fills convolutions"):
        init_(model, "dirac")
    assert same(before, values(model))


def test_frozen_parameters_are_kept_unless_a_rule_names_them():
    """What does not learn is left alone, with the reason."""
    model = network()
    model[0].weight.requires_grad_(requires_grad=False)
    before = model[0].weight.clone()
    drawn = plan(model, "he_normal")
    assert drawn.row("0.weight").reason == "frozen: requires_grad is False"
    assert drawn.apply(model).ok
    assert torch.equal(model[0].weight, before)
    plan(model, "he_normal", rules=[("0.weight", "zeros")]).apply(model)
    assert not model[0].weight.any()


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (nn.Linear(4, 3), "3 has shape"),
        (nn.Linear(4, 2, bias=False), "the model has no parameter bias"),
        (nn.Bilinear(4, 4, 2), "weight has shape (2, 4, 4), but (2, 4) in the plan"),
        (nn.Linear(5, 2), "weight has shape (2, 5), but (2, 4) in the plan"),
    ],
)
def test_another_model_is_refused(other, message):
    """Shapes and names have to be those of the plan."""
    drawn = plan(nn.Linear(4, 2), "he_normal")
    with pytest.raises(InputError) as error:
        drawn.apply(other)
    assert message.removeprefix("3 ") in str(error.value)


def test_a_model_with_more_parameters_is_refused():
    """What the plan says nothing of is named."""
    drawn = plan(nn.Linear(4, 2, bias=False), "he_normal")
    with pytest.raises(InputError, match="the plan says nothing of bias: plan this model anew"):
        drawn.apply(nn.Linear(4, 2))


def test_empty_parameters_are_left_alone():
    """A layer without inputs has nothing to draw."""
    with pytest.warns(UserWarning, match="zero-element"):
        model = nn.Linear(0, 3)
    assert init_(model, "he_normal").ok


def test_compiled_and_data_parallel_models_get_the_same_values():
    """Wrappers around a model do not change its parameters' names."""
    plain, compiled, parallel = (
        network(),
        torch.compile(network(), backend="eager"),
        nn.DataParallel(network()),
    )
    for model in (plain, compiled, parallel):
        assert init_(model, "he_normal", seed=2).ok
    assert same(values(plain), values(unwrapped(compiled)))
    assert same(values(plain), values(parallel.module))
    inner = network()
    inner[4] = torch.compile(inner[4], backend="eager")
    assert init_(inner, "he_normal", seed=2).ok
    assert same(values(plain), {stable(name): v for name, v in values(inner).items()})
    assert plan(inner, "he_normal", rules=[("4.weight", "zeros")]).unused_rules == ()


def test_a_plan_of_one_model_fits_its_wrapped_copy():
    """Plan first, wrap later."""
    drawn = plan(network(), "he_normal")
    wrapped = nn.DataParallel(torch.compile(network(), backend="eager"))
    assert drawn.apply(wrapped).ok
    assert audit(drawn, wrapped).ok


def test_scalars_learn_at_a_tenth_of_the_rate():
    """Fixup's groups hold every parameter once."""
    model = network()
    model.register_parameter("scale", nn.Parameter(torch.ones(1)))
    groups = plan(model, "he_normal").param_groups(model, 0.1)
    assert [group["lr"] for group in groups] == pytest.approx([0.1, 0.01])
    assert [id(p) for p in groups[1]["params"]] == [id(model.scale)]
    assert sum(len(group["params"]) for group in groups) == len(list(model.parameters()))


def test_class_counts_start_the_head_at_the_shares():
    """Softmax of the head's bias gives each class its share; sigmoid of one output, its odds."""
    model = network()
    counts = [50, 10, 10, 10, 5, 5, 4, 3, 2, 1]
    assert plan(model, "he_normal", class_counts=counts).apply(model).ok
    shares = torch.tensor(counts) / 100
    assert torch.allclose(model[4].bias.softmax(0), shares)
    binary = nn.Linear(3, 1)
    assert plan(binary, "he_normal", class_counts=[75, 25]).apply(binary).ok
    assert binary.bias.sigmoid().item() == pytest.approx(0.25)
    with torch.no_grad():
        binary.bias.add_(0.1)
    assert not audit(plan(binary, "he_normal", class_counts=[75, 25]), binary).ok


@pytest.mark.parametrize("counts", [[], [3], [1, 0], [1, -1], [1, float("nan")], [1, 2, 3]])
def test_class_counts_that_cannot_be_are_refused(counts):
    """Counts are two or more numbers above zero, as many as some bias has entries."""
    with pytest.raises(InputError, match="class count"):
        plan(nn.Linear(3, 2), "he_normal", class_counts=counts)


@pytest.mark.parametrize("thing", [3, "model", np.ones(3), None])
def test_what_is_no_model_and_no_tensor_is_refused(thing):
    """The error says what was received and what is expected."""
    with pytest.raises(InputError, match="received"):
        init_(thing, "he_normal")
    with pytest.raises(InputError, match="received"):
        plan(thing)


def test_a_scheme_that_needs_an_example_says_so():
    """The error shows the call."""
    with pytest.raises(InputError, match=r"needs an example: initscope.plan\(model, \"auto\", ex"):
        init_(network(), "auto")


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
def test_a_tensor_alone_has_the_law_of_its_shape(dtype):
    """In place, whatever the layout, for leaves that learn too, by seed and name alone."""
    tensor = torch.empty(40, 60, dtype=dtype, requires_grad=True)
    assert init_(tensor, "he_normal", seed=1) is tensor
    assert tensor.grad_fn is None
    expected = (2 / 60) ** 0.5
    # 2400 values: the deviation is known to 1 / sqrt(4800), 1.4%; five of these.
    assert tensor.detach().double().std().item() == pytest.approx(expected, rel=0.07)
    across = torch.empty(60, 40, dtype=dtype).mT
    assert torch.equal(init_(across, "he_normal", seed=1), tensor)
    assert not torch.equal(init_(across, "he_normal", seed=2), tensor)
    assert not torch.equal(init_(across, "he_normal", seed=1, name="other"), tensor)
    vector = init_(torch.empty(5, dtype=dtype), "ones")
    assert vector.sum() == 5


def test_tensors_that_cannot_be_filled_are_refused():
    """Whole numbers, vectors without fans and the meta device, each in one line."""
    with pytest.raises(InputError, match="expected a floating-point type"):
        init_(torch.zeros(3, 3, dtype=torch.int8), "he_normal")
    with pytest.raises(InputError, match="needs the fans"):
        init_(torch.zeros(3), "he_normal")
    with pytest.raises(InputError, match="meta device"):
        init_(torch.zeros(3, 3, device="meta"), "he_normal")
    with pytest.raises(InputError, match="unknown initializer"):
        init_(torch.zeros(3, 3), "auto")


def test_chrono_draws_input_gates_against_forget_gates():
    """b_i = -b_f, and b_f between log 1 and log(steps - 1), with a uniform memory length."""
    model = nn.LSTM(8, 200)
    assert plan(model, "chrono(steps=100)").apply(model).ok
    inputs, forget, cell, output = model.bias_ih_l0.detach().chunk(4)
    assert torch.equal(inputs, -forget)
    assert not cell.any()
    assert not output.any()
    assert not model.bias_hh_l0.any()
    lengths = forget.exp()
    assert lengths.min() >= 1
    assert lengths.max() <= 99.001
    # Of 200 uniform lengths the mean is known to 98 / sqrt(12 * 200), 2; five of these.
    assert lengths.mean().item() == pytest.approx(50, abs=10)


def test_lstm_and_irnn_have_their_biases_and_identities():
    """Forget gates start at one; an IRNN's recurrent matrix is the identity."""
    lstm, rnn = nn.LSTM(8, 6, 2, bidirectional=True), nn.RNN(8, 6, nonlinearity="relu")
    assert plan(lstm, "lstm").apply(lstm).ok
    for name in ("bias_ih_l0", "bias_ih_l1_reverse"):
        gates = lstm.get_parameter(name).detach().chunk(4)
        assert [float(gate.mean()) for gate in gates] == [0, 1, 0, 0]
    assert plan(rnn, "irnn").apply(rnn).ok
    assert torch.equal(rnn.weight_hh_l0, torch.eye(6))
    assert not rnn.bias_hh_l0.any()


@pytest.mark.parametrize("seed", [1.5, None, torch.zeros(3)])
def test_a_seed_is_an_integer(seed):
    """An example in the seed's place is no seed, and the error shows where it belongs."""
    with pytest.raises(InputError, match=r"expected an integer; an example is given by name"):
        init_(network(), "he_normal", seed)
    with pytest.raises(InputError, match="expected an integer"):
        plan(network(), "he_normal").apply(network(), seed)


def test_a_scheme_that_needs_an_example_takes_it_by_name():
    """In one call, the same values as by a plan."""
    batch = torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    one, other = network(), network()
    assert init_(one, "auto", example=batch).ok
    assert plan(other, "auto", batch).apply(other).ok
    assert same(values(one), values(other))
