"""Evidence of whole runs as a file, from which verdicts are computed again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from initscope.claims.effort import Effort
from initscope.claims.evidence import Evidence
from initscope.claims.running import Result
from initscope.claims.table import claim
from initscope.claims.verdict import judge


def written(runs: Sequence[Sequence[Result]]) -> list[dict[str, Any]]:
    """Return runs as plain data: numbers that were measured, no verdicts."""
    return [
        {
            "effort": run[0].effort.name,
            "seed_set": run[0].effort.seed_set,
            "claims": {
                str(result.claim.id): {"recipe": result.claim.recipe, **_rounded(result.evidence)}
                for result in run
            },
        }
        for run in runs
    ]


def _rounded(evidence: Evidence) -> dict[str, Any]:
    """Keep six digits: fewer than intervals are wide, and enough for verdicts to stay."""
    plain = evidence.to_dict()
    values = {
        name: [each if isinstance(each, str) else float(f"{each:.6g}") for each in row]
        for name, row in plain["values"].items()
    }
    return {**plain, "values": values}


def read(path: Path) -> list[list[Result]]:
    """Return the runs of a file, judged by the claims as they are now."""
    plain = json.loads(path.read_text(encoding="utf-8"))
    return [_run(each["claims"], Effort(each["effort"], each["seed_set"])) for each in plain]


def _run(entries: Mapping[str, dict[str, Any]], effort: Effort) -> list[Result]:
    return [_judged(number, entry, effort) for number, entry in entries.items()]


def _judged(number: str, entry: dict[str, Any], effort: Effort) -> Result:
    found, evidence = claim(number), Evidence.from_dict(entry)
    return Result(found, effort, evidence, judge(found, evidence), None)
