"""The web application: the page's files, its colours, and the socket to its process."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from initscope.lab import messages
from initscope.lab.colours import stylesheet
from initscope.lab.guard import REPORT_POLICY, Guard
from initscope.lab.messages import Answer, RefusedError
from initscope.lab.session import Session, context, warm_up

STATIC = Path(__file__).with_name("static")

MOST_SESSIONS = 64
"""Pages at a time; each has a process of about 150 MB."""

MOST_REPORTS = 64
"""Documents that the server keeps, of half a megabyte each."""

_TRY_AGAIN_LATER = 1013
_BROKEN = 1011


def application(host: str, storage: str, most_sessions: int = MOST_SESSIONS) -> Starlette:
    """Return the lab as an ASGI application.

    Args:
        host: the address that it is bound to, which decides the names it answers to.
        storage: database URL of the results store.
        most_sessions: pages at a time.
    """
    lab = Lab(storage, most_sessions)
    return Starlette(
        routes=[
            WebSocketRoute("/socket", lab.socket),
            Route("/palette.css", _palette),
            Route("/reports/{name}", lab.report),
            Mount("/", StaticFiles(directory=STATIC, html=True)),
        ],
        middleware=[Middleware(Guard, host=host)],
        lifespan=lab.lifespan,
    )


class Lab:
    """The pages that are open."""

    def __init__(self, storage: str, most_sessions: int) -> None:
        self._how, self._storage, self._most = context(), storage, most_sessions
        self._open = 0
        self._reports: dict[str, bytes] = {}

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        """Load torch beside the server's start, in another process."""
        threading.Thread(target=warm_up, args=(self._how,), daemon=True).start()
        yield

    async def report(self, request: Request) -> Response:
        """Serve a document that a page's process has made."""
        html = self._reports.get(request.path_params["name"])
        if html is None:
            return PlainTextResponse("this report is gone: make it again\n", status_code=404)
        return HTMLResponse(html, headers={"Content-Security-Policy": REPORT_POLICY})

    def _publish(self, html: bytes) -> str:
        """Keep a document, and return its address; the oldest gives way."""
        while len(self._reports) >= MOST_REPORTS:
            del self._reports[next(iter(self._reports))]
        name = secrets.token_urlsafe(16)
        self._reports[name] = html
        return f"reports/{name}"

    async def socket(self, page: WebSocket) -> None:
        """Serve one page, from its connection to its end."""
        await page.accept()
        if self._open >= self._most:
            full = f"{self._open} pages are open, which is all that this lab serves: close one"
            await page.send_text(Answer(None, "refused", {"field": None, "message": full}).text())
            await page.close(_TRY_AGAIN_LATER)
            return
        self._open += 1
        session = Session(self._how, self._storage, page.send_text, self._publish)
        try:
            await _serve(page, session)
        finally:
            self._open -= 1
            await session.close()


async def _serve(page: WebSocket, session: Session) -> None:
    """Pass messages on until the page or its process ends."""
    reading = asyncio.create_task(_read(page, session))
    ending = asyncio.create_task(session.run())
    try:
        await asyncio.wait({reading, ending}, return_when=asyncio.FIRST_COMPLETED)
        if ending.done() and not reading.done():
            await page.close(_BROKEN, "the process of this page has ended")
    finally:
        for task in (reading, ending):
            task.cancel()
        await asyncio.gather(reading, ending, return_exceptions=True)


async def _read(page: WebSocket, session: Session) -> None:
    try:
        while True:
            message = await page.receive()
            if message["type"] == "websocket.disconnect":
                return
            try:
                await session.ask(messages.read(message.get("text")))
            except RefusedError as error:
                await page.send_text(error.answer.text())
    except (WebSocketDisconnect, OSError):
        return


async def _palette(_request: Request) -> Response:
    return Response(stylesheet(), media_type="text/css")
