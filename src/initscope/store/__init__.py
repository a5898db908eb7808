"""The results store: one row a trained network."""

from initscope.store.record import Record
from initscope.store.schema import SCHEMA_VERSION
from initscope.store.store import Store, StoredCheck, StoredExperiment

__all__ = ["SCHEMA_VERSION", "Record", "Store", "StoredCheck", "StoredExperiment"]
