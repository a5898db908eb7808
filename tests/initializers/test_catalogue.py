"""Every row of the catalogue is complete, unique, and makes what its name says."""

from __future__ import annotations

import pytest

from initscope import Fans, InputError, get
from initscope.initializers import NAMES, ROWS


def test_names_and_aliases_are_unique():
    """No name stands for two things."""
    names = [name for row in ROWS for name in (row.name, *row.aliases)]
    assert len(names) == len(set(names)) == len(NAMES)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_has_a_formula_and_a_dated_citation(row):
    """The catalogue says what is computed and where it comes from."""
    assert row.formula.startswith("W ")
    assert any(
        part.strip(",;").isdigit() and len(part.strip(",;")) == 4 for part in row.citation.split()
    )


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("zeros", "W = 0"),
        ("constant(0.5)", "W = 0.5"),
        ("normal(0.01)", "W ~ N(0, 0.01^2)"),
        ("random_uniform", "W ~ U(-0.05, 0.05)"),
        ("glorot_normal", "W ~ N(0, 2 / (fan_in + fan_out))"),
        ("glorot_uniform", "W ~ U(-sqrt(6 / (fan_in + fan_out)), sqrt(6 / (fan_in + fan_out)))"),
        ("he_normal", "W ~ N(0, 2 / fan_in)"),
        ("he_normal(mode=fan_out)", "W ~ N(0, 2 / fan_out)"),
        ("he_uniform", "W ~ U(-sqrt(6 / fan_in), sqrt(6 / fan_in))"),
        ("he_truncated_normal", "W ~ N(0, 2 / fan_in) after a cut at ±2 s"),
        ("identity(2)", "W = 2 I"),
        ("torch_default", "W ~ U(-sqrt(1 / fan_in), sqrt(1 / fan_in))"),
        ("siren", "W ~ U(-sqrt(6 / fan_in) / 30, sqrt(6 / fan_in) / 30)"),
        ("siren(first=true)", "W ~ U(-1 / fan_in, 1 / fan_in)"),
        ("log_uniform(1, 99)", "W ~ log U(1, 99)"),
        ("log_uniform(1, 99, sign=-1)", "W ~ -log U(1, 99)"),
        ("sparse(0.9)", "W ~ N(0, 0.01^2), ceil(0.9 out) zeros in each column"),
        ("dirac", "W = I at the central tap, 0 elsewhere"),
        ("dirac(2)", "W = I at the central tap, 0 elsewhere in each of 2 groups"),
        ("delta_orthogonal(2)", "W = 2 Q at the central tap, 0 elsewhere, Q^T Q = I"),
    ],
)
def test_formulas_follow_the_parameters(name, formula):
    """A formula shows the numbers of the initializer at hand."""
    assert get(name).formula == formula


@pytest.mark.parametrize(
    ("name", "std"),
    [
        # Closed forms, for fan_in 50 and fan_out 100.
        ("he_normal", (2 / 50) ** 0.5),
        ("he_uniform", (2 / 50) ** 0.5),
        ("he_normal(mode=fan_out)", (2 / 100) ** 0.5),
        ("glorot_normal", (2 / 150) ** 0.5),
        ("glorot_uniform", (2 / 150) ** 0.5),
        ("lecun_normal", (1 / 50) ** 0.5),
        ("variance_scaling(scale=3, mode=fan_avg, distribution=uniform)", (3 / 75) ** 0.5),
        ("random_uniform", 0.05 / 3**0.5),
        ("random_normal", 0.05),
        ("truncated_normal(0.02)", 0.02),
        ("orthogonal(gain=2)", 2 / 100**0.5),
        ("torch_default", (1 / 150) ** 0.5),
        ("siren(omega=2)", (2 / 50) ** 0.5 / 2),
        ("siren(first=true)", 1 / 50 / 3**0.5),
        ("sparse(0.9, std=2)", 2 * 0.1**0.5),
        ("ones", 0.0),
    ],
)
def test_standard_deviations_are_the_closed_forms(name, std):
    """The declared standard deviation is that of the definition."""
    assert get(name).std(Fans(50, 100)) == pytest.approx(std, rel=1e-12)


def test_keras_defaults_are_reachable_under_keras_names():
    """random_uniform is ±0.05, random_normal has std 0.05, and Keras's he_normal is truncated."""
    assert get("random_uniform").law == get("uniform(-0.05, 0.05)").law
    assert get("random_normal").law == get("normal(0.05)").law
    assert str(get("keras_he_normal")) == "he_truncated_normal"
    assert str(get("kaiming_normal")) == "he_normal"


def test_arguments_are_checked_when_given_from_python():
    """A value of the wrong type or a name given twice is refused."""
    with pytest.raises(InputError, match="std is '0.1', expected a number"):
        get("normal", std="0.1")
    with pytest.raises(InputError, match="std is True"):
        get("normal", std=True)
    with pytest.raises(InputError, match="twice"):
        get("normal(0.1)", std=0.2)
    with pytest.raises(InputError, match="mode is 1, expected a word"):
        get("he_normal", mode=1)
    with pytest.raises(InputError, match="groups is 1.5, expected a whole number"):
        get("dirac", groups=1.5)
    with pytest.raises(InputError, match="first is 1, expected true or false"):
        get("siren", first=1)
    with pytest.raises(InputError, match="first is 'yes', expected true or false"):
        get("siren(first=yes)")
