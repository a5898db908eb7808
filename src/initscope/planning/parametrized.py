"""Parameters from which a layer's own are computed: parametrizations of torch.nn.utils."""

from __future__ import annotations

from collections.abc import Mapping

from torch.nn.utils import parametrize

_ORIGINALS: Mapping[str, Mapping[str, str | None]] = {
    "_WeightNorm": {"original0": "weight_norm_scale", "original1": None},
    "_SpectralNorm": {"original": None},
}
"""Parametrizations that can be initialized, and the roles of their tensors."""


def kinds(module: parametrize.ParametrizationList) -> list[str]:
    """Return the names of the functions that a parameter passes."""
    return [type(part).__name__ for part in module]


def role(module: parametrize.ParametrizationList, name: str) -> str | None:
    """Return the role of a parametrization's tensor; None if the layer decides.

    What passes other functions than weight norm or spectral norm is "unknown".
    """
    names = kinds(module)
    known = _ORIGINALS.get(names[0], {}) if len(names) == 1 else {}
    return known.get(name, "unknown")
