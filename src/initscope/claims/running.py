"""Run claims: measure what the store does not hold, and judge."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from initscope.claims.claim import Claim
from initscope.claims.effort import Effort, Name
from initscope.claims.evidence import Evidence
from initscope.claims.table import claim, claims
from initscope.claims.verdict import Verdict, judge
from initscope.engines import Engine, InProcess, Pool, cpu_count
from initscope.errors import InputError
from initscope.store import Store

Progress = Callable[[int, int], None]
"""Called with the number of claims that are measured, and that are to be."""


@dataclass(frozen=True, slots=True)
class Result:
    """One claim with its evidence and verdict.

    Attributes:
        claim: the claim.
        effort: how much was spent.
        evidence: what was measured.
        verdict: what that says.
        seconds: of a core that measuring took; None where the evidence came from the store.
    """

    claim: Claim
    effort: Effort
    evidence: Evidence
    verdict: Verdict
    seconds: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data, as the command's JSON shows it."""
        found = self.verdict
        return {
            "id": self.claim.id,
            "slug": self.claim.slug,
            "statement": self.claim.statement,
            "verdict": found.word,
            "condition": found.condition,
            "effect": found.effect.value,
            "effect_of": self.claim.headline,
            "ci95": list(found.effect.ci95),
            "statistic": self.claim.statistic,
            "criterion": self.claim.criterion,
            "cases": [
                {
                    "name": each.case.name,
                    "low": each.case.low,
                    "high": each.case.high,
                    "estimate": each.estimate.value,
                    "ci95": list(each.estimate.ci95),
                    "n": each.estimate.n,
                    "outcome": each.outcome,
                    "premise": each.case.premise,
                }
                for each in found.findings
            ],
            "notes": list(self.evidence.notes),
            "effort": self.effort.name,
            "seed_set": self.effort.seed_set,
            "seconds": self.seconds,
        }


def run(  # noqa: PLR0913 - which, how much, and where
    chosen: Iterable[int | str] | None = None,
    *,
    effort: Name = "full",
    seed_set: int = 0,
    storage: str = "sqlite://",
    workers: int | None = None,
    progress: Progress | None = None,
) -> tuple[Result, ...]:
    """Measure claims and judge them; what the store holds is not measured again.

    Args:
        chosen: numbers or slugs; all where left out.
        effort: "full", or "quick" with fewer seeds and wider intervals.
        seed_set: which seeds; sets share none.
        storage: database URL of the results store; by default nothing outlives the call.
        workers: processes, by default one a core.
        progress: called as claims are measured.

    Raises:
        InputError: a claim or an effort is unknown, or a number is out of range.
        StorageError: the store cannot be used.

    >>> run([10], effort="quick")[0].verdict.word
    'fails'
    """
    selected = claims() if chosen is None else tuple(claim(name) for name in chosen)
    spent = Effort(effort, seed_set)
    if workers is not None and workers < 1:
        raise InputError(f"workers {workers}: expected at least 1")
    with Store(storage) as store:
        known = {each.id: _stored(store, each, spent) for each in selected}
        missing = [each for each in selected if known[each.id] is None]
        seconds: dict[int, float] = {}
        for done, (number, evidence, took) in enumerate(_measured(missing, spent, workers), 1):
            store.add_evidence(_key(claim(number), spent), evidence.to_dict())
            known[number], seconds[number] = evidence, took
            if progress:
                progress(done, len(missing))
    return tuple(_result(each, spent, known[each.id], seconds.get(each.id)) for each in selected)


def stored(store: Store, effort: Effort) -> dict[int, Verdict]:
    """Return the verdicts on the evidence that a store holds, by the claim's number."""
    found = {each.id: _stored(store, each, effort) for each in claims()}
    return {number: judge(claim(number), each) for number, each in found.items() if each}


def _result(
    each: Claim, effort: Effort, evidence: Evidence | None, seconds: float | None
) -> Result:
    assert evidence is not None  # noqa: S101 - it was stored or has been measured
    return Result(each, effort, evidence, judge(each, evidence), seconds)


def _key(each: Claim, effort: Effort) -> tuple[int, int, str, int]:
    return each.id, each.recipe, effort.name, effort.seed_set


def _stored(store: Store, each: Claim, effort: Effort) -> Evidence | None:
    plain = store.evidence(_key(each, effort))
    return None if plain is None else Evidence.from_dict(plain)


def _measured(
    missing: Sequence[Claim], effort: Effort, workers: int | None
) -> Iterator[tuple[int, Evidence, float]]:
    count = min(len(missing), cpu_count() if workers is None else workers)
    engine: Engine = Pool(count) if count > 1 else InProcess()
    return engine.map(_measure, [(each.id, effort) for each in missing])


def _measure(job: tuple[int, Effort]) -> tuple[int, Evidence, float]:
    number, effort = job
    started = time.process_time()
    evidence = claim(number).measure(effort)
    return number, evidence, time.process_time() - started
