"""One pass over any torch module: its operations, their statistics, their graph."""

from initscope.observe.kinds import KINDS
from initscope.observe.measured import Gradient, ParameterGradient, RecurrentGate, Signal
from initscope.observe.observer import ObservationError, observe
from initscope.observe.operation import Key, Line, Operation, Use
from initscope.observe.trace import Coverage, Gate, Parameter, Trace

__all__ = [
    "KINDS",
    "Coverage",
    "Gate",
    "Gradient",
    "Key",
    "Line",
    "ObservationError",
    "Operation",
    "Parameter",
    "ParameterGradient",
    "RecurrentGate",
    "Signal",
    "Trace",
    "Use",
    "observe",
]
