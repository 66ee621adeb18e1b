"""What of a request may be shown: its method, its path and the names of its parameters.

Values stay out, for they carry tokens and personal data. What the other side answers is quoted,
shortened, with every secret we know taken out.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus

import httpx

__all__ = ["quoted", "scrub", "secrets_of", "shape"]

SECRET = re.compile(r"token|key|secret|passw|auth|sign|session|cookie|credential", re.IGNORECASE)
"""Names of parameters and headers whose values are secrets."""

QUOTED = 200
"""How much of an answer an error quotes, in characters."""


def shape(method: str, url: httpx.URL, secrets: Iterable[str] = ()) -> str:
    """``GET /api/v1/contacts?limit&since``: enough to find the call, nothing to steal."""
    names = "&".join(dict.fromkeys(url.params.keys()))
    return scrub(f"{method} {url.path}{'?' if names else ''}{names}", secrets)


def secrets_of(request: httpx.Request) -> tuple[str, ...]:
    """The values of a request's parameters and headers that are secrets by their names."""
    pairs = [*request.url.params.multi_items(), *request.headers.multi_items()]
    return tuple(value for name, value in pairs if SECRET.search(name))


def quoted(body: Any, secrets: Iterable[str] = ()) -> str:
    """What an error body says in words, if it has words where errors usually have them."""
    found = [body] if isinstance(body, str) else []
    if isinstance(body, dict):
        found = [body[name] for name in ("error", "error_description", "message", "detail") if name in body]
    text = "; ".join(one if isinstance(one, str) else str(one) for one in found if one)
    return scrub(" ".join(text.split()), secrets)[:QUOTED]


def scrub(text: str, secrets: Iterable[str]) -> str:
    """The text with every secret, plain or escaped for a URL, replaced by ``***``."""
    forms = {
        form for secret in secrets if secret for form in (secret, quote(secret, safe=""), quote_plus(secret))
    }
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, "***")
    return text


class _NoQuery(logging.Filter):
    """Takes the query out of the line httpx itself logs for each request, where tokens may stand."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                arg.copy_with(query=None, userinfo=b"") if isinstance(arg, httpx.URL) else arg
                for arg in record.args
            )
        return True


logging.getLogger("httpx").addFilter(_NoQuery())
