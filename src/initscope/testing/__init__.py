"""Checks for test suites: a function, and a fixture that pytest finds by itself."""

from initscope.testing.trainable import assert_trainable

__all__ = ["assert_trainable"]
