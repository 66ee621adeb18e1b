"""Serves canned answers over real HTTP, for connectors to read from in tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

__all__ = ["Asked", "Reply", "Route", "served"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as a route sees it."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Names in lower case."""
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer other than plain JSON with status 200."""

    body: Any = None
    """Bytes go out as they are, anything else as JSON."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


Route = Any | Callable[[Asked], Any]
"""What a path answers: JSON, bytes, a ``Reply``, or a function from the request to one of them."""


@contextmanager
def served(routes: Mapping[str, Route]) -> Iterator[str]:
    """Serve ``routes`` over real HTTP on a free loopback port; the address, without a slash at its end."""
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
    from threading import Thread

    class Source(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def answer(self) -> None:
            url = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            reply = _reply(routes, Asked(self.command, url.path, dict(parse_qsl(url.query)), headers, body))
            sent = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(sent)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Source)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _reply(routes: Mapping[str, Route], asked: Asked) -> Reply:
    if asked.path not in routes:
        return Reply({"error": f"no route {asked.path}"}, status=404)
    route = routes[asked.path]
    answer = route(asked) if callable(route) else route
    return answer if isinstance(answer, Reply) else Reply(answer)
