"""By hand: the 2-2-1 network, every line of every step with its arithmetic."""

from __future__ import annotations

import shlex
from typing import Any

from initscope.classroom import Line, Step, byhand
from initscope.lab.catalogue import require_activation, require_initializer
from initscope.lab.fields import FieldError
from initscope.lab.link import Link
from initscope.lab.requests import ByHand

_PARTS = ("forward", "loss", "backward", "update")


def run(request: ByHand, link: Link) -> None:
    """Send all lines, and how to do the same elsewhere."""
    found = byhand(
        require_initializer(request.init),
        require_activation(request.activation),
        steps=request.steps,
        learning_rate=request.learning_rate,
        loss=request.loss,
        x=(request.x1, request.x2),
        target=_target(request),
        seed=request.seed,
    )
    link.part(
        "paper",
        {
            "x": list(found.x),
            "target": found.target,
            "losses": list(found.losses),
            "unmoved": list(found.unmoved),
            "one_unit": found.is_one_unit,
            "steps": [_step(step) for step in found.steps],
        },
    )
    link.part("again", {"command": _command(request), "python": _python(request)})


def _target(request: ByHand) -> float:
    if request.loss == "sigmoid" and request.target not in (0, 1):
        raise FieldError(
            "target", f"target is {request.target:g}: cross-entropy needs 0 or 1, or take squared"
        )
    return request.target


def _step(step: Step) -> dict[str, Any]:
    return {
        "before": dict(step.before),
        "lines": [_line(part, line) for part in _PARTS for line in getattr(step, part)],
    }


def _line(part: str, line: Line) -> dict[str, Any]:
    return {
        "part": part,
        "name": line.name,
        "formula": line.formula,
        "arithmetic": line.arithmetic(4),
        "value": line.value,
    }


def _command(request: ByHand) -> str:
    words = ["initscope", "byhand", "--init", request.init, "--activation", request.activation]
    words += ["--steps", str(request.steps), "--lr", f"{request.learning_rate:g}"]
    words += ["--loss", request.loss, "--input", f"{request.x1:g},{request.x2:g}"]
    return shlex.join([*words, "--target", f"{request.target:g}", "--seed", str(request.seed)])


def _python(request: ByHand) -> str:
    return (
        "import initscope\n\n"
        "found = initscope.byhand(\n"
        f"    {request.init!r}, {request.activation!r}, steps={request.steps}, "
        f"learning_rate={request.learning_rate:g},\n"
        f"    loss={request.loss!r}, x=({request.x1:g}, {request.x2:g}), "
        f"target={request.target:g}, seed={request.seed},\n)\n"
        "for line in found.steps[0].forward:\n"
        "    print(line.name, '=', line.arithmetic(), '=', line.value)\n"
    )
