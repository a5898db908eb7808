"""The linter's orchestration: observe, predict, decide, report, mend."""

from initscope.checking.check import check
from initscope.checking.report import CheckReport

__all__ = ["CheckReport", "check"]
