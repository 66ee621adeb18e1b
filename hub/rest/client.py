"""A client for one origin: it paces itself, asks again within a budget, and explains what went wrong.

It speaks to the origin of ``base_url`` and to nobody else: no redirect and no link leads its secrets
elsewhere. Errors and logs show the shape of a request, never its values.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any, Self

import httpx
from pydantic_core import from_json

from hub.errors import ConfigError, HubError, PluginError, TransientError
from hub.rest import faults
from hub.rest.auth import Credential
from hub.rest.origin import checked_base, origin_of
from hub.rest.pace import bucket_for
from hub.rest.redact import secrets_of, shape
from hub.rest.retry import Retry, parse_http_date

if TYPE_CHECKING:
    import ssl

__all__ = ["Answer", "Client"]

log = logging.getLogger("hub.rest")

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
BARE = frozenset({204, 205, 304})
"""Statuses whose answers have no body."""
HOPS = 5
"""How many redirects in a row are followed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the decoded JSON, or ``None`` where no body belongs.

    Of a status the caller expected, a body that is no JSON is given as text.
    """

    status: int
    data: Any
    headers: Mapping[str, str]
    links: Mapping[str, str]
    """Link relations to where they point, fit for the same client."""


class Client:
    """One origin, for one connector instance.

    ``error`` looks at every decoded body and returns the error it tells of, for sources that answer
    200 to everything. ``per_second`` is the pace, ``secrets`` are further texts never to be shown;
    ``transport``, ``sleep`` and ``clock`` are there for tests.
    """

    def __init__(
        self,
        base_url: object,
        *,
        auth: Credential | None = None,
        headers: Mapping[str, str] | None = None,
        secrets: Iterable[str] = (),
        timeout: float = 30.0,
        retry: Retry | None = None,
        per_second: float | None = None,
        burst: float = 1.0,
        error: Callable[[Any], HubError | None] | None = None,
        progress: Callable[[str], None] = lambda message: None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base = checked_base(str(base_url))
        self._auth = auth
        self._extra_secrets = tuple(secrets)
        self._retry = retry or Retry()
        self._bucket = bucket_for(origin_of(self._base), per_second, burst) if per_second else None
        self._error = error
        self._progress = progress
        self._sleep = sleep or time.sleep
        self._clock = clock
        self._http = httpx.Client(
            headers={"Accept": "application/json", "User-Agent": "crm-hub", **(headers or {})},
            timeout=timeout,
            transport=transport,
            follow_redirects=False,
            verify=_trusted(),
        )

    def __repr__(self) -> str:
        return f"Client({origin_of(self._base)!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def use(self, auth: Credential | None) -> None:
        """Show another credential from now on, as after a login."""
        self._auth = auth

    def get(self, path: str, **params: Any) -> Any:
        """The JSON at ``path``; parameters that are ``None`` are left out."""
        return self.request("GET", path, params=params).data

    def post(self, path: str, json: Any = None, *, repeatable: bool = False, **params: Any) -> Any:
        """The JSON answered to a post; ``repeatable`` where sending it twice does no harm."""
        return self.request("POST", path, params=params, json=json, repeatable=repeatable).data

    def server_time(self, path: str = "") -> datetime:
        """The source's own clock, cut to seconds: the ``Date`` of an answer asked for now."""
        answer = self.request("HEAD", path, expected=range(200, 500))
        moment = parse_http_date(answer.headers.get("date", ""))
        if moment is None:
            raise PluginError(
                "the source does not say what time it is: no readable Date header",
                where=origin_of(self._base),
                step="override clock() of the connector",
            )
        return moment

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
        tries: int | None = None,
        expected: Container[int] = (),
    ) -> Answer:
        """Ask until there is an answer or the budget is spent; ``expected`` statuses are the caller's."""
        request = self._http.build_request(
            method,
            self._resolve(path),
            params={name: value for name, value in (params or {}).items() if value is not None} or None,
            json=json,
            data=data,
            headers=headers,
        )
        repeat = request.method in SAFE if repeatable is None else repeatable
        most = self._retry.tries if tries is None else tries
        waited = 0.0
        for attempt in count(1):
            try:
                return self._attempt(request, expected)
            except TransientError as failure:
                pause = self._retry.pause(attempt) if failure.retry_after is None else failure.retry_after
                again = repeat or isinstance(failure, faults.NotDone)
                limit = min(most, 2) if isinstance(failure, faults.Garbled) else most
                if not again or attempt >= limit or waited + pause > self._retry.total:
                    raise
                self._progress(f"{failure.what}; asking again in {pause:.0f} s")
            self._sleep(pause)
            waited += pause
        raise AssertionError("unreachable")

    def local(self, target: str) -> str:
        """A link as a path of this client; one that leads to another origin is refused."""
        url = self._resolve(target)
        root = self._base.raw_path.decode("ascii")
        path = url.raw_path.decode("ascii")
        return path[len(root) - 1 :] if path.startswith(root) else str(url)

    def _resolve(self, target: str) -> httpx.URL:
        absolute = "://" in target.partition("?")[0] or target.startswith("//")
        try:
            url = self._base.join(target if absolute else target.lstrip("/"))
        except httpx.InvalidURL:
            raise PluginError("not a URL path", where=origin_of(self._base)) from None
        if origin_of(url) != origin_of(self._base):
            raise faults.elsewhere(self._base, url)
        return url

    def _attempt(self, request: httpx.Request, expected: Container[int]) -> Answer:
        """One try: an answer, or the error the connection, the status or the body tells of."""
        response = self._exchange(request)
        ours = response.status_code in expected
        body, readable = _decoded(response)
        told = self._error(body) if readable and self._error is not None and not ours else None
        if told is None and not ours:
            secrets = (*self._secrets, *secrets_of(request))
            told = faults.status_fault(response, body if readable else None, self._setting, secrets)
        if told is None and not ours and not readable:
            told = faults.garbled(response, self._secrets)
        if told is not None:
            raise told
        return Answer(response.status_code, body, response.headers, self._links(response))

    def _exchange(self, request: httpx.Request) -> httpx.Response:
        """Send, keeping the pace, and follow redirects inside the origin."""
        for _ in range(HOPS + 1):
            if self._bucket is not None:
                self._sleep(self._bucket.take(self._clock()))
            started = self._clock()
            try:
                response = self._http.send(request, auth=self._auth)
            except httpx.RequestError as error:
                raise faults.wire_fault(error, request, self._secrets) from None
            asked = shape(request.method, request.url, self._secrets)
            log.debug("%s %s in %.0f ms", asked, response.status_code, (self._clock() - started) * 1000)
            following = response.next_request
            if following is not None and origin_of(following.url) != origin_of(self._base):
                raise faults.elsewhere(self._base, following.url)
            if following is None or request.method not in SAFE:
                return response
            request = following
        raise ConfigError(
            f"redirected more than {HOPS} times in a row",
            where=shape(request.method, request.url, self._secrets),
            cause="base_url points at an address that sends every caller on",
            step="open base_url in a browser and use the address it ends at",
        )

    def _links(self, response: httpx.Response) -> dict[str, str]:
        links = {rel: link["url"] for rel, link in response.links.items() if rel and "url" in link}
        return {rel: str(response.url.join(target)) for rel, target in links.items()}

    @property
    def _setting(self) -> str:
        return self._auth.setting if self._auth is not None else ""

    @property
    def _secrets(self) -> tuple[str, ...]:
        return self._extra_secrets + (self._auth.secrets if self._auth is not None else ())


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities that are trusted; every client reads the same, and reading takes longer than many a sync."""
    return httpx.create_ssl_context()


def _decoded(response: httpx.Response) -> tuple[Any, bool]:
    """The body as JSON, and whether it could be read; no body where none belongs is readable."""
    if response.status_code in BARE or response.request.method == "HEAD":
        return None, True
    try:
        return from_json(response.content), True
    except ValueError:
        return response.text, False
