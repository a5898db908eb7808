"""``initscope results``: what the store holds."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import click

from initscope.cli import options


@click.group(invoke_without_command=True)
@options.storage_option
@options.format_option
@click.pass_context
def results(context: click.Context, storage: str, output: str) -> None:
    """List the experiments of the results store; show or export one of them."""
    context.obj = storage
    if context.invoked_subcommand:
        return
    from rich.console import Console

    from initscope.report import results_text
    from initscope.store import Store

    with Store(storage, create=False) as store:
        experiments = store.experiments()
    if output == "json":
        click.echo(json.dumps(results_text.plain(experiments), indent=2))
    else:
        results_text.print_experiments(experiments, Console(highlight=False))


@results.command()
@click.argument("experiment")
@click.option("--threshold", type=float, help="[default: 0.9, for regression 0.4]")
@options.format_option
@click.pass_obj
def show(storage: str, experiment: str, threshold: float | None, output: str) -> None:
    """Summarize EXPERIMENT, named by its identifier or the beginning of it."""
    from rich.console import Console

    from initscope.comparison.stored import load
    from initscope.report import compare_text
    from initscope.store import Store

    with Store(storage, create=False) as store:
        comparison = load(store, experiment, threshold)
    if output == "json":
        click.echo(json.dumps({**comparison.to_dict(), "report": None}, indent=2))
    else:
        compare_text.print_comparison(comparison, Console(highlight=False))


@results.command()
@click.argument("experiment")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The CSV file to write. [default: standard output]",
)
@click.pass_obj
def export(storage: str, experiment: str, output: Path | None) -> None:
    """Export every network of EXPERIMENT as CSV, one line a network."""
    from initscope import files
    from initscope.comparison.stored import find
    from initscope.store import Store

    with Store(storage, create=False) as store:
        identifier = find(store, experiment).id
        records = store.records(identifier)
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(
        ["experiment", "cell", "seed", "outcome", "test_accuracy", "test_loss", "train_loss"]
    )
    writer.writerows(
        [
            identifier,
            record.cell,
            record.seed,
            record.outcome,
            record.test_accuracy[-1],
            record.test_loss[-1],
            record.train_loss[-1],
        ]
        for record in records
    )
    if output:
        files.write_text(output, table.getvalue())
    else:
        click.echo(table.getvalue(), nl=False)
