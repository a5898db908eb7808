"""Evidence of a model, without a prediction."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from initscope.observe import observe
from initscope.planning.inventory import inventory
from initscope.rules import Evidence


@pytest.fixture
def evidence() -> Callable[..., Evidence]:
    """Return a function that looks at (model, arguments, options)."""

    def look(model, args=(), options=None):
        trace = observe(model, *args, **(options or {}))
        return Evidence(trace, None, inventory(model, trace))

    return look


@pytest.fixture(autouse=True)
def one_seed():
    """Draw the same weights and inputs in every test, and leave the generator as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield
