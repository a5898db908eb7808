"""What each task is compared with when nothing else is said: the tutorials' experiments."""

from __future__ import annotations

from dataclasses import dataclass

from initscope.training import Data

SAME = "same"
"""In place of the head's initializer: as the hidden layers."""


@dataclass(frozen=True, slots=True)
class Preset:
    """Default initializers of a task: of the hidden layers, and of the head or ``SAME``."""

    initializers: tuple[str, ...]
    head: str


_TUTORIAL = Preset(("zeros", "random_uniform", "glorot_uniform", "he_uniform"), "glorot_uniform")
"""Uniform draws on the hidden layers; the head keeps the default of Keras."""

_BINARY = Preset(("zeros", "random_normal", "glorot_normal", "he_normal"), SAME)
"""Normal draws on all layers, head included."""

_REGRESSION = Preset(("zeros", "random_uniform", "glorot_uniform", "he_uniform"), SAME)
"""Uniform draws on all layers, head included."""

PRESETS = {
    "iris": _TUTORIAL,
    "wine": _TUTORIAL,
    "breast_cancer": _TUTORIAL,
    "digits": _TUTORIAL,
    "synthetic": _BINARY,
    "diabetes": _REGRESSION,
}


def preset(data: Data) -> Preset:
    """Return what data are compared with by default: a file or arrays as the tutorials' tasks."""
    return PRESETS.get(data.task, _TUTORIAL if data.classes else _REGRESSION)
