"""Small things worked out in full: a network of two hidden units by hand, one matrix drawn."""

from initscope.classroom.drawing import Draw, Moment, draw
from initscope.classroom.histogram import Histogram
from initscope.classroom.steps import ByHand, Line, Step
from initscope.classroom.two_two_one import byhand

__all__ = ["ByHand", "Draw", "Histogram", "Line", "Moment", "Step", "byhand", "draw"]
