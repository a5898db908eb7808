"""All entries."""

from __future__ import annotations

from corpus import gradients, outputs, parameters, published, schemes, signals, units
from corpus.entry import Entry

HEALTHY: tuple[Entry, ...] = published.ENTRIES + schemes.ENTRIES

DEFECTS: tuple[Entry, ...] = (
    signals.ENTRIES + gradients.ENTRIES + units.ENTRIES + parameters.ENTRIES + outputs.ENTRIES
)
