"""The terminal's words about an activation."""

from __future__ import annotations

import io
import math

import pytest
from rich.console import Console

from initscope.report import theory_text
from initscope.report.scales import choose
from initscope.report.theory_findings import Findings, find
from initscope.report.theory_network import Plan, find_network
from initscope.report.theory_reading import reading
from initscope.theory import activation


def findings(name: str, sigma_w: float | None = None, sigma_b: float | None = None) -> Findings:
    f = activation(name)
    return find(f, choose(f, sigma_w, sigma_b))


@pytest.mark.parametrize(
    ("name", "sigma_w", "sigma_b"),
    [("tanh", 1.3, 0.2), ("gelu", None, None), ("sigmoid", None, None), ("relu", 2.0, 0.0)],
)
def test_text(name, sigma_w, sigma_b, snapshot):
    """Every number has a name and a meaning; what does not exist has a reason."""
    console = Console(file=io.StringIO(), width=80, color_system=None, highlight=False)
    theory_text.print_theory(findings(name, sigma_w, sigma_b), console)
    assert console.file.getvalue() == snapshot


def test_network(snapshot):
    """Predictions of a network do not depend on the machine."""
    found = findings("tanh", 1.5, 0.1)
    network = find_network(found.field.activation, found.scales, Plan(6, 100))
    console = Console(file=io.StringIO(), width=80, color_system=None, highlight=False)
    theory_text.print_theory(Findings(found.field, found.scales, network), console)
    assert console.file.getvalue().partition("6 layers")[2] == snapshot


def test_the_reading_computes_what_it_says():
    """Layers for a factor e come from chi_1: 1 / |log chi_1|."""
    found = findings("tanh", 1.3, 0.2)
    layers = 1 / abs(math.log(found.field.chi_1))
    assert f"falls by a factor e every {layers:.3g} layers" in reading(found)
    chaotic = findings("tanh", 2.0)
    layers = 1 / abs(math.log(chaotic.field.chi_1))
    assert f"grows by a factor e every {layers:.3g} layers" in reading(chaotic)


@pytest.mark.parametrize(
    ("name", "sigma_w", "words"),
    [
        ("relu", None, "Signals keep their size, whatever it is; gradients neither"),
        ("relu", 2.0, "Signals grow without bound; the gradient's second moment grows"),
        ("identity", None, "two inputs keep their correlation"),
        ("tanh", None, "Signals vanish, by a power of depth"),
        ("tanh", 0.5, "Signals vanish, by a factor 4 a layer"),
        ("tanh", 0.0, "Signals vanish, at once; no gradient passes"),
        ("relu_squared", None, "The second moment 1 is left, by a factor 2 a layer"),
        ("relu_squared", 2.0, "gradients explode, ever faster"),
    ],
)
def test_the_reading_of_every_case(name, sigma_w, words):
    """Kept, vanishing, exploding: each is said in plain words."""
    assert words in reading(findings(name, sigma_w))


def test_a_half_stable_critical_point_that_is_missed_is_said():
    """GELU at its critical scales settles at another second moment."""
    notes = theory_text.notes(findings("gelu"))
    assert notes == [
        "The critical point is half-stable: from the second moment 1 signals come to 3.035, not to "
        "its 3.562."
    ]
