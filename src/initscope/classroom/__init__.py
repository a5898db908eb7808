"""Small things worked out in full: a network of two hidden units by hand, one matrix drawn."""

from initscope.classroom.steps import ByHand, Line, Step
from initscope.classroom.two_two_one import byhand

__all__ = ["ByHand", "Line", "Step", "byhand"]
