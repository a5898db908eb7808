"""Models that are healthy at initialization, and models with one planted defect each."""

from corpus.entry import Entry
from corpus.tables import DEFECTS, HEALTHY

__all__ = ["DEFECTS", "HEALTHY", "Entry"]
