r"""Normalizations of a stack of networks, with their backward pass.

All three are :math:`y = w \hat x + b` with :math:`\hat x = (x - \mu) / \sqrt{v + \epsilon}`, where
:math:`\mu` is a mean and :math:`v` a mean square around it. They differ in what is averaged: the
examples of a batch, or the units of a layer; RMS normalization has neither :math:`\mu` nor b. With
the mean :math:`\langle \cdot \rangle` over the same entries and :math:`g` the gradient of
:math:`w \hat x + b`, that of x is

.. math:: (h - \langle h \rangle - \hat x \langle h \hat x \rangle) / \sqrt{v + \epsilon},
    \quad h = w g

without :math:`\langle h \rangle` for RMS.
"""

from __future__ import annotations

import torch
from torch import Tensor

from initscope.training.parts import Memory, Part
from initscope.training.stack import Stack

_EPSILON = 1e-5  # torch's, of batch and layer normalization
_MOMENTUM = 0.1  # torch's, of the running averages

_EXAMPLES, _UNITS = 1, 2  # dimensions


class Norm(Part):
    """A normalization over one dimension.

    Args:
        stack: holds ``weight`` and, unless it is RMS normalization, ``bias``.
        name: of the layer whose they are.
    """

    over = _UNITS
    centred = True
    epsilon: float | None = _EPSILON
    """Added to the variance; None for the spacing of numbers at 1, as torch has it."""

    def __init__(self, stack: Stack, name: str) -> None:
        members, width = stack.values[f"{name}.weight"].shape
        self._weight = stack.values[f"{name}.weight"].unsqueeze(1)
        self._weight_gradient = stack.gradients[f"{name}.weight"]
        if self.centred:
            self._bias = stack.values[f"{name}.bias"].unsqueeze(1)
            self._bias_gradient = stack.gradients[f"{name}.bias"]
        self._outputs = Memory(members, width)

    def forward(self, x: Tensor, step: int | None) -> Tensor:
        self._standardize_(x, self._outputs.of(x.shape[1]))
        return self._scaled(x)

    def backward(self, gradient: Tensor) -> Tensor:
        product = self._outputs.of(gradient.shape[1])  # the outputs are not needed any more
        torch.mul(gradient, self._kept, out=product)
        torch.sum(product, _EXAMPLES, out=self._weight_gradient)
        if self.centred:
            torch.sum(gradient, _EXAMPLES, out=self._bias_gradient)
        along, mean = self._means(gradient.mul_(self._weight), product)
        if mean is not None:
            gradient.sub_(mean)
        return gradient.addcmul_(self._kept, along, value=-1).mul_(self._inverse)

    def _standardize_(self, x: Tensor, squares: Tensor) -> tuple[Tensor, Tensor]:
        """Overwrite x with its standardized values; return what was taken off and the variance."""
        mean = torch.zeros(())
        if self.centred:
            mean = x.mean(self.over, keepdim=True)
            x.sub_(mean)
        variance = torch.mul(x, x, out=squares).mean(self.over, keepdim=True)
        self._inverse = self._root(variance)
        self._kept = x.mul_(self._inverse)
        return mean, variance

    def _root(self, variance: Tensor) -> Tensor:
        epsilon = torch.finfo(variance.dtype).eps if self.epsilon is None else self.epsilon
        return (variance + epsilon).rsqrt_()

    def _scaled(self, x: Tensor) -> Tensor:
        out = self._outputs.of(x.shape[1])
        if self.centred:
            return torch.addcmul(self._bias, x, self._weight, out=out)
        return torch.mul(x, self._weight, out=out)

    def _means(self, h: Tensor, product: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return the means of h times the kept values and of h; `product` is g times the former."""
        along = product.mul_(self._weight).mean(_UNITS, keepdim=True)
        return along, h.mean(_UNITS, keepdim=True) if self.centred else None


class LayerNorm(Norm):
    """Layer normalization (Ba et al., 2016)."""


class RMSNorm(Norm):
    """RMS normalization (Zhang and Sennrich, 2019)."""

    centred = False
    epsilon = None


class BatchNorm(Norm):
    """Batch normalization (Ioffe and Szegedy, 2015), with torch's running averages.

    Args:
        stack: holds ``running_mean`` and ``running_var`` too.
        name: of the layer whose they are.
    """

    over = _EXAMPLES

    def __init__(self, stack: Stack, name: str) -> None:
        super().__init__(stack, name)
        self._running_mean = stack.statistics[f"{name}.running_mean"].unsqueeze(1)
        self._running_var = stack.statistics[f"{name}.running_var"].unsqueeze(1)

    def forward(self, x: Tensor, step: int | None) -> Tensor:
        if step is None:
            x.sub_(self._running_mean).mul_(self._root(self._running_var))
            return self._scaled(x)
        examples = x.shape[_EXAMPLES]
        mean, variance = self._standardize_(x, self._outputs.of(examples))
        self._running_mean.lerp_(mean, _MOMENTUM)
        self._running_var.lerp_(variance * (examples / (examples - 1)), _MOMENTUM)
        return self._scaled(x)

    def _means(self, h: Tensor, product: Tensor) -> tuple[Tensor, Tensor | None]:
        """A mean over examples is a parameter's gradient, times the weight, as a share."""
        each = self._weight / h.shape[_EXAMPLES]
        along = self._weight_gradient.unsqueeze(1) * each
        return along, self._bias_gradient.unsqueeze(1) * each


NORMS: dict[str, type[Norm]] = {"batch": BatchNorm, "layer": LayerNorm, "rms": RMSNorm}
