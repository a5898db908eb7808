"""``initscope lab``: see initialization work, in the browser."""

from __future__ import annotations

import click

from initscope.cli import options

_PORT = 8642


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=_PORT, show_default=True)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to bind to; this machine's own."
)
@click.option("--browser/--no-browser", default=True, help="Open the page. [default: --browser]")
@options.storage_option
def lab(port: int, host: str, storage: str, *, browser: bool) -> None:
    r"""Open a local page that shows what a network does as you move a slider.

    Every page has a process of its own, which ends when the page closes. Nothing is sent to any
    other host. Ctrl-C ends the lab.

    \b
    initscope lab
    initscope lab --port 0 --no-browser
    """
    from initscope.lab.serve import serve

    serve(host, port, storage, browser=browser, say=click.echo)
