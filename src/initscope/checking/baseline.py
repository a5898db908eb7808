"""Findings that are known and accepted for now: a file of their fingerprints."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from initscope.errors import InputError
from initscope.rules import Finding

SCHEMA_VERSION = 1


def fingerprint(finding: Finding) -> str:
    """Return what stays the same of a finding when numbers and line numbers change.

    >>> fingerprint(Finding("SIG001", "vanishing-signal", "error", "fc", "", "", "", ""))
    'ec9535a43b37d288'
    """
    text = f"{finding.code}\n{finding.where}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def write(found: Iterable[Finding]) -> str:
    """Return the text of a baseline, one entry a finding, to be reviewed and committed."""
    rows = {
        fingerprint(each): {
            "fingerprint": fingerprint(each),
            "code": each.code,
            "rule": each.rule,
            "where": each.where,
        }
        for each in found
    }
    plain = {"schema_version": SCHEMA_VERSION, "findings": list(rows.values())}
    return json.dumps(plain, indent=2) + "\n"


def read(path: Path) -> frozenset[str]:
    """Return the fingerprints in a baseline.

    Raises:
        InputError: the file is missing or is no baseline.
    """
    try:
        return _fingerprints(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(
            f"cannot read the baseline {path}: {error.strerror}; --write-baseline writes one"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path} is no baseline of schema version {SCHEMA_VERSION}: --write-baseline writes one"
        ) from error


def _fingerprints(plain: Any) -> frozenset[str]:
    if plain["schema_version"] != SCHEMA_VERSION:
        raise ValueError(plain["schema_version"])
    return frozenset(str(each["fingerprint"]) for each in plain["findings"])
