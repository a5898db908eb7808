"""Real architectures, held to hooks set by hand on a plain run, and to autograd."""

from __future__ import annotations

import copy
import dataclasses
from collections import Counter

import pytest
import torch
import transformers
from torch import nn
from torch.nn import functional

from initscope.observe import Trace, observe

# Float32 rounding through a few dozen layers, computed twice in the same order.
CLOSE = 1e-4

TOKENS = torch.randint(3, 40, (3, 7), generator=torch.Generator().manual_seed(0))


def gpt2():
    config = transformers.GPT2Config(
        n_layer=2, n_embd=16, n_head=2, vocab_size=50, n_positions=20,
        bos_token_id=0, eos_token_id=0, loss_type="ForCausalLM",
    )  # fmt: skip
    return transformers.GPT2LMHeadModel(config), {"input_ids": TOKENS, "labels": TOKENS}


def bert():
    config = transformers.BertConfig(
        num_hidden_layers=2, hidden_size=16, num_attention_heads=2, intermediate_size=24,
        vocab_size=50, max_position_embeddings=20, num_labels=3,
        problem_type="single_label_classification", loss_type="ForSequenceClassification",
    )  # fmt: skip
    inputs = {
        "input_ids": TOKENS,
        "attention_mask": (TOKENS > 5).long(),
        "labels": torch.tensor([0, 2, 1]),
    }
    return transformers.BertForSequenceClassification(config), inputs


def t5():
    config = transformers.T5Config(
        num_layers=2, d_model=16, num_heads=2, d_kv=8, d_ff=24, vocab_size=50,
        feed_forward_proj="gated-gelu", decoder_start_token_id=0, tie_word_embeddings=True,
    )  # fmt: skip
    return transformers.T5ForConditionalGeneration(config), {"input_ids": TOKENS, "labels": TOKENS}


