"""The web face: ``POST /inbox/NAME`` takes what is pushed, ``GET /health`` shows whether data is flowing.

A post is committed before it is answered with 2xx; any other answer means it may be sent again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Protocol

from fastapi import FastAPI, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from hub.errors import DataError, HubError, NotFound, StoreError, TransientError
from hub.faces.pages import CSS_HASH, health_page, message_page
from hub.plugin import Post

__all__ = ["Receiver", "Terms", "application", "serve"]

log = logging.getLogger(__name__)

BODY_SECONDS = 30.0
MAX_BYTES = 256 * 1024
RETRY_SECONDS = 5
DRAINED = 1024 * 1024
"""Bytes over the limit read to no use: a line shut on a sender who is still sending loses our answer."""

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"default-src 'none'; style-src '{CSS_HASH}'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms an inbox takes posts, by its settings of these names where it has them."""

    max_bytes: int = MAX_BYTES
    origins: Sequence[str] = ()
    """The web origins whose pages may post to it; ``*`` for all; none named, nobody is asked."""

    @classmethod
    def of(cls, settings: object) -> Terms:
        """The terms a connector's settings state."""
        return cls(getattr(settings, "max_bytes", MAX_BYTES), tuple(getattr(settings, "origins", ())))


class Receiver(Protocol):
    """What this face needs of the hub."""

    def receive(self, connector: str, post: Post, /) -> int:
        """Land a post, committed; the number of records."""
        ...

    def inbox_settings(self, connector: str, /) -> object:
        """The settings of a connector; ``NotFound`` when there is none of this name."""
        ...

    def settle(self) -> None:
        """Resolve what has landed."""
        ...

    def health(self) -> Mapping[str, Any]:
        """The state of every connector."""
        ...


def application(hub: Receiver) -> FastAPI:
    """The pages and inboxes of one hub."""
    app = FastAPI(title="CRM Hub", docs_url=None, redoc_url=None, openapi_url=None)

    @app.middleware("http")
    async def guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        response.headers.update(HEADERS)
        return response

    @app.options("/inbox/{connector}")
    async def preflight(connector: str, request: Request) -> Response:
        try:
            terms = Terms.of(await run_in_threadpool(hub.inbox_settings, connector))
        except HubError as error:
            return _refused(request, error)
        return Response(status_code=204, headers=_cors(request, terms))

    @app.post("/inbox/{connector}")
    async def inbox(connector: str, request: Request) -> Response:
        cors: dict[str, str] = {}
        try:
            terms = Terms.of(await run_in_threadpool(hub.inbox_settings, connector))
            cors = _cors(request, terms)
            if terms.origins and "origin" in request.headers and not cors:
                return _answer(request, 403, "this page may not post here", "add its origin to `origins`")
            body = await _read(request, terms.max_bytes)
            if isinstance(body, Response):
                body.headers.update(cors)
                return body
            post = Post(
                body,
                request.headers.get("content-type", ""),
                headers={name.lower(): value for name, value in request.headers.items()},
                query=dict(request.query_params),
            )
            received = await run_in_threadpool(hub.receive, connector, post)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:
            response = _refused(request, error)
        else:
            response = _accepted(request, received)
            response.background = BackgroundTask(_settle, hub)
        response.headers.update(cors)
        return response

    @app.get("/health")
    async def health(request: Request) -> Response:
        try:
            found = await run_in_threadpool(hub.health)
        except Exception as error:
            return _refused(request, error)
        status = 200 if found.get("status") == "ok" else 503
        if _wants_html(request):
            return HTMLResponse(health_page(found, _language(request)), status)
        return JSONResponse(jsonable_encoder(found), status)

    return app


def serve(hub: Receiver, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve until interrupted; only this machine reaches it unless ``host`` says otherwise."""
    import uvicorn

    uvicorn.run(application(hub), host=host, port=port, log_level="warning", server_header=False, ws="none")


async def _read(request: Request, limit: int) -> bytes | Response:
    """The body, or the answer to one that is too large or does not come."""

    def hang_up(status: int, error: str, step: str) -> Response:
        response = _answer(request, status, error, step)
        response.headers["Connection"] = "close"  # else the server would read on to the end of the body
        return response

    too_large = f"a post may have {limit:,} bytes"
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > limit + DRAINED:
        return hang_up(413, too_large, "send less, or raise `max_bytes`")
    body = bytearray()
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in request.stream():
                size += len(piece)
                if size <= limit:
                    body += piece
                elif size > limit + DRAINED:
                    break
    except TimeoutError:
        return hang_up(408, f"the body did not come within {BODY_SECONDS:g} s", "send it again")
    if size > limit:
        return hang_up(413, too_large, "send less, or raise `max_bytes`")
    return bytes(body)


def _accepted(request: Request, received: int) -> Response:
    if _wants_html(request):
        return HTMLResponse(message_page("thanks", _language(request)))
    return JSONResponse({"status": "accepted", "received": received})


def _settle(hub: Receiver) -> None:
    """Resolve what came in, a moment after its sender was answered."""
    try:
        hub.settle()
    except Exception as error:  # what landed is safe; the next resolution takes it along
        log.error("what an inbox received is not resolved yet", exc_info=error)


def _refused(request: Request, error: Exception) -> Response:
    """The answer to what went wrong: its reason for whoever can mend it, nothing of our inside for others."""
    if isinstance(error, NotFound):
        return _answer(
            request, 404, error.what, error.step or "correct the address, or `hub connectors list`"
        )
    if isinstance(error, DataError):
        status = getattr(error, "http_status", 400)
        return _answer(request, status if isinstance(status, int) else 400, error.what, error.step)
    if isinstance(error, TransientError | StoreError):
        log.warning("a post had to be turned away for now: %s", error.what)
        wait = getattr(error, "retry_after", None) or RETRY_SECONDS
        response = _answer(request, 503, "the hub is busy", "send it again a little later")
        response.headers["Retry-After"] = str(max(1, round(wait)))
        return response
    log.error("a request failed", exc_info=error)
    return _answer(request, 500, "the hub failed on this request", "the hub's log tells why")


def _answer(request: Request, status: int, error: str, step: str = "") -> Response:
    if _wants_html(request):
        return HTMLResponse(message_page("sorry", _language(request), escape(error)), status)
    return JSONResponse({"status": "refused", "error": error, "next_step": step}, status)


def _cors(request: Request, terms: Terms) -> dict[str, str]:
    """The headers that let a page of an allowed origin post here; none for any other."""
    origin = request.headers.get("origin", "")
    if not origin or not {origin, "*"} & {allowed.rstrip("/") for allowed in terms.origins}:
        return {}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "Content-Type, Idempotency-Key, X-Signature",
        "Access-Control-Max-Age": "600",
        "Vary": "Origin",
    }


def _wants_html(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _language(request: Request) -> str:
    return "zh" if request.headers.get("accept-language", "").lower().startswith("zh") else "en"
