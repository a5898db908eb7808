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
from initscope.theory.fuss_catalan import fuss_catalan_density, fuss_catalan_moment
from initscope.theory.gain import Gains, gain, gains
from initscope.theory.jacobian import Spectrum, jacobian_spectrum
from initscope.theory.mean_field import FixedPoint, MeanField
from initscope.theory.moments import Moments, moments
from initscope.theory.normalization import (
    batch_norm_correlation,
    batch_norm_growth,
    layer_norm_growth,
    rms_norm_growth,
)

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
    "Spectrum",
    "activation",
    "batch_norm_correlation",
    "batch_norm_growth",
    "critical_point",
    "critical_points",
    "edge_of_chaos",
    "expectation",
    "fuss_catalan_density",
    "fuss_catalan_moment",
    "gain",
    "gains",
    "jacobian_spectrum",
    "layer_norm_growth",
    "moments",
    "rms_norm_growth",
]
