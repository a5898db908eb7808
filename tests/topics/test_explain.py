"""Explanations: what they are found under, and that their numbers are right."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import lambertw

from initscope import InputError, explain, get, theory
from initscope.initializers import ROWS as INITIALIZERS
from initscope.initializers import Fans
from initscope.theory.activations import ROWS as ACTIVATIONS
from initscope.topics import topics
from initscope.topics.initializer_page import DEPTH


@pytest.mark.parametrize("name", [row.name for row in INITIALIZERS])
def test_every_initializer_has_a_page(name):
    """Formula, citation, a derivation, and the standard deviation at the given fans."""
    page = explain(name, fan_in=48, fan_out=96)
    assert page.kind == "initializer"
    assert page.data["formula"] in page.text
    assert page.data["citation"] in page.text
    assert len(page.data["steps"]) >= 2
    assert page.data["std"] == get(page.data["initializer"]).std(Fans(48, 96))


@pytest.mark.parametrize("name", [row.name for row in ACTIVATIONS])
def test_every_activation_has_a_page(name):
    """Gains, slope, critical point and the initializers that it was tried with."""
    page = explain(theory.activation(name))
    assert page.kind == "activation"
    assert page.data["gains"]["activation"] == name
    for heading in ("Gains", "Slope and flat ends", "Critical point", "Which initializer"):
        assert f"## {heading}" in page.text


def test_the_derivation_of_he_has_the_numbers_of_the_fans():
    """Half is lost, so the variance is 2 / 784; the square root of that is given."""
    page = explain("he_normal", fan_in=784, fan_out=256)
    assert "theory gives $E[f(z')^2] / Var(z') = 0.5$" in page.text
    assert f"σ_w = {math.sqrt(2 / 784):.4g}" in page.text.replace("−", "-")


def test_glorot_is_the_mean_of_two_conditions():
    """1 / 100 and 1 / 50 are asked for, 2 / 150 is the compromise, and both misfits are told."""
    text = explain("glorot_uniform", fan_in=100, fan_out=50).text
    assert "$σ_w^2 = 1 / n = 0.01$" in text
    assert "$σ_w^2 = 1 / m = 0.02$" in text
    assert "1.333" in text
    assert "0.6667" in text
    limit = math.sqrt(6 / 150)
    assert f"c = √3 σ_w = {limit:.4g}" in text


def test_the_truncated_normal_says_what_its_correction_is():
    """The standard deviation of a normal cut at two is 0.8796 (closed form)."""
    text = explain("he_truncated_normal").text
    edge = 4 * math.exp(-2) / math.sqrt(2 * math.pi) / math.erf(math.sqrt(2))
    assert f"{math.sqrt(1 - edge):.4f} s" in text


def test_factors_are_those_of_real_networks():
    """He under ReLU and LeCun under tanh: signal and gradient of 300 drawn networks agree.

    The means of log-normal quantities of this spread have a standard error of about 10%.
    """
    for initializer, activation, sigma_w in (
        ("he_normal", "relu", 2**0.5),
        ("lecun_normal", "tanh", 1),
    ):
        fits = {each["activation"]: each for each in explain(initializer, 64, 64).data["fits"]}
        drawn = theory.simulate(activation, [64] * 11, sigma_w, seeds=range(100))
        layers = theory.predict_layers(activation, [(64, 64)] * 10, sigma_w)
        assert np.mean(drawn.q[:, -1]) == pytest.approx(layers[-1].q, rel=0.5)
        deep = theory.predict_layers(activation, [(64, 64)] * DEPTH, sigma_w)
        assert fits[activation]["signal"] == pytest.approx(deep[-1].q)
        assert fits[activation]["gradient"] == pytest.approx(deep[0].gradient)
        assert fits[activation]["kept"]


def test_known_factors():
    """Closed forms: chi_1 is 1 for He under ReLU, 1/6 for PyTorch's default, 2 for a linear He."""
    he = {each["activation"]: each["chi_1"] for each in explain("he_normal").data["fits"]}
    default = {each["activation"]: each["chi_1"] for each in explain("torch_default").data["fits"]}
    assert he["relu"] == pytest.approx(1)
    assert he["identity"] == pytest.approx(2)
    assert default["relu"] == pytest.approx(1 / 6)


