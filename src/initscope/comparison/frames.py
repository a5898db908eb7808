"""Results as tidy records and data frames: one row a network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from initscope.errors import MissingExtraError


class Tidy(ABC):
    """A result that can be had as rows."""

    @abstractmethod
    def to_records(self) -> list[dict[str, Any]]:
        """Return every network as one flat dictionary, all with the same keys."""

    def to_pandas(self) -> Any:
        """Return `to_records` as a ``pandas.DataFrame``.

        Raises:
            MissingExtraError: pandas is not installed.
        """
        try:
            import pandas as pd
        except ModuleNotFoundError:
            raise MissingExtraError("a pandas data frame", "pandas") from None
        return pd.DataFrame(self.to_records())

    def to_polars(self) -> Any:
        """Return `to_records` as a ``polars.DataFrame``.

        Raises:
            MissingExtraError: polars is not installed.
        """
        try:
            import polars as pl
        except ModuleNotFoundError:
            raise MissingExtraError("a polars data frame", "polars") from None
        return pl.DataFrame(self.to_records(), infer_schema_length=None)
