"""The text form round-trips, and says what is wrong with what it cannot read."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initscope import InputError, get
from initscope.initializers import NAMES, ROWS, split

VALUES = {
    "mode": st.sampled_from(["fan_in", "fan_out", "fan_avg"]),
    "distribution": st.sampled_from(["normal", "uniform", "truncated_normal"]),
    "value": st.floats(-1e6, 1e6),
    "low": st.floats(-1e6, -1e-6),
    "high": st.floats(1e-6, 1e6),
    "bound": st.floats(0.01, 10),
    "sparsity": st.floats(0, 0.99),
    "groups": st.integers(1, 64),
    "first": st.booleans(),
    "sign": st.sampled_from([-1, 1]),
}
OWN = {"log_uniform": {"low": st.floats(1e-9, 0.9), "high": st.floats(1, 1e9)}}
POSITIVE = st.floats(1e-30, 1e6)


@st.composite
def initializers(draw):
    row = draw(st.sampled_from(ROWS))
    given_names = {
        name
        for name, default in row.parameters.items()
        if default is dataclasses.MISSING or draw(st.booleans())
    }
    values = VALUES | OWN.get(row.name, {})
    return row(**{name: draw(values.get(name, POSITIVE)) for name in given_names})


@given(initializers())
def test_text_round_trips(initializer):
    """What str writes, get reads back as an equal value with an equal hash."""
    again = get(str(initializer))
    assert again == initializer
    assert hash(again) == hash(initializer)
    assert str(again) == str(initializer)


@given(st.sampled_from(sorted(NAMES)), initializers(), initializers())
def test_lists_split_at_the_commas_outside_parentheses(name, first, second):
    """A list of initializers is split into the same initializers."""
    assert split(f"{first},{name}, {second}") == [str(first), name, str(second)]


def test_defaults_are_left_out_of_the_text():
    """The shortest text names an initializer."""
    assert str(get("he_uniform", mode="fan_out")) == "he_uniform(mode=fan_out)"
    assert str(get("he_uniform(mode=fan_in, scale=2)")) == "he_uniform"
    assert str(get("normal(1)")) == "normal(std=1)"
    assert str(get("constant(-0.0)")) == "constant(value=0)"
    assert str(get("siren", first=True)) == "siren(first=true)"
    assert str(get("dirac(groups=2)")) == "dirac(groups=2)"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("he_nomal", "unknown initializer 'he_nomal': did you mean 'he_normal'?"),
        ("normal", "normal needs std: normal(std=0.05)"),
        ("uniform(low=-1)", "uniform needs high: uniform(high=0.05)"),
        ("zeros(1)", "zeros takes no arguments, received 1 values"),
        ("zeros(value=1)", "zeros takes no arguments, received 'value'"),
        ("normal(sdt=1)", "unknown argument of normal 'sdt': did you mean 'std'?"),
        (
            "he_normal(distribution=uniform)",
            "unknown argument of he_normal 'distribution': expected one of mode, scale",
        ),
        ("normal(0)", "normal: std is 0: expected a number above 0"),
        ("normal(1e999)", "normal: std is inf: expected a finite number"),
        (
            "truncated_normal(1, bound=0.001)",
            "truncated_normal: bound is 0.001: so short a cut is uniform; use uniform",
        ),
        ("uniform(1, -1)", "uniform: low=1 is not below high=-1: swap them"),
        ("log_uniform(0, 1)", "log_uniform: low is 0: expected a number above 0"),
        ("log_uniform(2, 1)", "log_uniform: low=2 is not below high=1: swap them"),
        ("log_uniform(1, 2, sign=3)", "log_uniform: sign is 3: expected 1 or -1"),
        ("sparse(1)", "sparse: sparsity is 1: expected from 0 up to below 1"),
        ("dirac(0)", "dirac: groups is 0: expected a number above 0"),
        ("he_normal(mode=fan)", "he_normal: unknown mode 'fan': did you mean 'fan_in'?"),
        ("normal(1, 2)", "normal takes std, received 2 values"),
        ("normal(1, std=2)", "normal received std twice: by position and by name"),
    ],
)
def test_bad_text_is_answered_with_what_to_type(text, message):
    """Each mistake has one line that names it."""
    with pytest.raises(InputError) as error:
        get(text)
    assert str(error.value) == message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "normal(",
        "a.b",
        "f()()",
        "normal(std=[1])",
        "normal(**{})",
        "1",
        "x; y",
        "normal(std=__import__('os'))",
        "normal(" * 200,
        "\0",
        "normal(*[1])",
    ],
)
def test_text_that_is_no_initializer_is_refused_and_never_run(text):
    """Only names, numbers and words are read; nothing is evaluated."""
    with pytest.raises(InputError, match="cannot read initializer"):
        get(text)
