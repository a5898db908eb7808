"""Claim 26: whether biases may start at zero."""

from __future__ import annotations

from initscope.claims.claim import Case, Claim
from initscope.claims.effort import Effort
from initscope.claims.estimate import estimate
from initscope.claims.evidence import Evidence
from initscope.claims.measuring import a_layer, networks, share
from initscope.networks import build
from initscope.planning import init_
from initscope.training import MLP

_ACTIVATIONS = ("relu", "tanh", "gelu", "sigmoid")
_LENGTH = 32


def measure(effort: Effort) -> Evidence:
    """Train perceptrons whose biases start at zero; follow a gradient back through an LSTM."""
    seeds = effort.seeds(full=40, quick=8)
    values = {
        f"{name} trains": share(
            networks("digits", ["glorot_normal"], seeds, network=MLP((32, 32, 32), name))[0]
        )
        for name in _ACTIVATIONS
    }
    values["LSTM keeps gradients"] = [_through_time(seed, 0.0) for seed in seeds]
    opened = estimate([_through_time(seed, 1.0) for seed in seeds], "ratio")
    note = f"With 1 as the forget gate's bias the LSTM's factor is {opened.value:.3f} a step."
    return Evidence.of(values, note)


def _through_time(seed: int, forget: float) -> float:
    """Return the factor of the gradient's second moment a step, from the last input to the first.

    The gates of PyTorch's LSTM stand in the order input, forget, cell, output.
    """
    built = build(f"rnn:cell=lstm,length={_LENGTH}")
    init_(built.model, "glorot_normal", seed=seed)
    bias = dict(built.model.named_parameters())["0.layer.bias_ih_l0"]
    units = len(bias) // 4
    init_(bias.data[units : 2 * units], f"constant(value={forget})")
    example = built.example.clone().requires_grad_()
    built.model(example).sum().backward()
    assert example.grad is not None  # noqa: S101 - it was asked for
    by_step: list[float] = example.grad.square().mean((0, 2)).tolist()
    return a_layer(by_step[::-1])


CLAIM = Claim(
    id=26,
    slug="biases-from-zero",
    statement="Biases may start at zero.",
    said="every tutorial",
    first="Glorot and Bengio, 2010; for the forget gate Gers, Schmidhuber and Cummins, 2000",
    experiment=(
        "Three layers of 32 units on digits, Xavier's weights, Adam at 0.001, 10 epochs; and an "
        f"LSTM of 64 units over {_LENGTH} steps at initialization, all biases zero."
    ),
    statistic=(
        "share of networks that train; for the LSTM, factor of the gradient's second moment a "
        "step, from the last input to the first"
    ),
    why=(
        "More often than not: weights break the symmetry, biases need not. A factor of 0.5 a step "
        "forgets ten steps to a thousandth; a forget gate of bias 0 is sigmoid(0) = 1/2 open, "
        "which squared is 1/4, and the other gates add a little."
    ),
    practice=(
        "Zero, except where a bias means something: 1 or more for an LSTM's forget gate, the "
        "logarithm of the odds for a rare class at the output."
    ),
    cases=(
        *(Case(f"{name} trains", 0.5, kind="share") for name in _ACTIVATIONS),
        Case("LSTM keeps gradients", 0.5, kind="ratio"),
    ),
    measure=measure,
    rules=("PAR007", "OUT001"),
    initializers=("zeros",),
)
