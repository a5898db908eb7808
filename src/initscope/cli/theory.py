"""``initscope theory``: what depth does to signals and gradients."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from initscope.cli import activations, options
from initscope.cli.progress import Progress
from initscope.errors import InputError

if TYPE_CHECKING:
    from initscope.report.scales import Scales
    from initscope.report.theory_findings import Findings
    from initscope.report.theory_network import Plan
    from initscope.theory import Activation

_DEPTH, _WIDTH = 20, 256
_SIMULATED = 20  # networks in a report, where their number is not given


@click.command()
@click.argument("name", metavar="ACTIVATION")
@click.option("--sigma-w", type=float, help="Weights have standard deviation this / sqrt(fan_in).")
@click.option("--sigma-b", type=float, help="Standard deviation of the biases.")
@click.option("--depth", type=int, help=f"Layers of a network to predict. [default: {_DEPTH}]")
@click.option("--width", type=int, help=f"Units of its layers. [default: {_WIDTH}]")
@click.option("--init", metavar="NAME", help="Initializer of its weights, in place of --sigma-w.")
@click.option("--input-second-moment", type=float, default=1.0, show_default=True)
@click.option(
    "--correlation", type=float, default=0.5, show_default=True, help="Of the network's two inputs."
)
@click.option(
    "--simulate",
    type=int,
    help=f"Random networks to draw beside it. [default: 0; with --report {_SIMULATED}]",
)
@click.option(
    "--report", type=click.Path(path_type=Path), help="Write an HTML report to this file."
)
@options.format_option
def theory(name: str, report: Path | None, output: str, **given: Any) -> None:
    r"""Print what mean-field theory says of ACTIVATION in deep, wide networks.

    ACTIVATION is a name, with parameters where it has them, or a function of your own as
    package.module:function, found from the current folder. Without scales, those of its critical
    point are taken; where there is none, the forward gain and no biases. With any option of the
    network, its layers are predicted one by one. In JSON, null stands for infinity.

    \b
    initscope theory tanh --sigma-w 1.3 --sigma-b 0.2
    initscope theory gelu --depth 50 --width 512 --init he_normal --simulate 50
    """
    from rich.console import Console

    from initscope import files
    from initscope.report import theory_text

    if report:
        files.require_writable(report)
    findings = _findings(activations.read(name), report, given)
    if report:
        from initscope.report import html

        html.write_report(findings, report)
    if output == "json":
        plain = {**findings.to_dict(), "report": str(report) if report else None}
        click.echo(json.dumps(plain, indent=2))
        return
    console = Console(highlight=False)
    theory_text.print_theory(findings, console)
    if report:
        console.print(f"report: {report}", style="dim", soft_wrap=True)


def _findings(f: Activation, report: Path | None, given: dict[str, Any]) -> Findings:
    from initscope.report.theory_findings import Findings, find
    from initscope.report.theory_network import find_network

    scales = _scales(f, given)
    findings = find(f, scales)
    plan = _plan(report, given)
    if plan is None:
        return findings
    with Progress("simulating") as progress:
        network = find_network(f, scales, plan, progress)
    return Findings(findings.field, scales, network)


def _plan(report: Path | None, given: dict[str, Any]) -> Plan | None:
    from initscope.report.theory_network import Plan

    asked = ("depth", "width", "init", "simulate")
    if not report and all(given[name] is None for name in asked):
        return None
    depth, width, networks = given["depth"], given["width"], given["simulate"]
    return Plan(
        _DEPTH if depth is None else depth,
        _WIDTH if width is None else width,
        given["input_second_moment"],
        given["correlation"],
        (_SIMULATED if report else 0) if networks is None else networks,
    )


def _scales(f: Activation, given: dict[str, Any]) -> Scales:
    from initscope.report.scales import Scales, choose
    from initscope.theory.arguments import require_scale

    sigma_w, sigma_b, name = given["sigma_w"], given["sigma_b"], given["init"]
    for option, value in (("--sigma-w", sigma_w), ("--sigma-b", sigma_b)):
        if value is not None:
            require_scale(option, value)
    if name is None:
        return choose(f, sigma_w, sigma_b)
    if sigma_w is not None:
        raise InputError("--init gives the scale of the weights: leave out --sigma-w")
    width = _WIDTH if given["width"] is None else given["width"]
    return Scales(_scale(name, width), sigma_b or 0.0, f"{name} at width {width}")


def _scale(name: str, width: int) -> float:
    """Return sigma_w of an initializer, for a square weight."""
    from initscope.initializers import Fans, get
    from initscope.streams import Stream

    if width < 1:
        raise InputError(f"width {width}: expected a whole number from 2")
    initializer = get(name)
    fans = Fans(width, width)
    std = initializer.std(fans)
    side = 256
    mean = float(initializer.sample((side, side), fans, Stream(0, "weight")).mean())
    if abs(mean) > 6 * std / side:
        raise InputError(
            f"{name} draws weights whose mean is not zero: the theory is for centred weights"
        )
    return float(std * width**0.5)
