"""The shape of a multilayer perceptron."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from torch import nn

from initscope.errors import InputError, unknown
from initscope.networks.layers import NORMS
from initscope.training.activations import ACTIVATIONS
from initscope.training.identity import later, plain
from initscope.training.perceptron import Perceptron

BRANCH_SCALES = "branch_scales"
"""The parameter that holds the learned scales of all residual branches, in order."""

_DEPTH, _ZERO = "depth", "zero"


@dataclass(frozen=True, slots=True)
class MLP:
    r"""A multilayer perceptron: hidden layers of given widths with one activation, then a head.

    .. math:: h_0 = x, \quad B_l(h) = D(f(N_l(W_l h + b_l))), \quad h_l = B_l(h_{l-1}),
        \quad y = W_{head} h_L + b_{head}

    with a normalization N and dropout D where they are asked for. With residual blocks
    :math:`h_l = h_{l-1} + s B_l(h_{l-1})` from the second layer on.

    Args:
        hidden: widths of the hidden layers.
        activation: a name from the table of activations.
        norm: ``"none"``, ``"batch"`` (Ioffe and Szegedy, 2015), ``"layer"`` (Ba et al., 2016) or
            ``"rms"`` (Zhang and Sennrich, 2019), with PyTorch's constants; weights start at one.
        residual: whether every hidden layer but the first is the branch of a residual block (He et
            al., 2015); the layers then have one width.
        branch_scale: the factor s: a number; ``"depth"`` for one over the root of the number of
            branches; or ``"zero"`` for a parameter of each branch that starts at zero, so that the
            blocks start as the identity (ReZero: Bachlechner et al., 2020, eq. 1).
        dropout: share of each hidden layer's outputs that is dropped while training, the others
            scaled up (Srivastava et al., 2014); drawn from streams of seed, layer and step.

    Raises:
        InputError: a width is not a whole number above zero, a name is unknown, a number is out of
            range, or residual blocks would join layers of different widths.

    >>> MLP.uniform(depth=3, width=8, activation="tanh").hidden
    (8, 8, 8)
    >>> MLP.uniform(depth=5, width=8, residual=True, branch_scale="depth").scale_of_branches
    0.5
    """

    hidden: tuple[int, ...] = (64, 64)
    activation: str = "relu"
    norm: str = later("none")
    residual: bool = later(default=False)
    branch_scale: float | str = later(1.0)
    dropout: float = later(0.0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "hidden", tuple(self.hidden))
        if not self.hidden:
            raise InputError("no hidden layer: expected at least one width, such as 64")
        for width in self.hidden:
            if not isinstance(width, int) or width < 1:
                raise InputError(f"hidden width {width!r}: expected a whole number above 0")
        for kind, name, known in (
            ("activation", self.activation, ACTIVATIONS),
            ("norm", self.norm, NORMS),
        ):
            if name not in known:
                raise unknown(kind, name, known)
        if not isinstance(self.residual, bool):
            raise InputError(f"residual {self.residual!r}: expected true or false")
        if not 0 <= self.dropout < 1:
            raise InputError(
                f"dropout {self.dropout}: expected a number from 0 to below 1, such as 0.1"
            )
        self._require_branches()

    @classmethod
    def uniform(cls, depth: int, width: int, activation: str = "relu", **others: Any) -> MLP:
        """Return a perceptron of `depth` hidden layers of equal width."""
        if depth < 1:
            raise InputError(f"depth {depth}: expected at least 1 hidden layer")
        return cls((width,) * depth, activation, **others)

    @property
    def is_plain(self) -> bool:
        """Whether it is what mean-field theory has: layers of one width, and nothing else."""
        return self == MLP.uniform(len(self.hidden), self.hidden[0], self.activation)

    @property
    def branches(self) -> int:
        """Number of residual branches."""
        return len(self.hidden) - 1 if self.residual else 0

    @property
    def learns_scales(self) -> bool:
        """Whether the scales of the branches are parameters."""
        return self.branch_scale == _ZERO and self.branches > 0

    @property
    def scale_of_branches(self) -> float | None:
        """The factor of every residual branch; None where each is learned."""
        if isinstance(self.branch_scale, str):
            return None if self.branch_scale == _ZERO else 1 / math.sqrt(max(self.branches, 1))
        return self.branch_scale

    def shapes(self, inputs: int, outputs: int) -> Mapping[str, tuple[int, ...]]:
        """Return every parameter's name and shape, in order, in PyTorch's layout."""
        widths = (inputs, *self.hidden, outputs)
        linear = list(pairwise(widths))
        return {
            **dict(_linear((f"hidden.{index}", *sizes) for index, sizes in enumerate(linear[:-1]))),
            **dict(self._norms()),
            **({BRANCH_SCALES: (self.branches,)} if self.learns_scales else {}),
            **dict(_linear([("head", *linear[-1])])),
        }

    def statistics(self) -> Mapping[str, tuple[int, ...]]:
        """Return name and shape of the running averages, which are no parameters."""
        if self.norm != "batch":
            return {}
        return {
            f"norms.{index}.running_{kind}": (width,)
            for index, width in enumerate(self.hidden)
            for kind in ("mean", "var")
        }

    @property
    def extra_memory(self) -> int:
        """Numbers an example needs besides the layers' sums and their gradients.

        They are the outputs of normalizations, masks and outputs of dropout, and the sums and
        gradients of residual blocks.
        """
        each = (self.norm != "none") + 2 * (self.dropout > 0) + 2 * self.residual
        return each * sum(self.hidden)

    def module(self, inputs: int, outputs: int) -> nn.Module:
        """Return the network as an ordinary module, its parameters not yet initialized."""
        return Perceptron(self, inputs, outputs)

    @property
    def is_local(self) -> bool:
        """Whether it can be made in this process alone."""
        return False

    def row_shape(self, features: int) -> tuple[int, ...]:
        """Return the shape in which the network takes a row of features."""
        return (features,)

    def fitted(self, inputs: int, outputs: int) -> MLP:
        """Return the network for these data: a perceptron fits them all."""
        return self

    def to_dict(self) -> dict[str, Any]:
        """Return the network as plain data, from which the identity of a setting is made."""
        return {**plain(self), "hidden": list(self.hidden)}

    def require_batches(self, examples: int, batch_size: int) -> None:
        """Refuse batches of one example where there is batch normalization.

        Raises:
            InputError: an epoch would have such a batch.
        """
        if self.norm == "batch" and 1 in (batch_size, examples, examples % batch_size):
            raise InputError(
                f"batches of {batch_size} of {examples} examples leave one example alone, which "
                "batch normalization cannot standardize: choose another batch size, such as "
                f"{_without_one_left(examples, batch_size)}"
            )

    def _norms(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        for index, width in enumerate(self.hidden if self.norm != "none" else ()):
            yield f"norms.{index}.weight", (width,)
            if self.norm != "rms":
                yield f"norms.{index}.bias", (width,)

    def _require_branches(self) -> None:
        scale = self.branch_scale
        known = scale in (_DEPTH, _ZERO) if isinstance(scale, str) else abs(scale) < float("inf")
        if not known:
            raise InputError(f"branch scale {scale!r}: expected a number, {_DEPTH} or {_ZERO}")
        if scale != 1 and not self.residual:
            raise InputError(f"branch scale {scale} without residual blocks: ask for those too")
        if self.residual and len({*self.hidden}) > 1:
            raise InputError("residual blocks need hidden layers of one width")


def _linear(layers: Iterable[tuple[str, int, int]]) -> Iterator[tuple[str, tuple[int, ...]]]:
    for name, fan_in, fan_out in layers:
        yield f"{name}.weight", (fan_out, fan_in)
        yield f"{name}.bias", (fan_out,)


def _without_one_left(examples: int, batch_size: int) -> int:
    """Return the next larger batch size whose last batch is not of one example."""
    sizes = range(batch_size + 1, max(batch_size, examples) + 3)
    return next(size for size in sizes if examples % size != 1)