def vit():
    config = transformers.ViTConfig(
        num_hidden_layers=2, hidden_size=16, num_attention_heads=2, intermediate_size=24,
        image_size=8, patch_size=4, num_labels=3,
        problem_type="single_label_classification", loss_type="ForImageClassification",
    )  # fmt: skip
    images = torch.randn(3, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    model = transformers.ViTForImageClassification(config)
    return model, {"pixel_values": images, "labels": torch.tensor([0, 2, 1])}


def weighted(model):
    """Modules without children and with a weight of their own, which make one output each."""
    for name, module in model.named_modules():
        if hasattr(module, "weight") and not list(module.children()):
            yield name, module


def by_hand(model, inputs):
    """Capture the outputs of modules in a plain run, and take their gradients."""
    captured: list[tuple[str, torch.Tensor]] = []
    for name, module in weighted(model):
        module.register_forward_hook(
            lambda _module, _inputs, out, name=name: captured.append((name, out))
        )
    loss = model(**inputs).loss
    gradients = torch.autograd.grad(loss, [out for _name, out in captured], allow_unused=True)
    return loss.item(), captured, gradients


def measured(trace: Trace) -> dict[str, list]:
    """The operations that use a parameter, by module and in order."""
    found: dict[str, list] = {}
    for row in trace.operations:
        if row.parameters and row.forward is not None:
            found.setdefault(row.module, []).append(row)
    return found


@pytest.mark.parametrize("build", [gpt2, bert, t5, vit])
def test_a_transformer_is_measured_as_by_hand(build):
    """Forward and gradient moments of every layer equal those of hooks on a plain run."""
    torch.manual_seed(0)
    model, inputs = build()
    model.eval()
    trace = observe(model, **inputs)
    loss, captured, gradients = by_hand(copy.deepcopy(model), inputs)
    assert trace.objective == "output"
    assert trace.loss == pytest.approx(loss, rel=CLOSE)
    found = measured(trace)
    calls: Counter[str] = Counter()
    assert captured
    for (name, out), gradient in zip(captured, gradients, strict=True):
        row = found[name][-1] if len(found[name]) <= calls[name] else found[name][calls[name]]
        calls[name] += 1
        if row.kind in {"linear", "embedding", "convolution", "normalization"}:
            exact = out.detach().double()
            assert row.forward.second_moment == pytest.approx((exact**2).mean().item(), rel=CLOSE)
            assert row.forward.maximum == pytest.approx(exact.max().item(), rel=CLOSE)
            expected = (gradient.double() ** 2).mean().item()
            assert row.backward.second_moment == pytest.approx(expected, rel=1e-3), name
    model(**inputs).loss.backward()
    for name, parameter in model.named_parameters():
        expected = (parameter.grad.double() ** 2).mean().item()
        assert trace.parameter(name).gradient.second_moment == pytest.approx(
            expected, rel=CLOSE, abs=1e-20
        )


@pytest.mark.parametrize(
    ("build", "attention", "activations", "unused"),
    [
        (gpt2, 2, {"gelu_tanh": 2}, set()),
        (bert, 2, {"gelu": 2, "tanh": 1}, set()),
        (t5, None, {"gelu_tanh": 4}, set()),
        (vit, 2, {"gelu": 2}, set()),
    ],
)
def test_a_transformer_is_covered(build, attention, activations, unused):
    """Every parameter is used, nothing is opaque, activations have their names."""
    model, inputs = build()
    trace = observe(model.eval(), **inputs)
    assert trace.coverage.unused_parameters == ()
    assert trace.coverage.opaque == {}
    assert trace.coverage.other == {}
    found = Counter(
        row.activation for row in trace.operations if row.activation and row.part_of is None
    )
    assert {name: found[name] for name in activations} == activations
    if attention is not None:
        assert sum(row.kind == "attention" for row in trace.operations) == attention
    for row in trace.operations:
        assert all(producer < row.index for producer in row.producers)


def test_t5_has_gates_and_tied_embeddings():
    """The gated feed-forward layers of encoder and decoder are found; four names are one weight."""
    model, inputs = t5()
    trace = observe(model.eval(), **inputs)
    gates = [trace.operations[gate.product].module for gate in trace.gates()]
    assert len(gates) == 4
    assert all("DenseReluDense" in module for module in gates)
    shared = trace.parameter("shared.weight")
    assert {"encoder.embed_tokens.weight", "decoder.embed_tokens.weight"} <= set(shared.aliases)


def test_gpt2_weights_are_seen_in_their_own_layout():
    """Conv1D keeps its weight as (in, out); the activation consumes the first projection."""
    model, inputs = gpt2()
    trace = observe(model.eval(), **inputs)
    (index,) = trace.parameter("transformer.h.0.mlp.c_fc.weight").operations
    row = trace.operations[index]
    assert (row.kind, row.options["layout"]) == ("linear", "in_out")
    assert [each.activation for each in trace.consumers_past_views(index)] == ["gelu_tanh"]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("need_weights", [True, False])
def test_multihead_attention_is_opened(training, need_weights):
    """Both paths show the packed projection, the product and the output projection."""

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

        def forward(self, x):
            return self.attention(x, x, x, need_weights=need_weights)[0]

    model, x = Model().train(mode=training), torch.randn(3, 5, 8)
    trace = observe(model, x)
    kinds = [row.kind for row in trace.operations if row.kind not in {"view", "multiply"}]
    product = ["matmul", "softmax", "matmul"] if need_weights else ["attention"]
    tail = ["reduction"] if need_weights else []
    assert kinds == ["linear", *product, "linear", *tail]
    assert not trace.coverage.unused_parameters
    assert not trace.coverage.unused_modules
    last = [row for row in trace.operations if row.kind == "linear"][-1]
    expected = (model(x).detach().double() ** 2).mean().item()
    assert last.forward.second_moment == pytest.approx(expected, rel=CLOSE)


def test_a_transformer_encoder_in_eval_is_seen_despite_its_fast_path():
    """The fused kernel is not taken while observed; its parts are."""
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True)
    model, x = (
        nn.TransformerEncoder(layer, 2, enable_nested_tensor=False).eval(),
        torch.ones(2, 5, 8),
    )
    trace = observe(model, x + torch.randn(2, 5, 8))
    counts = Counter(row.kind for row in trace.operations)
    assert counts["attention"] == 2
    assert counts["linear"] == 8
    assert not trace.coverage.unused_parameters


