"""Signal: what a random network does to its inputs and gradients, layer by layer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn

from initscope.checking import CheckReport, check
from initscope.errors import InputError
from initscope.initializers import get, sigma_w
from initscope.lab import spread
from initscope.lab.between import Between
from initscope.lab.catalogue import require_activation, require_initializer
from initscope.lab.fields import FieldError
from initscope.lab.link import Link
from initscope.lab.plane import point
from initscope.lab.requests import Signal
from initscope.networks import Built, build
from initscope.observe import Operation
from initscope.propagate import Backward
from initscope.report import check_text
from initscope.report.finding_card import card
from initscope.rules.checks.dead_units import dead
from initscope.rules.checks.saturated_units import END, flat_ends
from initscope.theory import MeanField

MOST_WEIGHTS = 60 * 1024**2
"""Of a network: with their gradients, the page's process then holds less than 900 MiB."""


def run(request: Signal, link: Link) -> None:
    """Send the picture with the findings, then what the mean-field theory says of the scales."""
    text = target(request)
    with Between(link):
        picture = _picture(request, text)
    link.part("picture", picture)
    link.part("again", {"command": command(text), "python": python(text)})
    link.proceed()
    link.part("phase", _phase(request))


def _picture(request: Signal, text: str) -> dict[str, Any]:
    built = _built(request, text)
    kept: list[Tensor] = []
    for module in _activations(built.model):
        module.register_forward_hook(lambda _module, _inputs, output: kept.append(output))
    report = check(built.model, built.example)
    return {
        "layers": list(_layers(report, request)),
        "spread": spread.of(kept, _flat_ends(report), END),
        "verdict": check_text.verdict(report).partition(": ")[2],
        "findings": [card(each, check_text.also(each)) for each in report.findings],
        "stream": request.residual,
    }


def target(request: Signal) -> str:
    """Return the network's text form, with what differs from the default.

    >>> target(Signal(depth=3, width=8, activation="relu", init="he_normal", correlation=0))
    'mlp:depth=3,width=8,inputs=8,activation=relu,init=he_normal'
    """
    sizes: dict[str, Any] = {
        "depth": request.depth,
        "width": request.width,
        "inputs": request.width,
        "activation": request.activation,
        "norm": request.norm,
        "residual": str(request.residual).lower(),
        "branch_scale": request.branch_scale if request.residual else 1.0,
        "init": request.init,
        "bias_std": request.bias_std,
        "input_second_moment": request.second_moment,
        "input_correlation": request.correlation,
        "seed": request.seed,
    }
    usual = {"norm": "none", "residual": "false", "branch_scale": 1.0, "bias_std": 0.0}
    usual |= {"input_second_moment": 1.0, "input_correlation": 0.0, "seed": 0}
    return "mlp:" + ",".join(
        f"{name}={_number(value)}" for name, value in sizes.items() if usual.get(name) != value
    )


def command(text: str) -> str:
    """Return the command that says the same of a network."""
    return f"initscope check '{text}'"


def python(text: str) -> str:
    """Return the same in Python."""
    return (
        "import initscope\n"
        "from initscope.networks import build\n\n"
        f"built = build({text!r})\n"
        "report = initscope.check(built.model, built.example)\n"
        "for layer in report.layers:\n"
        "    print(layer.signal, layer.gradient)\n"
        "for finding in report.findings:\n"
        "    print(finding.severity, finding.code, finding.message)\n"
    )


def _built(request: Signal, text: str) -> Built:
    require_activation(request.activation)
    require_initializer(request.init)
    _require_room(request)
    try:
        return build(text)
    except InputError as error:
        raise FieldError("init", str(error)) from None


def _require_room(request: Signal) -> None:
    weights = request.depth * request.width**2
    if weights > MOST_WEIGHTS:
        fits = MOST_WEIGHTS // request.width**2
        raise FieldError(
            "width",
            f"{request.depth} layers of {request.width} have {weights / 1e6:.0f} million weights: "
            f"expected at most {MOST_WEIGHTS / 1e6:.0f} million, such as {fits} layers",
        )


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _activations(model: nn.Module) -> Iterator[nn.Module]:
    """Yield every block's activation: the third module of its sequence."""
    return (module for name, module in model.named_modules() if name.endswith(".2"))


def _layers(report: CheckReport, request: Signal) -> Iterator[dict[str, Any]]:
    for number, rows in enumerate(_blocks(report, request), start=1):
        stop = _stop(rows, request)
        entry = report.evidence.prediction[stop.index] if report.evidence.prediction else None
        forward = entry.forward if entry else None
        size = math.prod(stop.output_shapes[0][1:])
        yield {
            "layer": number,
            "signal": stop.forward.second_moment if stop.forward else None,
            **_band("signal", forward, 1.0),
            "gradient": stop.backward.second_moment * size if stop.backward else None,
            **_band("gradient", entry.backward if entry else None, size),
            "correlation": stop.forward.cosine if stop.forward else None,
            "correlation_theory": forward.cosine if forward else None,
            "dead": _dead(rows, report),
        }


def _blocks(report: CheckReport, request: Signal) -> list[list[Operation]]:
    """Return the operations of every block, by the number that begins their module's path."""
    blocks: list[list[Operation]] = [[] for _ in range(request.depth)]
    for row in report.evidence.trace.operations:
        number = int(row.module.partition(".")[0])
        if number < request.depth:
            blocks[number].append(row)
    return blocks


def _stop(rows: list[Operation], request: Signal) -> Operation:
    """Return what stands for a block: its linear layer, or what it leaves in the stream."""
    if not request.residual:
        return next(row for row in rows if row.kind == "linear")
    return rows[-1]


def _band(name: str, predicted: Backward | None, scale: float) -> dict[str, float | None]:
    low, high = predicted.interval if predicted else (None, None)
    values = {"theory": predicted.second_moment if predicted else None, "low": low, "high": high}
    return {
        f"{name}_{key}": None if value is None else value * scale for key, value in values.items()
    }


def _dead(rows: list[Operation], report: CheckReport) -> float | None:
    """Return the share of units that are off for every input, where they can be."""
    found = next((dead(row, report.evidence) for row in rows if row.kind == "activation"), None)
    return found.share if found else None


def _flat_ends(report: CheckReport) -> tuple[float, float] | None:
    rows = report.evidence.trace.operations
    return next((flat_ends(row) for row in rows if row.kind == "activation"), None)


def _phase(request: Signal) -> dict[str, Any] | None:
    """Return where the scales stand on the map; None where weights have a mean."""
    scale = sigma_w(get(request.init), request.width)
    if scale is None:
        return None
    return point(MeanField(request.activation, scale, request.bias_std))
