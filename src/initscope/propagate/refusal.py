"""The refusal to predict, with its reason."""

from __future__ import annotations


class NoModelError(Exception):
    """There is no accurate model for an operation; the message is the reason, for a reader."""
