"""The names under which a lab is reached."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit


def is_ours(header: str, bound: str) -> bool:
    """Whether a Host header names this lab.

    An address is always the lab's own, since no other site has it as its name; bound to this
    machine alone, it is an address of this machine alone.

    >>> is_ours("127.0.0.1:8642", "127.0.0.1"), is_ours("localhost", "127.0.0.1")
    (True, True)
    >>> is_ours("evil.example:8642", "127.0.0.1"), is_ours("10.0.0.7:8642", "127.0.0.1")
    (False, False)
    >>> is_ours("10.0.0.7:8642", "0.0.0.0"), is_ours("evil.example", "0.0.0.0")
    (True, False)
    """
    try:
        name = urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return False
    if name in ("localhost", bound.strip("[]").lower()):
        return True
    local = is_loopback(bound)
    try:
        return ipaddress.ip_address(name).is_loopback or not local
    except ValueError:
        return not local and name == socket.gethostname().lower()


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own, which no other machine reaches.

    >>> is_loopback("localhost"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
