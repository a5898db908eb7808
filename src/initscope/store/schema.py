"""Tables of the results store."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
)

SCHEMA_VERSION = 1
"""Raised whenever a table changes; a store of a higher version is refused, not guessed at. A table
that is added changes none: an older store gets it when it is opened, an older initscope sees the
others."""

metadata = MetaData()

about = Table(
    "initscope_store",
    metadata,
    Column("schema_version", Integer, primary_key=True),
)

experiments = Table(
    "experiments",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("setting", JSON, nullable=False),
)

networks = Table(
    "networks",
    metadata,
    Column("experiment", String(16), ForeignKey("experiments.id"), primary_key=True),
    Column("cell", String(500), primary_key=True),
    Column("seed", BigInteger, primary_key=True),
    Column("outcome", String(10), nullable=False),
    Column("test_accuracy", Float),
    Column("test_loss", Float),
    Column("train_loss", Float),
    Column("curves", JSON, nullable=False),
)

evidence = Table(
    "claim_evidence",
    metadata,
    Column("claim", Integer, primary_key=True),
    Column("recipe", Integer, primary_key=True),
    Column("effort", String(10), primary_key=True),
    Column("seed_set", Integer, primary_key=True),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("measured", JSON, nullable=False),
)
