"""What textbooks say of initialization, each statement an experiment with a verdict."""

from initscope.claims.claim import Case, Claim
from initscope.claims.effort import EFFORTS, Effort
from initscope.claims.evidence import Evidence
from initscope.claims.running import Result, run
from initscope.claims.table import claim, claims
from initscope.claims.verdict import Finding, Verdict

__all__ = [
    "EFFORTS",
    "Case",
    "Claim",
    "Effort",
    "Evidence",
    "Finding",
    "Result",
    "Verdict",
    "claim",
    "claims",
    "run",
]
