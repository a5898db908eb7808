"""The page docs/check-evidence.md, rendered from the numbers of check_corpus.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from check_score import (
    Share,
    false_alarms,
    fired,
    is_found,
    precision,
    recall,
)

Row = Mapping[str, Any]


def render(found: Row) -> str:
    """Return the page."""
    rows = found["entries"]
    healthy = [row for row in rows if not row["defect"]]
    defects = [row for row in rows if row["defect"]]
    return "\n".join(
        [
            "# The linter: what it finds, and what it says of healthy models",
            "",
            "`benchmarks/check_corpus.py` makes this page from [its numbers](evidence/check.json); "
            "a test renders it again and checks a part of the corpus anew.",
            "",
            *_criterion(found, len(healthy), len(defects)),
            *_result(rows, healthy),
            *_by_rule(rows, found["rules"]),
            *_alarms(rows),
            *_misses(defects),
            *_peers(found.get("peers", {}), rows),
            *_list("Healthy models", healthy),
            *_planted(defects),
        ]
    )


def _criterion(found: Row, healthy: int, defects: int) -> list[str]:
    return [
        "## Corpus and criterion",
        "",
        f"`benchmarks/corpus/` holds {healthy} healthy models (published architectures from "
        "transformers with their own random weights, and networks of torch.nn under published "
        f"schemes) and {defects} models with one planted defect. Each is drawn {found['draws']} "
        "times, with other seeds.",
        "",
        "**Criterion, fixed before the first run.** What was planted, and which other rules name "
        "the same cause, is written beside the model. A defect is found if one of these warns in "
        "*every* draw; an alarm is false if a "
        "rule warns in *any* draw of a healthy model, or of a defect neither for the "
        "planted cause nor for what it brings about by itself (`corpus/entry.py` lists that for "
        "each rule). Findings of severity info are no alarms; "
        "they find a defect only where the entry says so. The aim: precision 0.98, recall 0.95, "
        "and no warning on any published architecture. Intervals are Wilson's, at 95%, over "
        "models, not draws.",
        "",
        "The corpus and the rules have the same authors, and thresholds were adjusted on the same "
        "corpus where it showed a rule to be wrong: these are no figures for unseen models. A "
        "trial on some 70 models and 60 defects that were not in it then found wrong verdicts on "
        "about ten; those are mended, and their kinds are entries now. After "
        "the first run labels were corrected where the model, not the rule, was mistaken: constant "
        "embeddings, which learn at once, were taken out; a Fixup whose branches "
        "end with a ReLU moved to the dead; He by the fan out moved to the healthy; "
        "a transposed convolution whose stride made up for the wrong fan got other widths; what is "
        "a matter of half precision alone, and a branch that is not used, count as found at "
        "severity info; He under tanh moved from depth 30 to 100; true consequences of several "
        "defects were added to their lists; for two defects a rule that names the same layer and "
        "weights (exploding-signal), or the same biases (dead-units), counts; He under SELU, which "
        "changes gradients by a factor of 24 over 20 layers, counts at severity info. The "
        "criterion itself changed once: a defect also counts as found if it stands among the "
        "symptoms of a finding that warns.",
        "",
    ]


def _result(rows: Sequence[Row], healthy: Sequence[Row]) -> list[str]:
    quiet = sum(not false_alarms(row) for row in healthy)
    return [
        "## Result",
        "",
        "| | |",
        "|---|---|",
        f"| precision, over all alarms | {precision(rows)} |",
        f"| recall, over all planted defects | {recall(rows)} |",
        f"| healthy models without any warning | {Share(quiet, len(healthy))} |",
        "",
    ]


def _by_rule(rows: Sequence[Row], codes: Mapping[str, str]) -> list[str]:
    planted = {row["defect"] for row in rows if row["defect"]}
    slugs = sorted(codes, key=codes.__getitem__) + sorted(planted - set(codes))
    lines = [
        f"| {codes.get(slug, '–')} | {slug} | {precision(rows, slug)} | {recall(rows, slug)} | "
        f"{recall(rows, slug, named=True).count} |"
        for slug in slugs
    ]
    return [
        "| code | rule | precision | recall | found under its own name |",
        "|---|---|---|---|---|",
        *lines,
        "",
    ]


def _alarms(rows: Sequence[Row]) -> list[str]:
    lines = [
        f"- {row['name']} ({row['defect'] or 'healthy'}): {', '.join(sorted(false_alarms(row)))}"
        for row in rows
        if false_alarms(row)
    ]
    return ["## Every false alarm", "", *(lines or ["None."]), ""]


def _misses(defects: Sequence[Row]) -> list[str]:
    lines = []
    for row in defects:
        if is_found(row):
            continue
        seen = sorted(set().union(*fired(row, "info")))
        lines.append(f"- {row['name']} ({row['defect']}): found {', '.join(seen) or 'nothing'}")
    return ["## Every miss", "", *(lines or ["None."]), ""]


def _peers(peers: Mapping[str, Row], rows: Sequence[Row]) -> list[str]:
    if not peers:
        return []
    head = [
        "## Next to others",
        "",
        "torch-audit and torchmortem watch training loops; both look at much that is no matter of "
        "initialization (optimizers, devices, loss curves). Here each sees what the linter sees: "
        "the first draw of the model, one batch forward and backward with the same loss, or the "
        "same random direction. It counts as flagged if the peer reports anything of severity "
        "warning or above, whatever it says: that favours the peer on defects.",
        "",
        "| | version | defects flagged | healthy models flagged | could not run |",
        "|---|---|---|---|---|",
    ]
    ours = {row["name"]: sorted(fired(row)[0]) for row in rows}
    lines = [_peer("initscope, counted in the same way", "", ours, rows)]
    lines += [_peer(name, each["version"], each["found"], rows) for name, each in peers.items()]
    return [*head, *lines, "", *_reports(peers), ""]


def _peer(name: str, version: str, found: Row, rows: Sequence[Row]) -> str:
    counts = {True: [0, 0], False: [0, 0]}
    failed = 0
    for row in rows:
        if row["name"] not in found:
            continue
        said = found[row["name"]]
        if said is None:
            failed += 1
            continue
        counts[bool(row["defect"])][0] += bool(said)
        counts[bool(row["defect"])][1] += 1
    cells = [Share(*counts[True]), Share(*counts[False])]
    return f"| {name} | {version} | {cells[0]} | {cells[1]} | {failed} |"


def _reports(peers: Mapping[str, Row]) -> list[str]:
    lines = []
    for name, each in peers.items():
        counts: dict[str, int] = {}
        for said in each["found"].values():
            for report in said or ():
                counts[report] = counts.get(report, 0) + 1
        most = sorted(counts, key=lambda report: -counts[report])[:8]
        text = ", ".join(f"{report} ({counts[report]})" for report in most) or "nothing"
        lines.append(f"- {name} reported: {text}. {each.get('note', '')}".rstrip())
    return lines


def _list(title: str, rows: Sequence[Row]) -> list[str]:
    lines = []
    for row in rows:
        notes = sorted(set().union(*fired(row, "info")))
        lines.append(f"- {row['name']}" + (f" (info: {', '.join(notes)})" if notes else ""))
    return [f"## {title}", "", *lines, ""]


def _planted(rows: Sequence[Row]) -> list[str]:
    lines = [
        f"| {row['name']} | {row['defect']} | {'yes' if is_found(row) else 'no'} | "
        f"{', '.join(sorted(set().union(*fired(row, 'info'))))} |"
        for row in rows
    ]
    head = ["## Planted defects", "", "| model | planted | found | reported |", "|---|---|---|---|"]
    return [*head, *lines, ""]
