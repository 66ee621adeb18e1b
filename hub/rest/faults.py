"""From what went wrong on the wire to the error that says what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import httpx

from hub.errors import ConfigError, HubError, PluginError, TransientError
from hub.rest.origin import origin_of
from hub.rest.redact import quoted, shape
from hub.rest.retry import BUSY, UNDONE, named_wait

__all__ = ["Garbled", "NotDone", "elsewhere", "garbled", "status_fault", "wire_fault"]


class NotDone(TransientError):
    """The request was not carried out, so that even a write may be sent again."""


class Garbled(TransientError):
    """The answer could not be read: worth one more try, for it is seldom better the third time."""


def wire_fault(error: httpx.RequestError, request: httpx.Request, secrets: Iterable[str]) -> HubError:
    """No answer at all, or half of one."""
    where = _where(request, secrets)
    if isinstance(error, httpx.UnsupportedProtocol):
        return PluginError("cannot speak this protocol", where=where, step="use http:// or https:// paths")
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return ConfigError(
            "the source's TLS certificate is not trusted",
            where=where,
            cause="it expired, names another host, or comes from a private authority",
            step="check base_url; for a private authority set SSL_CERT_FILE to its certificate",
        )
    unsent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    timeout = isinstance(error, httpx.TimeoutException)
    what = "could not connect" if unsent else "no answer in time" if timeout else "the answer broke off"
    kind = NotDone if unsent else TransientError
    return kind(
        what,
        where=where,
        cause="the source or the network between is down or slow"
        if not unsent
        else "the source is down, base_url has a wrong host or port, or a firewall is between",
        step="the hub tries again by itself; if it stays, open base_url from this machine",
    )


def status_fault(
    response: httpx.Response, body: Any, setting: str, secrets: Iterable[str]
) -> HubError | None:
    """What a status says: stop, come later, or the plugin asked for something wrong."""
    status = response.status_code
    if status < 300:
        return None
    where = _where(response.request, secrets)
    said = quoted(body, secrets)
    what = f"the source answered {status}{f': {said}' if said else ''}"
    settings = setting or "the credentials"
    if status == 401:
        return ConfigError(
            what,
            where=where,
            cause=f"{settings} is wrong, expired or revoked",
            step=f"check the setting {settings}",
        )
    if status in (403, 407):
        return ConfigError(
            what,
            where=where,
            cause=f"what {settings} stands for may not read this",
            step=f"give it the permission at the source, or check the setting {settings}",
        )
    if status in BUSY or (status >= 500 and status != 501):
        kind = NotDone if status in UNDONE else TransientError
        wait = named_wait(response.headers)
        return kind(
            what,
            where=where,
            cause="too many requests" if status == 429 else "the source is busy or broken",
            step=(
                "run it again later" if wait is None else f"it asks to wait {wait:,.0f} s; run it again then"
            )
            + "; on a schedule the hub comes back by itself",
            retry_after=wait,
        )
    return PluginError(
        what,
        where=where,
        cause="the source has another version than the plugin expects, or base_url has a wrong path",
        step="open base_url in a browser; if it is right, report this request to the plugin's author",
    )


def garbled(response: httpx.Response, secrets: Iterable[str]) -> HubError:
    """A good status with a body that is no JSON."""
    kind = response.headers.get("content-type", "no content type").partition(";")[0]
    return Garbled(
        f"the answer is not JSON: {len(response.content)} bytes of {kind}",
        where=_where(response.request, secrets),
        cause="it was cut off on the way, or a proxy or login page answered in the source's place",
        step="the hub tries again by itself; if it stays, open base_url from this machine",
    )


def elsewhere(home: httpx.URL, target: httpx.URL) -> HubError:
    """A redirect or a link to another origin."""
    return ConfigError(
        f"refused to go on to another origin, {origin_of(target)}",
        where=origin_of(home),
        cause="the source redirects or links there, and our secrets would travel along",
        step="if that address is right, set base_url to it",
    )


def _where(request: httpx.Request, secrets: Iterable[str]) -> str:
    return f"{shape(request.method, request.url, secrets)} at {origin_of(request.url)}"