def test_siren_settles_below_one():
    """The fixed point of q -> 1 - exp(-2 q) in closed form, 1 + W(-2 exp(-2)) / 2 = 0.797."""
    page = explain("siren", 256, 256)
    settled = 1 + float(lambertw(-2 * math.exp(-2)).real) / 2
    sines = page.data["fits"][0]
    assert sines["activation"] == "sin(30 x)"
    assert sines["chi_1"] == pytest.approx(1 + math.exp(-2 * settled))
    assert sines["signal"] == pytest.approx(settled, rel=1 / 256)
    path = [1.0]
    for _ in range(3):
        path.append(1 - math.exp(-2 * path[-1]))
    assert f"({', '.join(f'{each:.3g}' for each in path)})" in page.text
    assert f"q^* = {settled:.4g}" in page.text
    assert "= 50$" in explain("siren(first=true)", 2, 256).text


def test_sigmoid_has_a_slope_of_a_quarter_and_no_critical_point():
    """Closed form of the slope; the page says that nothing keeps both."""
    page = explain("sigmoid")
    assert page.data["steepest_slope"] == pytest.approx(0.25)
    assert "none" in page.data["critical_point"]
    assert "no scale is good at depth" in page.text
    edge = page.data["edge_of_chaos"]
    assert f"variance_scaling(scale={edge['sigma_w'] ** 2:.4g})" in page.text


def test_flat_shares_are_those_of_a_normal():
    """ReLU is flat for one half; tanh where its slope is below 0.01, |x| > artanh(sqrt(0.99))."""
    assert explain("relu").data["flat_share"]["1"] == pytest.approx(0.5)
    beyond = math.erfc(math.atanh(math.sqrt(0.99)) / 3 / math.sqrt(2))
    assert explain("tanh").data["flat_share"]["3"] == pytest.approx(beyond, rel=1e-6)


def test_a_function_of_ones_own_is_explained():
    """Derivative and gains are found."""
    page = explain(lambda x: 2 * np.tanh(x / 2))
    assert page.kind == "activation"
    assert page.data["critical_point"]["sigma_w"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("sig001", "SIG001"),
        ("vanishing-signal", "SIG001"),
        ("q6", "Q6"),
        ("zeros", "zeros"),
        ("he", "Q10"),
        ("vanishing gradients", "Q4"),
        ("kaiming_normal", "he_normal"),
        ("normal(std=0.02)", "normal"),
        ("20", "20"),
        ("swish", "silu"),
        ("identity", "identity"),
    ],
)
def test_topics_are_found_by_any_of_their_names(topic, name):
    """Codes, slugs, numbers, aliases, text forms."""
    assert explain(topic).name == name


def test_unknown_topics_suggest_the_nearest():
    """One line says what may have been meant; fans must be possible."""
    with pytest.raises(InputError, match="unknown topic 'he_nrmal': did you mean 'he_normal'"):
        explain("he_nrmal")
    with pytest.raises(InputError, match="initscope explain lists every topic"):
        explain("quantum chromodynamics")
    with pytest.raises(InputError, match="expected whole numbers from 1"):
        explain("he_normal", fan_in=0)


def test_the_list_has_every_topic_once():
    """Each name that is listed is found."""
    listed = topics()
    assert [len(names) for names in listed.values()] == [
        13,
        len(INITIALIZERS),
        len(ACTIVATIONS),
        len(listed["rules"]),
        28,
    ]
    for name in ("Q13", "hadamard", "mish", "OUT002"):
        assert any(name in names for names in listed.values())
        assert explain(name).title
    assert str(explain("Q1")).startswith("# Q1: ")
