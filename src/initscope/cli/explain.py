"""``initscope explain``: rules, questions, claims, initializers and activations, with numbers."""

from __future__ import annotations

import json

import click

from initscope.cli import options

SCHEMA_VERSION = 2


@click.command()
@click.argument("topic", required=False)
@click.option("--fan-in", type=int, default=100, show_default=True, help="Of an initializer.")
@click.option("--fan-out", type=int, default=50, show_default=True, help="Of an initializer.")
@options.format_option
def explain(topic: str | None, fan_in: int, fan_out: int, output: str) -> None:
    r"""Explain TOPIC, with numbers; without one, list all topics.

    TOPIC is the code or slug of a rule, a question from Q1 to Q13 or its slug, the number of a
    claim, an initializer, or an activation, also a function of your own as
    package.module:function.

    \b
    initscope explain SIG001
    initscope explain Q4
    initscope explain he_normal --fan-in 784 --fan-out 256
    initscope explain tanh
    """
    from rich.console import Console

    from initscope.cli import activations
    from initscope.report import markdown_text, plain, topics_text
    from initscope.topics import explain as page
    from initscope.topics import topics

    console = Console(highlight=False)
    if topic is None:
        known = topics()
        if output == "json":
            click.echo(json.dumps({"schema_version": SCHEMA_VERSION, "topics": known}, indent=2))
        else:
            topics_text.print_topics(known, console)
        return
    found = page(activations.read(topic) if ":" in topic else topic, fan_in, fan_out)
    if output == "json":
        shown = plain.finite({"schema_version": SCHEMA_VERSION, **found.to_dict()})
        click.echo(json.dumps(shown, indent=2))
        return
    markdown_text.print_page(found.title, found.text, console)