def test_autocast_is_seen_as_it_computes():
    """Under bfloat16 autocast outputs are bfloat16, and are summed in float32."""

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc1, self.norm, self.fc2 = nn.Linear(6, 8), nn.LayerNorm(8), nn.Linear(8, 3)

        def forward(self, x):
            with torch.autocast("cpu", torch.bfloat16):
                return self.fc2(self.norm(functional.relu(self.fc1(x))))

    model, x = Model(), torch.randn(16, 6)
    trace = observe(model, x)
    assert trace.operations[0].dtype == "bfloat16"
    with torch.autocast("cpu", torch.bfloat16):
        hidden = model.fc1(x)
    assert trace.operations[0].forward.second_moment == pytest.approx(
        (hidden.detach().double() ** 2).mean().item(), rel=1e-5
    )
    assert trace.parameter("fc1.weight").gradient.second_moment > 0
    assert trace.parameter("fc1.weight").operations == (0,)
    with torch.autocast("cpu", torch.bfloat16):
        outside = observe(model, x)
    assert outside.operations[0].forward == trace.operations[0].forward


@pytest.mark.parametrize("layer", [nn.RNN, nn.GRU, nn.LSTM])
def test_recurrent_layers_are_one_operation(layer):
    """All weights of all layers and directions belong to it, also with packed sequences."""

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.head = layer(3, 5, num_layers=2, bidirectional=True), nn.Linear(10, 1)

        def forward(self, x):
            x = nn.utils.rnn.pack_padded_sequence(x, torch.tensor([4, 3]))
            out, _state = self.rnn(x)
            return self.head(nn.utils.rnn.pad_packed_sequence(out)[0])

    trace = observe(Model(), torch.randn(4, 2, 3))
    (row,) = [row for row in trace.operations if row.kind == "recurrent"]
    assert len(row.parameters) == 16
    assert row.options["num_layers"] == 2
    assert row.options["bidirectional"] is True
    assert row.backward.second_moment > 0
    assert not trace.coverage.unused_parameters


def test_a_cell_unrolled_by_hand_is_seen_at_every_step():
    """Hidden states through time are calls of one key, each with its gradient."""

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell = nn.GRUCell(3, 5)

        def forward(self, x):
            state = torch.zeros(x.shape[1], 5)
            for step in x:
                state = self.cell(step, state)
            return state

    trace = observe(Model(), torch.randn(6, 2, 3))
    cells = [row for row in trace.operations if row.kind == "recurrent"]
    assert [str(row.key) for row in cells] == [f"cell:gru_cell#{n}" for n in range(6)]
    assert all(row.backward.second_moment > 0 for row in cells)
    assert cells[2].index in cells[3].producers


@dataclasses.dataclass
class Output:
    """What many libraries return."""

    logits: torch.Tensor
    extra: object = None


@pytest.mark.parametrize(
    "wrap",
    [
        lambda y: y,
        lambda y: (y, None),
        lambda y: [None, {"logits": y, "text": "x"}],
        Output,
        lambda y: transformers.modeling_outputs.BaseModelOutput(last_hidden_state=y),
    ],
)
def test_outputs_of_every_form_have_gradients(wrap):
    """The random direction has unit length: E|c|^2 = 1 over all outputs, within four sigma.

    The sum of squares of n normal numbers, divided by n, has the standard deviation sqrt(2 / n).
    """

    class Model(nn.Linear):
        def forward(self, x):
            return wrap(super().forward(x))

    trace = observe(Model(5, 40), torch.randn(30, 5))
    assert trace.objective == "cotangent"
    assert trace.operations[0].backward.second_moment * 1200 == pytest.approx(
        1, abs=4 * (2 / 1200) ** 0.5
    )


def test_a_loss_within_a_tuple_is_found():
    """Of (logits, loss) the single number is differentiated."""

    class Model(nn.Linear):
        def forward(self, x, targets=None):
            y = super().forward(x)
            return y, functional.cross_entropy(y, targets)

    trace = observe(Model(5, 4), torch.randn(6, 5), targets=torch.tensor([0, 1, 2, 3, 0, 1]))
    assert trace.objective == "output"
    assert trace.operations[-1].kind == "loss"


def test_without_gradients_the_forward_pass_is_observed():
    """A frozen model, or one that returns nothing, has a forward trace and a note."""
    frozen = nn.Linear(3, 2).requires_grad_(requires_grad=False)

    class Silent(nn.Linear):
        def forward(self, x):
            super().forward(x)

    for model in (frozen, Silent(3, 2)):
        trace = observe(model, torch.randn(4, 3))
        assert trace.objective == "none"
        assert trace.operations[0].backward is None
        assert "no backward pass" in trace.notes[0]
        assert trace.parameter("weight").gradient is None
