"""``initscope initializers`` is the catalogue."""

from __future__ import annotations

import json

from initscope.initializers import ROWS


def test_json_has_every_row(initscope):
    """Names, parameters, formulas and sources are those of the catalogue."""
    result = json.loads(initscope("initializers", "--format", "json").stdout)
    assert result["schema_version"] == 1
    assert [row["name"] for row in result["initializers"]] == [row.name for row in ROWS]
    he = next(row for row in result["initializers"] if row["name"] == "he_normal")
    assert he == {
        "name": "he_normal",
        "aliases": ["kaiming_normal"],
        "parameters": ["scale", "mode"],
        "formula": "W ~ N(0, 2 / fan_in)",
        "citation": "He et al., 2015, eq. 10",
    }


def test_text_has_every_name(initscope):
    """The table names every initializer."""
    text = initscope("initializers").stdout
    assert all(row.name.split("_")[0] in text for row in ROWS)
