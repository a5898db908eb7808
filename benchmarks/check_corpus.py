"""Run the linter on every model of the corpus, for docs/check-evidence.md.

    .venv/bin/pip install -e '.[dev]' -c constraints.txt
    .venv/bin/python benchmarks/check_corpus.py            # everything
    .venv/bin/python benchmarks/check_corpus.py --render   # only the page, from its numbers
    .venv/bin/python benchmarks/check_corpus.py --peers    # torch-audit and torchmortem again

Peers are run where they are installed; else what is known of them is kept.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from check_page import render
from check_peers import peers
from corpus import DEFECTS, HEALTHY, Entry

import initscope
from initscope.rules import Finding, rules

DOCS = Path(__file__).resolve().parent.parent / "docs"
EVIDENCE, PAGE = DOCS / "evidence" / "check.json", DOCS / "check-evidence.md"
DRAWS = 3  # models of each entry, with other seeds

Row = dict[str, Any]


def main() -> None:
    """Compute and render, or only render."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    known = json.loads(EVIDENCE.read_text(encoding="utf-8")) if EVIDENCE.exists() else {}
    if "--render" not in sys.argv[1:]:
        if "--peers" not in sys.argv[1:]:
            known |= evidence()
        known["peers"] = known.get("peers", {}) | peers((*HEALTHY, *DEFECTS))
        EVIDENCE.parent.mkdir(exist_ok=True)
        EVIDENCE.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(render(known), encoding="utf-8")


def evidence() -> Row:
    """Run the linter on everything."""
    return {
        "draws": DRAWS,
        "rules": {each.slug: each.code for each in rules()},
        "entries": [row(each, range(DRAWS)) for each in (*HEALTHY, *DEFECTS)],
    }


def row(entry: Entry, draws: Sequence[int]) -> Row:
    """Return what is expected of an entry, and what was found in each draw of it."""
    print(entry.name, file=sys.stderr)
    return {
        "name": entry.name,
        "defect": entry.defect,
        "names": sorted(entry.names),
        "true": sorted(entry.true),
        "level": entry.level,
        "found": [sorted(said(linted(entry, draw))) for draw in draws],
    }


def said(found: Sequence[Finding]) -> set[tuple[str, str, str]]:
    """Return severities, rules, and with which finding each was told: its own, or its cause's."""
    slugs = {each.code: each.slug for each in rules()}
    own = {(each.severity, each.rule, each.rule) for each in found}
    symptoms = {
        (each.severity, slugs[code], each.rule)
        for each in found
        for code in (place.split()[0] for place in each.also if place)
        if code in slugs and slugs[code] != each.rule
    }
    return own | symptoms


def linted(entry: Entry, draw: int = 0) -> tuple[Finding, ...]:
    """Build an entry and check it."""
    model, args, options = entry.built(draw)
    found: tuple[Finding, ...] = initscope.check(model, *args, **options).findings
    return found


if __name__ == "__main__":
    main()
