"""PAR007: a recurrent matrix far from the radius at which states last."""

from __future__ import annotations

import math
from collections.abc import Iterator

from initscope.observe import Parameter
from initscope.planning.slots import Slot
from initscope.rules.evidence import Evidence
from initscope.rules.examples import example
from initscope.rules.examples_of_weights import recurrent
from initscope.rules.finding import Finding
from initscope.rules.rule import Rule

STABLE = {"RNN": (0.25, 1.5), "GRU": (0.0, 5.0), "LSTM": (0.0, 5.0)}
"""Radii between which a layer keeps its state. Below 1/4 the trace of a state falls by 16 in its
second moment at every step, and is below rounding after six; above 1 a tanh is chaotic, but He's
matrices, in use, have sqrt 2. Gates keep the state without the matrix, so that only saturation is
told of them."""

UNSTABLE = 5.0
OPEN = 0.5  # forget gate at sigmoid(0.5) = 0.62


def find(rule: Rule, evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each recurrent matrix, and one for all forget gates."""
    matrices = [(slot, p) for slot, p in evidence.weights if slot.role == "recurrent"]
    for slot, parameter in matrices:
        finding = _radius(rule, slot, parameter)
        if finding is not None:
            yield finding
    closed = [slot for slot, _ in matrices if _kind(slot) == "LSTM" and _is_closed(slot, evidence)]
    if closed:
        finding = rule.at(
            closed[0].name.replace("weight_hh", "bias_ih"),
            "the forget gates start half closed: no bias opens them",
            f"no gate bias above {OPEN}",
            "a forget gate's bias of about 1",
            severity="info",
            remedy="initscope.init_(model, 'lstm', example): a bias of 1 on the forget gates.",
        )
        yield finding.with_also(*(slot.name for slot in closed[1:]))


def radius(parameter: Parameter, hidden: int) -> float:
    """Return the spectral radius of a random matrix from its moments.

    By the circular law it is sqrt(n) times the standard deviation; a mean m adds one eigenvalue
    n m. Both are exact for multiples of the identity, and the first for orthogonal matrices.
    """
    size = math.hypot(parameter.mean, parameter.std)
    return max(math.sqrt(hidden) * size, hidden * abs(parameter.mean))


def _radius(rule: Rule, slot: Slot, parameter: Parameter) -> Finding | None:
    assert slot.fans is not None  # noqa: S101 - weights have fans
    kind = _kind(slot)
    low, high = STABLE[kind]
    found = radius(parameter, slot.fans.fan_in)
    if low <= found <= high or parameter.nonfinite:
        return None
    fate = "forgets its state at once" if found < low else "is chaotic or saturated"
    return rule.at(
        parameter,
        f"the recurrent matrix has a spectral radius of about {found:.3g}: the {kind} {fate}",
        f"sqrt({slot.fans.fan_in}) * {math.hypot(parameter.mean, parameter.std):.3g} = {found:.3g}",
        "a radius near 1",
        severity="error" if kind == "RNN" and found > UNSTABLE else "warning",
        parameters=(slot.name,),
    )


def _kind(slot: Slot) -> str:
    return next((kind for kind in STABLE if slot.module_class.startswith(kind)), "RNN")


def _is_closed(slot: Slot, evidence: Evidence) -> bool:
    """Whether the biases of both sides together open no gate; below 16 units chance might."""
    names = [slot.name.replace("weight_hh", side) for side in ("bias_ih", "bias_hh")]
    biases = [evidence.trace.parameter(name) for name in names if name in evidence.roles]
    if slot.fans is None or slot.fans.fan_in < 17:
        return False
    return bool(biases) and sum(bias.maximum for bias in biases) < OPEN


RULE = Rule(
    code="PAR007",
    slug="recurrent-scale",
    severity="warning",
    what="A recurrent matrix is far from the radius at which states last.",
    why=(
        "Time is depth with the same weight at every step: a state, and the gradient that flows "
        "back through it, shrinks or grows by the same factor each time."
    ),
    how=(
        "The spectral radius is sqrt(n) sqrt(E[w^2]) by the circular law, and n |E w| where the "
        "mean is not zero; its finite-size error is of order 1 / sqrt(n). It fires for a plain RNN "
        "below 0.25 or above 1.5, for gated cells above 5. PyTorch's default has 0.577, orthogonal "
        "and identity matrices have 1, He's sqrt(2), the largest in use; above 1 a tanh without "
        "inputs is chaotic, and a ReLU grows at every step. Forget gates without an open "
        "bias are told as information."
    ),
    remedy="Orthogonal recurrent matrices: initscope.init_(model, 'auto', example).",
    reference="Le, Jaitly and Hinton, 2015; Jozefowicz, Zaremba and Sutskever, 2015, section 5",
    find=find,
    firing=(
        example("an RNN with normal weights of std 1", lambda: recurrent("rnn", std=1.0)),
        example("an RNN with weights of std 0.001", lambda: recurrent("rnn", std=0.001)),
        example("an LSTM with normal weights of std 1", lambda: recurrent("lstm", std=1.0)),
    ),
    quiet=(
        example("an RNN as PyTorch makes it", lambda: recurrent("rnn")),
        example("a GRU as PyTorch makes it", lambda: recurrent("gru")),
        example("an LSTM with open forget gates", lambda: recurrent("lstm", forget=1.0)),
    ),
)
