"""Mean-field theory of signals and gradients at initialization, with NumPy and SciPy only."""

from initscope.theory.activation import Activation, activation
from initscope.theory.convolution import (
    ConvolutionModes,
    ConvolutionProfile,
    border_decay,
    border_share,
    convolution_modes,
    convolution_profile,
)
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
from initscope.theory.layers import Layer, predict_layers
from initscope.theory.mean_field import MeanField
from initscope.theory.moments import Moments, moments
from initscope.theory.normalization import (
    batch_norm_correlation,
    batch_norm_growth,
    layer_norm_growth,
    rms_norm_growth,
)
from initscope.theory.phase_diagram import PhaseDiagram, phase_diagram
from initscope.theory.recurrent import Recurrent, recurrent
from initscope.theory.residual import ResidualGrowth, residual_growth, stable_branch_scale
from initscope.theory.simulate import Simulation, simulate
from initscope.theory.variance_map import FixedPoint

__all__ = [
    "Activation",
    "ConvolutionModes",
    "ConvolutionProfile",
    "CriticalPoint",
    "EdgeOfChaos",
    "Expectation",
    "FixedPoint",
    "Gains",
    "Layer",
    "MeanField",
    "Moments",
    "NoCriticalPointError",
    "PhaseDiagram",
    "Recurrent",
    "ResidualGrowth",
    "Simulation",
    "Spectrum",
    "activation",
    "batch_norm_correlation",
    "batch_norm_growth",
    "border_decay",
    "border_share",
    "convolution_modes",
    "convolution_profile",
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
    "phase_diagram",
    "predict_layers",
    "recurrent",
    "residual_growth",
    "rms_norm_growth",
    "simulate",
    "stable_branch_scale",
]
