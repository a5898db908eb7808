"""The built-in networks: they run, they are what they say, and bad text gets one line."""

import pytest
import torch

import initscope
from initscope import InputError
from initscope.networks import ROWS, build


@pytest.mark.parametrize(
    "text",
    [
        *(row.name for row in ROWS),
        "mlp:depth=0",
        "mlp:depth=4,norm=batch,activation=tanh,dropout=0.1",
        "mlp:depth=3,norm=rms,residual=true,branch_scale=0.5",
        "convnet:depth=2,norm=batch,residual=yes",
        "convnet:depth=2,norm=layer,activation=gelu",
        "rnn:cell=gru,layers=2",
        "rnn:cell=rnn,length=5",
        "transformer:depth=1,width=32,heads=2",
        "encoder:depth=1,width=16,heads=2,inputs=3",
        "convnet:depth=2,pooling=max",
        "convnet:depth=1,pooling=none,size=4",
    ],
)
def test_networks_run_on_their_examples(text):
    """Every network takes its example, and its outputs are finite and trainable."""
    built = build(text)
    output = built.model(built.example)
    assert torch.isfinite(output).all()
    output.sum().backward()
    assert any(p.grad is not None for p in built.model.parameters())


def test_sizes_are_what_was_typed():
    """Depth counts hidden layers, width their units."""
    model = build("mlp:depth=30,width=17,inputs=5,outputs=3").model
    shapes = [tuple(p.shape) for n, p in model.named_parameters() if n.endswith("weight")]
    assert shapes == [(17, 5), *[(17, 17)] * 29, (3, 17)]


def test_seeds_decide_and_the_global_generator_stays():
    """The same seed gives the same weights, another gives others, and torch's state is kept."""
    before = torch.get_rng_state()
    weights = [build("mlp", seed).model[0][0].weight for seed in (0, 0, 1)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mpl", "unknown network 'mpl': did you mean 'mlp'"),
        ("mlp:deep=3", "unknown size of mlp 'deep': did you mean 'depth'"),
        ("mlp:depth=3,depth=4", "depth is given twice, as 3 and as 4"),
        ("mlp:depth", "cannot read 'depth': expected size=value"),
        ("mlp:depth=x", "depth is 'x', expected a whole number"),
        ("mlp:depth=-1", "depth is -1, expected a larger number"),
        ("mlp:residual=maybe", "residual is 'maybe', expected true or false"),
        ("mlp:activation=rleu", "unknown activation 'rleu'"),
        ("mlp:norm=weight", "unknown norm 'weight'"),
        ("mlp:init=he_norml", "did you mean 'he_normal'"),
        ("mlp:bias_std=1", "bias_std needs an initializer"),
        ("mlp:input_correlation=2", "expected at most 1"),
        ("mlp:seed=-1", "seed is -1, expected a larger number"),
        ("rnn:cell=lst", "unknown cell 'lst': did you mean 'lstm'"),
        ("transformer:width=10,heads=3", "width 10 is not a multiple of heads 3"),
        ("encoder:width=10,heads=3", "width 10 is not a multiple of heads 3"),
        ("convnet:pooling=mx", "unknown pooling 'mx': did you mean 'max'"),
    ],
)
def test_bad_text(text, message):
    """What cannot be built is refused with what was read and what is expected."""
    with pytest.raises(InputError) as caught:
        build(text)
    assert message in str(caught.value)


def test_an_initializer_draws_what_init_draws():
    """Weights of a network with `init` are those of initscope.init_, its biases as asked for."""
    model = build("mlp:depth=2,width=8,init=uniform(low=-1, high=1),bias_std=0.1,seed=3").model
    other = build("mlp:depth=2,width=8").model
    initscope.init_(other, "uniform(low=-1, high=1)", seed=3)
    for (name, weight), expected in zip(model.named_parameters(), other.parameters(), strict=True):
        if name.endswith("weight"):
            assert torch.equal(weight, expected)
        else:
            assert 0.01 < weight.std() < 0.3


def test_inputs_have_the_second_moment_and_correlation_asked_for():
    """Over 4096 features both are within five standard errors."""
    x = build("mlp:depth=0,inputs=4096,input_second_moment=4,input_correlation=0.5").example
    assert abs(float((x * x).mean()) - 4) < 5 * 4 * (2 / 4096) ** 0.5
    cosine = torch.nn.functional.cosine_similarity(x[0], x[1], dim=0)
    assert abs(float(cosine) - 0.5) < 5 / 4096**0.5
