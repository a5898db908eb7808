"""Why an initializer has the scale it has: the bookkeeping of variances, with numbers.

One function for each kind of law. Each yields sentences of Markdown; every number in them is
computed here, from the law, the fans and the theory's expectations.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch

from initscope.initializers import Fans, Initializer
from initscope.initializers import elementwise as laws
from initscope.initializers.law import Law
from initscope.initializers.matrices import DeltaOrthogonal, Orthogonal, Sparse
from initscope.initializers.patterns import Pattern
from initscope.initializers.scaling import Siren, VarianceScaling
from initscope.topics.derivations import elementwise, matrices, scaling


def steps(initializer: Initializer, fans: Fans) -> list[str]:
    """Derive the scale of an initializer for a weight with these fans."""
    return list(_steps(initializer.law, fans))


@singledispatch
def _steps(law: Law, fans: Fans) -> Iterator[str]:
    raise NotImplementedError(f"no derivation for {type(law).__name__}")


_steps.register(VarianceScaling, scaling.variance_scaling)
_steps.register(Siren, scaling.siren)
_steps.register(laws.Normal, elementwise.normal)
_steps.register(laws.TruncatedNormal, elementwise.truncated_normal)
_steps.register(laws.Uniform, elementwise.uniform)
_steps.register(laws.Constant, elementwise.constant)
_steps.register(laws.LogUniform, elementwise.log_uniform)
_steps.register(Orthogonal, matrices.orthogonal)
_steps.register(DeltaOrthogonal, matrices.delta_orthogonal)
_steps.register(Sparse, matrices.sparse)
_steps.register(Pattern, matrices.pattern)
