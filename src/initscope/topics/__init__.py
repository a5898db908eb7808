"""Explanations: rules, questions, initializers and activations, each with measured numbers."""

from initscope.topics.table import explain, topics
from initscope.topics.topic import Topic

__all__ = ["Topic", "explain", "topics"]
