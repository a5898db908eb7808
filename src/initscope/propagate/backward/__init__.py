"""Gradients through one operation: a rule for each kind."""
