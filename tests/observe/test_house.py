"""The guest's house: model, inputs and generators are as they were, also after a failure."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from initscope import InputError
from initscope.observe import ObservationError, observe
from initscope.observe.house import undisturbed


class Guest(nn.Module):
    """A model that draws numbers, keeps notes, writes into buffers, and may break."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.norm, self.drop = nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Dropout(0.5)
        self.table = nn.Embedding(5, 6, max_norm=0.5)
        self.fc2 = nn.Linear(6, 2)
        self.fc2.requires_grad_(False)
        self.fc1.eval()
        self.register_buffer("count", torch.zeros(()))
        self.cache = torch.zeros(3)
        self.history: list[float] = []
        self.last = None
        self.breaks = False

    def forward(self, x):
        self.count += 1
        self.cache.fill_(7)
        self.history.append(random.random() + np.random.rand())  # noqa: S311, NPY002
        self.drop.eval()
        x.mul_(2)
        x = self.norm(self.fc1(x)) + self.table(torch.arange(len(x)))
        self.last = self.drop(x)
        self.extra = "new"
        self.register_forward_hook(lambda *_: None)
        if self.breaks:
            return self.fc2(self.last).reshape(-1, 17)
        return self.fc2(self.last)


def snapshot(model: nn.Module) -> dict[str, object]:
    """Everything of a model that can be compared, by value and by identity."""
    found: dict[str, object] = {}
    for name, module in model.named_modules():
        for key, value in vars(module).items():
            is_container = isinstance(value, dict | list | set)
            found[name, key] = (id(value), str(value) if is_container else None)
            if isinstance(value, torch.Tensor):
                found[name, key, "value"] = value.detach().clone()
    for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
        found[name] = (id(tensor), tensor.requires_grad, id(tensor.grad))
        found[name, "value"] = tensor.detach().clone()
        found[name, "grad"] = None if tensor.grad is None else tensor.grad.clone()
    return found


def same(before: dict[str, object], after: dict[str, object]) -> bool:
    return before.keys() == after.keys() and all(
        torch.equal(value, after[key]) if isinstance(value, torch.Tensor) else value == after[key]
        for key, value in before.items()
    )


def generators() -> list[object]:
    numpy = np.random.get_state()  # noqa: NPY002 - the generator that users' models draw from
    return [random.getstate(), numpy[1].tolist(), numpy[2:]]


@pytest.mark.parametrize("breaks", [False, True])
def test_nothing_of_the_model_changes(breaks):
    """Values, identities, modes, gradients, hooks, attributes, inputs and random numbers stay."""
    torch.manual_seed(0)
    model = Guest()
    model.breaks = breaks
    for parameter in model.fc1.parameters():
        parameter.grad = torch.full_like(parameter, 3.0)
    x = torch.randn(5, 4)
    kept, before = x.clone(), snapshot(model)
    global_hooks = len(torch.nn.modules.module._global_forward_hooks)
    states = generators()
    torch_state = torch.get_rng_state()
    if breaks:
        with pytest.raises(ObservationError):
            observe(model, x)
    else:
        assert observe(model, x).parameter("fc1.weight").gradient
    assert same(before, snapshot(model))
    assert torch.equal(x, kept)
    assert states == generators()
    assert torch.equal(torch_state, torch.get_rng_state())
    assert len(torch.nn.modules.module._global_forward_hooks) == global_hooks
    assert not torch.overrides._get_current_function_mode_stack()


def test_a_failure_says_how_far_it_came():
    """The message names the module, the number of operations, and the last one with its line."""
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(7, 2))
    with pytest.raises(
        ObservationError, match=r"RuntimeError in '2' after 2 operations; the last"
    ) as e:
        observe(model, torch.randn(3, 4))
    assert "1:relu#0 at " in str(e.value)
    assert "\n" not in str(e.value)
    assert isinstance(e.value.__cause__, RuntimeError)
    assert isinstance(e.value, InputError)


def test_an_interruption_is_not_hidden():
    """Ctrl-C during the pass stays Ctrl-C, and the model is restored."""

    class Interrupted(nn.Linear):
        def forward(self, x):
            self.train(mode=False)
            raise KeyboardInterrupt

    model = Interrupted(2, 2)
    with pytest.raises(KeyboardInterrupt):
        observe(model, torch.randn(1, 2))
    assert model.training


def test_hooks_that_step_an_optimizer_stay_silent():
    """A hook after gradient accumulation does not run in our backward pass, and is kept."""
    model, calls = nn.Linear(3, 2), []
    model.weight.register_post_accumulate_grad_hook(calls.append)
    assert observe(model, torch.randn(4, 3)).parameter("weight").gradient
    assert not calls
    model(torch.randn(4, 3)).sum().backward()
    assert len(calls) == 1


