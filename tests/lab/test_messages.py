"""Messages of a page are read strictly: every other is refused with one sentence."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from initscope.lab.messages import LONGEST, Answer, Ask, RefusedError, read
from initscope.lab.requests import JOBS, Signal


def message(job: str = "signal", **params: object) -> str:
    return json.dumps({"id": 3, "job": job, "params": params})


def test_a_request_is_read_with_its_defaults():
    """What a message leaves out has its default; the text of the request reads as the same."""
    ask = read(message(depth=5, residual=True))
    assert ask == Ask(3, "signal", Signal(depth=5, residual=True))
    assert read(ask.text()) == ask


@pytest.mark.parametrize(
    ("params", "field", "sentence"),
    [
        ({"width": 4000}, "width", "width is 4000: expected a whole number from 8 to 1024"),
        ({"depth": 2.5}, "depth", "depth is 2.5: expected a whole number from 1 to 100"),
        ({"depth": True}, "depth", "depth is true: expected a whole number from 1 to 100"),
        ({"width": "64"}, "width", "width is 64: expected a whole number from 8 to 1024"),
        ({"width": 10**400}, "width", "width is a huge number: expected a whole number"),
        ({"norm": "weight"}, "norm", "norm is weight: expected one of none, batch, layer, rms"),
        ({"init": "x" * 500}, "init", "expected a text of at most 200 characters"),
        ({"init": "a\nb"}, "init", "expected a text of at most 200 characters"),
        ({"residual": 1}, "residual", "residual is 1: expected true or false"),
        ({"bias_std": [1]}, "bias_std", "bias std is a list: expected a number from 0 to 10"),
        ({"colour": 1}, "colour", "there is no setting 'colour' here"),
    ],
)
def test_a_value_out_of_bounds_is_refused_beside_its_control(params, field, sentence):
    """The answer names the field, what was received and what is expected."""
    with pytest.raises(RefusedError) as caught:
        read(message(**params))
    answer = caught.value.answer
    assert (answer.id, answer.kind, answer.content["field"]) == (3, "refused", field)
    assert sentence in answer.content["message"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "binary messages are not understood"),
        ("", "is not JSON"),
        ("{", "is not JSON"),
        ("[" * 10_000, "is not JSON"),
        ("7" * 6_000, "is not JSON"),
        ('{"id": NaN, "job": "signal", "params": {}}', "is not JSON"),
        ("7", "is not understood"),
        ("[]", "is not understood"),
        ('{"id": 1}', "is not understood"),
        ('{"id": "1", "job": "signal", "params": {}}', "is not understood"),
        ('{"id": 1, "job": "signal", "params": [], "more": 1}', "is not understood"),
        ('{"id": 1, "job": "signal", "params": {}, "more": 1}', "is not understood"),
        ('{"id": true, "job": "signal", "params": {}}', "the id is not a whole number"),
        ('{"id": -1, "job": "signal", "params": {}}', "the id is not a whole number"),
        ('{"id": 1, "job": "launch", "params": {}}', "there is no such job"),
        ("x" * (LONGEST + 1), f"has {LONGEST + 1} characters: expected at most {LONGEST}"),
    ],
)
def test_what_is_no_request_is_refused(text, sentence):
    """Malformed, deep, huge and binary messages get one clear sentence each."""
    with pytest.raises(RefusedError, match=sentence):
        read(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(sorted(JOBS)),
    st.dictionaries(st.sampled_from(["depth", "init", "seed", "sigma_w", "of"]) | st.text(), JSON),
)
def test_any_parameters_are_read_or_refused(job, params):
    """No content leads to anything but a request or a refusal, and both can be sent."""
    text = json.dumps({"id": 1, "job": job, "params": params})
    try:
        ask = read(text)
    except RefusedError as error:
        refusal = json.loads(error.answer.text())
    else:
        refusal = None
        assert read(ask.text()) == ask
    assert refusal is None or (refusal["kind"] == "refused" and refusal["message"])


def test_an_answer_holds_no_number_that_json_lacks():
    """Infinity is refused when an answer is written, instead of breaking the page."""
    with pytest.raises(ValueError, match="Out of range float values"):
        Answer(1, "part", {"data": float("inf")}).text()
