"""Who may talk to the lab: requests under a name of this machine, from a page of the lab itself.

A page of another site can send requests to a local port, and with a name of its own that points
here (DNS rebinding) even read the answers. Its requests carry its own name: Host tells it. What it
sends across sites carries its Origin.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from initscope.lab.names import is_ours

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing but the lab's own files, no code or style within the page, no other host."""

REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
"""For reports, which have their style inside, and no script."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}

_METHODS = ("GET", "HEAD")


class Guard:
    """Refuses foreign requests, and puts the security headers on every answer.

    Args:
        app: what is guarded.
        host: the address that the server is bound to.
    """

    def __init__(self, app: ASGIApp, host: str) -> None:
        self._app, self._host = app, host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await WebSocketClose(code=1008, reason=refusal)(scope, receive, send)
        else:
            answer = PlainTextResponse(f"{refusal}\n", status_code=403)
            await answer(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if not is_ours(host, self._host):
            return "Host is not a name of this lab"
        if origin is None and scope["type"] == "websocket":
            return "Origin is missing: expected that of a page of this lab"
        if origin is not None and urlsplit(origin).netloc != host:
            return "Origin is another site's"
        if scope["type"] == "http" and scope["method"] not in _METHODS:
            return "only GET and HEAD are understood"
        return None


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
