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
from initscope.theory.layers import Layer, predict_layers
from initscope.theory.mean_field import FixedPoint, MeanField
from initscope.theory.moments import Moments, moments
from initscope.theory.phase_diagram import PhaseDiagram, phase_diagram
from initscope.theory.simulate import Simulation, simulate

__all__ = [
    "Activation",
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
    "Simulation",
    "activation",
    "critical_point",
    "critical_points",
    "edge_of_chaos",
    "expectation",
    "gain",
    "gains",
    "moments",
    "phase_diagram",
    "predict_layers",
    "simulate",
]
