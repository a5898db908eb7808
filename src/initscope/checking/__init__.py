"""The linter's orchestration: observe, predict, decide, report, mend."""

from initscope.checking.check import check
from initscope.checking.config import Config
from initscope.checking.fix import FixResult
from initscope.checking.report import CheckReport

__all__ = ["CheckReport", "Config", "FixResult", "check"]
