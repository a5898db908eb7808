"""Seeds are a number, a list or a text, and round-trip."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initscope import InputError
from initscope.comparison.seeds import expand, text


@given(st.lists(st.integers(0, 300), min_size=1, max_size=30, unique=True))
def test_text_round_trips(seeds):
    """Any list of seeds is written so that it is read back, in its order."""
    assert list(expand(text(seeds))) == seeds


@pytest.mark.parametrize(
    ("seeds", "message"),
    [
        (0, "seeds 0: expected a number of networks above 0, such as 100"),
        ("-3", "seeds -3: expected a number of networks above 0, such as 100"),
        ("a", "seeds 'a': expected a number such as 100, or ranges such as 0-49,100-149"),
        ("1.5", "seeds '1.5': expected a number such as 100, or ranges such as 0-49,100-149"),
        (10**10, "10000000000 seeds: expected at most 1000000"),
        ("0-99999999999", "100000000000 seeds: expected at most 1000000"),
    ],
)
def test_bad_seeds_are_one_line(seeds, message):
    """A mistake is named, and never fills the memory."""
    with pytest.raises(InputError) as error:
        expand(seeds)
    assert str(error.value) == message
