"""What a rule says to type can be typed."""

from __future__ import annotations

import re

import pytest
import torch
from torch import nn

import initscope
from initscope.rules import rules

CALL = re.compile(r"initscope\.\w+\((?:[^()]|\([^()]*\))*\)")


class Recurrent(nn.Module):
    """A model with a layer of every kind that a remedy is about."""

    def __init__(self) -> None:
        super().__init__()
        self.cells = nn.LSTM(8, 8, batch_first=True)
        self.head = nn.Sequential(nn.ReLU(), nn.Linear(8, 2))

    def forward(self, x):
        return self.head(self.cells(x)[0])


@pytest.mark.parametrize(
    "call", sorted({call for rule in rules() for call in CALL.findall(rule.remedy)})
)
def test_a_remedy_that_is_a_call_runs(call):
    """It initializes the whole model, and its audit agrees."""
    found = eval(  # noqa: S307 - our own words
        call, {"initscope": initscope, "model": Recurrent(), "batch": torch.randn(4, 5, 8)}
    )
    done = found if isinstance(found, initscope.Audit) else found.apply(Recurrent())
    assert done.ok
