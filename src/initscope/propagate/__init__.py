"""Mean-field theory along a recorded graph: what each operation should show."""

from initscope.propagate.passes import propagate
from initscope.propagate.prediction import Backward, Entry, Forward, Prediction
from initscope.propagate.profile import DepthRow, depth_profile

__all__ = [
    "Backward",
    "DepthRow",
    "Entry",
    "Forward",
    "Prediction",
    "depth_profile",
    "propagate",
]
