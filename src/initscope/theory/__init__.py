"""Mean-field theory of signals and gradients at initialization, with NumPy and SciPy only."""

from initscope.theory.activation import Activation, activation
from initscope.theory.criticality import (
    CriticalPoint,
    EdgeOfChaos,
    NoCriticalPointError,
    critical_point,
    critical_points,
    edge_of_chaos,
)
from initscope.theory.expectation import Expectation, expectation
from initscope.theory.gain import Gains, gain, gains
from initscope.theory.mean_field import FixedPoint, MeanField
from initscope.theory.moments import Moments, moments

__all__ = [
    "Activation",
    "CriticalPoint",
    "EdgeOfChaos",
    "Expectation",
    "FixedPoint",
    "Gains",
    "MeanField",
    "Moments",
    "NoCriticalPointError",
    "activation",
    "critical_point",
    "critical_points",
    "edge_of_chaos",
    "expectation",
    "gain",
    "gains",
    "moments",
]
