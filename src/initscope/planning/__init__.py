"""Plans: what initializes every parameter of a model, applied, and audited."""

from initscope.planning.audit import Audit, AuditRow, audit
from initscope.planning.checks import Check
from initscope.planning.initialize import init_
from initscope.planning.plan import Plan, Row, plan
from initscope.planning.slots import ROLES, Layout, Slot
from initscope.planning.weights import Weights, read, write, write_model

__all__ = [
    "ROLES",
    "Audit",
    "AuditRow",
    "Check",
    "Layout",
    "Plan",
    "Row",
    "Slot",
    "Weights",
    "audit",
    "init_",
    "plan",
    "read",
    "write",
    "write_model",
]
