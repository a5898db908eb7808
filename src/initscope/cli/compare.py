"""``initscope compare``: train many networks from each initializer, and report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from initscope.cli import network_options, options, sweep_options, training_options
from initscope.cli.progress import stored
from initscope.errors import InputError, StorageError

if TYPE_CHECKING:
    from initscope.comparison import Comparison, Sweep
    from initscope.training import Network


@click.command()
@click.argument("task")
@click.option(
    "--init",
    "initializers",
    multiple=True,
    metavar="NAMES",
    help="Initializers of the hidden layers, or schemes (auto, fixup ...), or own, between commas; "
    "may be repeated. Where both have a name, it is the scheme's: initializer:gpt2 is the other. "
    "Default: those of the tutorials for this task.",
)
@click.option(
    "--head",
    metavar="NAME",
    help="Initializer of the output layer, or 'same' as the hidden layers. "
    "Default: the tutorial's for this task.",
)
@click.option(
    "--seeds",
    default="100",
    show_default=True,
    help="How many networks of each initializer, or their seeds as ranges (0-49,100-149).",
)
@click.option(
    "--hidden",
    metavar="WIDTHS",
    callback=options.whole_numbers("hidden widths"),
    help="Widths of the hidden layers. [default: 64,64]",
)
@click.option("--depth", type=int, help="Number of hidden layers, in place of --hidden.")
@click.option("--width", type=int, help="Width of every hidden layer. [default: 64]")
@click.option("--activation", help="Of the hidden layers. [default: relu]")
@click.option(
    "--network",
    metavar="TEXT",
    help="Another network: convnet, rnn, transformer or mlp, with sizes as in "
    "convnet:depth=4,channels=16,norm=batch.",
)
@click.option(
    "--model", metavar="FACTORY", help="A network of yours: package.module:factory makes it."
)
@click.option(
    "--input-shape",
    metavar="SIZES",
    callback=options.whole_numbers("input shape"),
    help="Shape in which --model takes a row of features, such as 1,8,8.",
)
@network_options.network_options
@click.option(
    "--gain",
    type=float,
    default=1.0,
    show_default=True,
    help="Factor on the initial weights of all layers but the head.",
)
@training_options.training_options
@click.option("--target", metavar="COLUMN", help="The column of a file that is predicted.")
@click.option("--problem", help="classification or regression. Default: by the target.")
@click.option("--scale", default="none", show_default=True, help="none or standard: features.")
@click.option("--split-seed", type=int, default=42, show_default=True)
@click.option("--test-share", type=float, default=0.2, show_default=True)
@click.option(
    "--validation",
    type=float,
    default=0.0,
    metavar="SHARE",
    help="Judge on this share of the training data, and leave the test data alone.",
)
@click.option(
    "--threshold",
    type=float,
    help="Test accuracy whose first epoch is reported. [default: 0.9, or R squared 0.4]",
)
@sweep_options.sweep_option
@sweep_options.config_option
@click.option(
    "--until-ci",
    type=float,
    metavar="WIDTH",
    help="Add seeds until the 95% interval of each mean, of 10 networks or more, is this narrow.",
)
@click.option("--max-seeds", type=int, default=1000, show_default=True, help="Bound of --until-ci.")
@sweep_options.tune_option
@click.option(
    "--reference",
    metavar="NAME",
    help="The initializer to compare with, named before anything is seen. [default: the best]",
)
@click.option("--workers", type=int, help="Processes. Default: one a core where it saves time.")
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    help="Where to write the HTML report. [default: initscope-TASK.html]",
)
@click.option("--no-report", is_flag=True, help="Write no HTML report.")
@options.storage_option
@options.format_option
def compare(task: str, storage: str, output: str, **given: Any) -> None:
    r"""Compare initializers by training networks on TASK, over many seeds.

    TASK is iris, wine, breast_cancer, digits, synthetic or, for regression, diabetes; or a file:
    CSV, Parquet or NPZ, with --target. Every initializer meets the same seeds and batches. Networks
    that the store holds are not trained again, so that the same command continues where it was
    interrupted.

    \b
    initscope compare iris --init zeros,glorot_uniform,he_uniform --seeds 100
    initscope compare digits --depth 10 --init "he_normal,normal(std=0.01)" --seeds 20
    initscope compare digits --sweep depth=2,10,30 --sweep activation=tanh,relu --seeds 10
    initscope compare digits --network convnet:depth=4,norm=batch --init own,auto,he_normal
    initscope compare digits --model package.module:factory --input-shape 1,8,8 --init own,auto
    initscope compare digits --optimizer sgd --tune lr
    initscope compare digits --depth 30 --norm batch --residual --sweep branch_scale=1,depth,zero
    initscope compare data.csv --target species --optimizer nesterov --clip-norm 1
    """
    from initscope import files
    from initscope.comparison import compare as run

    report = (
        None if given["no_report"] else given["report"] or Path(f"initscope-{Path(task).stem}.html")
    )
    arguments = _arguments(task, given)
    if report:
        files.require_writable(report)
    with stored("training", "networks") as progress:
        result = run(**arguments, storage=storage, progress=progress)
    if report:
        _write(result, report)
    if output == "json":
        plain = {**result.to_dict(), "report": str(report) if report else None}
        click.echo(json.dumps(plain, indent=2))
        return
    _print(result, report)


def _write(result: Comparison | Sweep, report: Path) -> None:
    from initscope.report import html

    try:
        html.write_report(result, report)
    except StorageError as error:
        raise StorageError(f"{error}; the results are stored, name another --report") from error


def _print(result: Comparison | Sweep, report: Path | None) -> None:
    from rich.console import Console

    from initscope.comparison import Sweep
    from initscope.report import compare_text, sweep_text

    console = Console(highlight=False)
    if isinstance(result, Sweep):
        sweep_text.print_sweep(result, console)
    else:
        compare_text.print_comparison(result, console)
    console.print(_closing(result, report), style="dim", soft_wrap=True)


_DATA = ("scale", "split_seed", "test_share", "validation", "target", "problem")


def _arguments(task: str, given: dict[str, Any]) -> dict[str, Any]:
    """Turn options into the arguments of `initscope.compare`."""
    from initscope.initializers import split
    from initscope.training import Data, start

    hidden = [start(name) for text in given["initializers"] for name in split(text)]
    return {
        "task": Data(task, **{name: given[name] for name in _DATA}),
        "initializers": hidden or None,
        "seeds": given["seeds"],
        "head": given["head"],
        "network": _network(given),
        "training": training_options.training(given),
        "threshold": given["threshold"],
        "workers": given["workers"],
        "sweep": sweep_options.read_axes(given["axes"]) or None,
        "until_ci": given["until_ci"],
        "max_seeds": given["max_seeds"],
        "tune": sweep_options.read_tune(given["tune"]),
        "gain": given["gain"],
        "reference": given["reference"],
    }


_PERCEPTRON = ("hidden", "depth", "width", "activation")


def _network(given: dict[str, Any]) -> Network:
    from initscope.training import MLP, Custom, network_named

    text, model, shape = given["network"], given["model"], given["input_shape"]
    if text and model:
        raise InputError("--network and --model name two networks: leave out one of them")
    if shape and not model:
        raise InputError(
            "--input-shape says how --model takes a row: leave it out, or name a model"
        )
    if not (text or model):
        return _perceptron(given)
    usual = MLP()
    for size in (*_PERCEPTRON, *network_options.NAMES):
        if given[size] not in (None, getattr(usual, size, None)):
            other = f"--network with {size}={given[size]}" if text else "the factory"
            raise InputError(
                f"--{size} is of the default perceptron: leave it out, {other} says it"
            )
    return network_named(text) if text else Custom(model, shape)


def _perceptron(given: dict[str, Any]) -> Network:
    from initscope.training import MLP

    depth, width, hidden = given["depth"], given["width"], given["hidden"]
    default = MLP()
    forms = {name: given[name] for name in network_options.NAMES}
    forms["activation"] = given["activation"] or default.activation
    if hidden is None:
        depth = len(default.hidden) if depth is None else depth
        return MLP.uniform(depth, default.hidden[0] if width is None else width, **forms)
    if depth is not None or width is not None:
        raise InputError("--hidden gives every width: leave out --depth and --width")
    return MLP(hidden, **forms)


def _tried(result: Comparison | Sweep) -> int:
    """Return the number of networks of which learning rates were chosen."""
    from initscope.comparison import Sweep

    comparisons = result.comparisons if isinstance(result, Sweep) else [result]
    return sum(trial.n for each in comparisons if each.tuning for trial in each.tuning.trials)


def _closing(result: Comparison | Sweep, report: Path | None) -> str:
    from initscope.comparison import Sweep

    base = result.base if isinstance(result, Sweep) else result.experiment
    points = len(result.points) if isinstance(result, Sweep) else 1
    count, seconds = result.throughput.networks, result.throughput.seconds
    total = points * len(base.cells) * len(base.seeds) + _tried(result)
    trained = f"trained {count} networks in {seconds:.1f} s" if count else "trained nothing"
    stored = f", {total - count} came from the store" if count < total else ""
    lines = [f"{trained}{stored}; results in {result.storage}"]
    return "\n".join(lines + ([f"report: {report}"] if report else []))