def test_the_callers_graph_is_neither_used_nor_freed():
    """An input that has a history of its own is cut off from it."""
    leaf = torch.randn(4, 3, requires_grad=True)
    x = leaf.exp()
    trace = observe(nn.Linear(3, 2), x)
    assert leaf.grad is None
    x.sum().backward()
    assert leaf.grad is not None
    assert trace.operations[0].producers == (-1,)


def test_gradients_are_taken_where_the_caller_has_turned_them_off():
    """Within no_grad and inference_mode the pass has gradients all the same."""
    model, x = nn.Linear(3, 2), torch.randn(4, 3)
    expected = observe(model, x).parameter("weight").gradient
    with torch.no_grad():
        assert observe(model, x).parameter("weight").gradient == expected
        assert not torch.is_grad_enabled()
    with torch.inference_mode():
        assert observe(model, x).parameter("weight").gradient == expected


def test_two_observations_are_equal():
    """With the generators restored, the same model gives the same trace, dropout included."""
    model, x = nn.Sequential(nn.Linear(4, 50), nn.Dropout(0.5), nn.Linear(50, 2)), torch.randn(8, 4)
    assert observe(model, x) == observe(model, x)


@pytest.mark.parametrize("use_reentrant", [False, True])
def test_checkpointed_operations_count_once(use_reentrant):
    """Recomputation is not seen; parameters have the gradients of the plain model."""

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b, self.c = nn.Linear(4, 6), nn.Linear(6, 6), nn.Linear(6, 2)
            self.checkpointed = True

        def inner(self, x):
            return torch.relu(self.b(x))

        def forward(self, x):
            x = self.a(x)
            if self.checkpointed:
                x = checkpoint(self.inner, x, use_reentrant=use_reentrant)
            else:
                x = self.inner(x)
            return self.c(x)

    model, x = Model(), torch.randn(5, 4)
    trace = observe(model, x)
    model.checkpointed = False
    plain = observe(model, x)
    assert [str(row.key) for row in trace.operations] == [str(row.key) for row in plain.operations]
    assert trace.parameters == plain.parameters
    assert [row.backward for row in trace.operations if row.module != "b"] == [
        row.backward for row in plain.operations if row.module != "b"
    ]
    inner = trace.operations[1]
    assert (inner.backward is None) == use_reentrant
    assert trace.coverage.custom_gradients == (("CheckpointFunctionBackward",) * use_reentrant)


def test_no_tensor_is_kept():
    """The trace holds no tensor, so that the activations can be freed."""
    import gc
    import weakref

    seen = []

    class Spy(nn.Linear):
        def forward(self, x):
            y = super().forward(x)
            seen.append(weakref.ref(y.untyped_storage()))
            self.kept = y
            return y * 2

    trace = observe(Spy(3, 4), torch.randn(2, 3))
    gc.collect()
    assert seen[0]() is None
    assert trace.operations


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: nn.LazyLinear(3), "is lazy: run the model once"),
        (lambda: nn.Linear(2, 3, device="meta"), "on the meta device"),
    ],
)
def test_a_model_without_values_is_refused(build, message):
    """Lazy and meta parameters have nothing to observe; the message says what to do."""
    with pytest.raises(InputError, match=message):
        observe(build(), torch.randn(4, 2))


def test_what_is_no_module_is_refused():
    """A function is no model."""
    with pytest.raises(InputError, match="expected a torch.nn.Module"):
        observe(torch.relu, torch.randn(2))


def test_what_is_no_loss_is_refused():
    """A loss is one number that depends on a parameter."""
    model, x = nn.Linear(3, 2), torch.randn(4, 3)
    with pytest.raises(InputError, match=r"the loss is \(4, 2\): expected a tensor of one number"):
        observe(model, x, loss=lambda y: y)
    with pytest.raises(InputError, match="depends on no parameter"):
        observe(model, x, loss=lambda y: y.detach().sum())


def disturb(model):
    with undisturbed(model):
        for parameter in model.parameters():
            parameter.grad = None
        model[1].weight.data = model[1].weight.data.double()
        torch.rand(3)


def test_what_can_be_restored_is_so_also_where_something_cannot():
    """A gradient that no longer fits its weight raises; all others and the generators come back."""
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2))
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    before, state = [each.grad for each in model.parameters()], torch.get_rng_state()
    with pytest.raises(RuntimeError, match="attempting to assign a gradient|assigned grad"):
        disturb(model)
    after = [each.grad for each in model.parameters()]
    assert [one is other for one, other in zip(before, after, strict=True)].count(False) == 1
    assert torch.equal(torch.get_rng_state(), state)
