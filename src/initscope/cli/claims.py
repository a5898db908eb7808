"""``initscope claims``: what textbooks say, tested."""

from __future__ import annotations

import json
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import click

from initscope.cli import options

if TYPE_CHECKING:
    from initscope.claims import Result, Verdict

SCHEMA_VERSION = 1


@click.group(invoke_without_command=True)
@options.storage_option
@options.format_option
@click.pass_context
def claims(context: click.Context, storage: str, output: str) -> None:
    r"""List what textbooks say of initialization; show one claim, or test them.

    \b
    initscope claims
    initscope claims show 20
    initscope claims run 20 21
    initscope claims run --quick
    """
    context.obj = storage
    if not context.invoked_subcommand:
        context.invoke(list_, output=output)


@claims.command("list")
@options.format_option
@click.pass_obj
def list_(storage: str, output: str) -> None:
    """List every claim, with the verdicts that the store holds."""
    from rich.console import Console

    from initscope.claims import claims as table
    from initscope.report import claims_text

    known = _stored(storage)
    if output == "json":
        rows = [
            {
                **claims_text.plain(each),
                "verdict": known[each.id].word if each.id in known else None,
            }
            for each in table()
        ]
        click.echo(json.dumps({"schema_version": SCHEMA_VERSION, "claims": rows}, indent=2))
        return
    claims_text.print_claims(table(), known, Console(highlight=False))


@claims.command()
@click.argument("claim")
@options.format_option
@click.pass_obj
def show(storage: str, claim: str, output: str) -> None:
    """Say everything about CLAIM, a number or a name, with its verdict where one is stored."""
    from rich.console import Console

    from initscope.claims import claim as named
    from initscope.report import claims_text, plain

    found = named(claim)
    verdict = _stored(storage).get(found.id)
    if output == "json":
        rows = {
            **claims_text.plain(found),
            "verdict": verdict.word if verdict else None,
            "findings": plain.finite(verdict.to_dict())["findings"] if verdict else None,
        }
        click.echo(json.dumps({"schema_version": SCHEMA_VERSION, **rows}, indent=2))
        return
    claims_text.print_claim(found, verdict, Console(highlight=False))


@claims.command()
@click.argument("chosen", nargs=-1, metavar="[CLAIM]...")
@click.option("--quick", is_flag=True, help="Fewer seeds, wider intervals: a minute for all.")
@click.option(
    "--seed-set",
    type=int,
    default=0,
    show_default=True,
    help="Which seeds; sets share none, so that their verdicts can be compared.",
)
@click.option("--workers", type=int, help="Processes. [default: one a core]")
@click.option(
    "--charts",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the chart of each claim to this folder, as SVG.",
)
@options.format_option
@click.pass_obj
def run(  # noqa: PLR0913, PLR0917 - an option each
    storage: str,
    chosen: tuple[str, ...],
    quick: bool,
    seed_set: int,
    workers: int | None,
    charts: Path | None,
    output: str,
) -> None:
    """Test each CLAIM, or all; what the store holds is judged without measuring it again."""
    from rich.console import Console

    from initscope.claims import run as measure
    from initscope.cli.progress import stored
    from initscope.report import claims_text

    # Workers that have grown are replaced between claims, which loky tells as if it were a fault.
    warnings.filterwarnings("ignore", category=UserWarning, module=r"loky\.")
    started = time.perf_counter()
    with stored("testing", "claims") as progress:
        results = measure(
            chosen or None,
            effort="quick" if quick else "full",
            seed_set=seed_set,
            storage=storage,
            workers=workers,
            progress=progress,
        )
    if charts:
        _draw(results, charts)
    if output == "json":
        _print_json(results, time.perf_counter() - started)
        return
    claims_text.print_results(results, Console(highlight=False))


def _print_json(results: tuple[Result, ...], seconds: float) -> None:
    from initscope.report import plain

    rows = plain.finite([result.to_dict() for result in results])
    whole = {"schema_version": SCHEMA_VERSION, "seconds": seconds, "claims": rows}
    click.echo(json.dumps(whole, indent=2))


def _stored(storage: str) -> dict[int, Verdict]:
    """Return the verdicts that a store holds, full runs before quick ones; none without a store."""
    from initscope.claims.effort import Effort
    from initscope.claims.running import stored
    from initscope.errors import StorageError
    from initscope.store import Store

    try:
        with Store(storage, create=False) as store:
            return {**stored(store, Effort("quick")), **stored(store, Effort("full"))}
    except StorageError:
        return {}


def _draw(results: tuple[Result, ...], folder: Path) -> None:
    from initscope import files
    from initscope.report.charts_theme import svg
    from initscope.report.claim_charts import forest

    folder.mkdir(parents=True, exist_ok=True)
    for result in results:
        files.write_text(
            folder / f"{result.claim.id:02}-{result.claim.slug}.svg", svg(forest(result))
        )
