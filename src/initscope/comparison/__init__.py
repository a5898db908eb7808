"""Compare initializers by training many networks, with statistics over seeds."""

from initscope.comparison.cell import Cell
from initscope.comparison.experiment import Experiment, Setting
from initscope.comparison.result import Comparison, Throughput
from initscope.comparison.runner import compare
from initscope.comparison.sweep import Point, Sweep

__all__ = ["Cell", "Comparison", "Experiment", "Point", "Setting", "Sweep", "Throughput", "compare"]
