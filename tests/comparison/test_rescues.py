"""Small versions of the page's failing cells, and of what rescues each."""

from __future__ import annotations

from dataclasses import replace

import pytest

import initscope
from initscope import MLP, SGD, Adam, Data, Training

DEEP = MLP.uniform(30, 32)
SLOW = Training(SGD(0.01), epochs=5)

RESCUES = {
    "He's initializer": ("he_normal", DEEP, SLOW),
    "batch normalization": ("glorot_normal", replace(DEEP, norm="batch"), SLOW),
    "residual branches": (
        "glorot_normal",
        replace(DEEP, residual=True, branch_scale="depth"),
        SLOW,
    ),
    "Adam": ("glorot_normal", DEEP, Training(Adam(), epochs=8)),
}


def networks(initializer: str, network: MLP, training: Training) -> tuple[int, float]:
    """Return how many of three networks train, and the mean loss of the last epoch."""
    result = initscope.compare(
        Data("digits", scale="standard"),
        [initializer],
        seeds=3,
        network=network,
        training=training,
    )
    cell = result.cells[0]
    return cell.trained, cell.final_loss or float("inf")


def test_thirty_layers_stall_from_xavier():
    """He et al. (2015, fig. 3): no network leaves the loss of equal answers, ln 10."""
    trained, loss = networks("glorot_normal", DEEP, SLOW)
    assert trained == 0
    assert loss == pytest.approx(2.3026, abs=2e-3)


@pytest.mark.parametrize(("initializer", "network", "training"), RESCUES.values(), ids=RESCUES)
def test_each_of_these_rescues_it(initializer, network, training):
    """One change, and all three networks train."""
    assert networks(initializer, network, training)[0] == 3


@pytest.mark.parametrize(("clip_norm", "expected"), [(None, 0), (1.0, 3)])
def test_clipping_rescues_steps_that_are_too_long(clip_norm, expected):
    """With momentum and the rate 0.2 ten layers fail from He's initializer, clipped they train."""
    training = Training(SGD(0.2, 0.9), epochs=4, clip_norm=clip_norm)
    assert networks("he_normal", MLP.uniform(10, 64), training)[0] == expected
