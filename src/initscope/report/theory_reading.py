"""What the theory means for depth, in one sentence."""

from __future__ import annotations

import math

from initscope.report.numbers import significant
from initscope.report.theory_findings import Findings
from initscope.theory.mean_field import CRITICAL


def reading(findings: Findings) -> str:
    """Say in one sentence what this means for depth."""
    sentence = "; ".join((_signal(findings), _gradient(findings), _inputs(findings)))
    return f"{sentence[0].upper()}{sentence[1:]}."


def _signal(findings: Findings) -> str:
    field = findings.field
    if field.is_scale_free:
        return "signals keep their size, whatever it is"
    if math.isinf(field.q_star):
        return "signals grow without bound"
    powers = abs(field.chi_parallel - 1) <= CRITICAL
    if field.chi_parallel > 1 and not powers:
        pace = _pace(field.chi_parallel)
        return f"the second moment {significant(field.q_star)} is left, {pace}"
    where = (
        "signals vanish"
        if field.q_star == 0
        else f"signals come to the second moment {significant(field.q_star)}"
    )
    return f"{where}, {_pace(field.chi_parallel, powers)}"


def _gradient(findings: Findings) -> str:
    chi = findings.field.chi_1
    if findings.field.phase == "critical":
        return "gradients neither vanish nor explode"
    if chi == 0:
        return "no gradient passes"
    if math.isinf(chi):
        return "gradients explode, ever faster"
    verb = "falls" if chi < 1 else "grows"
    return f"the gradient's second moment {verb} {_pace(chi)}"


def _inputs(findings: Findings) -> str:
    field = findings.field
    marginal = abs(field.chi_c - 1) <= CRITICAL
    if field.q_star == 0:
        return "small signals keep their correlation"
    if marginal and abs(field.correlation_map(0.0)) <= CRITICAL:
        return "two inputs keep their correlation"
    if field.c_star == 1:
        return f"two inputs become alike, {_pace(field.chi_c, marginal)}"
    where = f"two inputs come to the correlation {significant(field.c_star)}"
    return f"{where}, {_pace(field.chi_c)}"


def _pace(factor: float, powers: bool = False) -> str:
    """Say how fast something changes that is multiplied by a factor a layer."""
    size = abs(factor)
    if powers or size == 1:
        return "by a power of depth"
    if size == 0:
        return "at once"
    if abs(math.log(size)) > 1 / 2:
        return f"by a factor {significant(max(size, 1 / size), 3)} a layer"
    return f"by a factor e every {significant(1 / abs(math.log(size)), 3)} layers"
