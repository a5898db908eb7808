"""Bind a port, say where the lab is, and serve until Ctrl-C."""

from __future__ import annotations

import errno
import os
import socket
import webbrowser
from collections.abc import Callable

from initscope.errors import InputError, MissingExtraError
from initscope.lab.names import is_loopback

PORT = 8642

_LONGEST_SILENCE = 120  # seconds; on a busy machine a page that is there may take long to say so
_LONGEST_FAREWELL = 10  # seconds for pages to hear of the end
_LONGEST_FRAME = 2**20  # beyond messages.LONGEST, which is refused with a sentence


def serve(host: str, port: int, storage: str, *, browser: bool, say: Callable[[str], None]) -> None:
    """Serve the lab until it is interrupted.

    Args:
        host: address to bind to.
        port: 0 takes any that is free.
        storage: database URL of the results store.
        browser: whether to open the page.
        say: takes a line for the person at the terminal.

    Raises:
        InputError: the address cannot be bound.
        MissingExtraError: the lab's packages are not installed.
    """
    try:
        import uvicorn
        import websockets  # noqa: F401 - uvicorn loads it when it serves

        from initscope.lab.app import application
    except ImportError as error:
        raise MissingExtraError("the lab", "lab") from error
    # Before any process that will load torch is started.
    os.environ["OMP_NUM_THREADS"] = "1"
    listening = bind(host, port)
    address = url(host, listening.getsockname()[1])
    config = uvicorn.Config(
        application(host, storage),
        log_level="warning",
        ws="websockets-sansio",
        ws_max_size=_LONGEST_FRAME,
        ws_per_message_deflate=False,
        ws_ping_timeout=_LONGEST_SILENCE,
        timeout_graceful_shutdown=_LONGEST_FAREWELL,
        server_header=False,
    )
    say(f"initscope lab: {address}")
    say(_reach(host))
    if browser:
        webbrowser.open(address)
    try:
        uvicorn.Server(config).run(sockets=[listening])
    except KeyboardInterrupt:
        pass
    finally:
        listening.close()


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        InputError: the port is in use, or there is no such address here.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), port), family=family, backlog=128)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise InputError(
                f"port {port} of {host} is in use: choose another, such as --port {port + 1}, or "
                "any free one with --port 0"
            ) from None
        raise InputError(
            f"cannot serve at {host}, port {port}: {error.strerror or error}"
        ) from None


def url(host: str, port: int) -> str:
    """Return the address to type into a browser.

    >>> url("0.0.0.0", 8642), url("::1", 8642)
    ('http://127.0.0.1:8642/', 'http://[::1]:8642/')
    """
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host.strip("[]"), host.strip("[]"))  # noqa: S104
    return f"http://[{name}]:{port}/" if ":" in name else f"http://{name}:{port}/"


def _reach(host: str) -> str:
    if is_loopback(host):
        return "Only this machine reaches it. Ctrl-C ends it."
    return (
        f"Warning: whoever reaches {host} can use it, and make this machine compute: there is no "
        "password. Ctrl-C ends it."
    )
