"""Scheme, host and port: the border a client does not cross."""

from __future__ import annotations

import ipaddress

import httpx

from hub.errors import ConfigError

__all__ = ["checked_base", "origin_of"]

PORTS = {"http": 80, "https": 443}


def origin_of(url: httpx.URL) -> str:
    """``https://api.example.com:443``: two addresses with the same origin trust each other."""
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{url.scheme}://{host}:{url.port or PORTS.get(url.scheme, 0)}"


def checked_base(text: str) -> httpx.URL:
    """The base URL, ending in a slash, or what is wrong with it.

    Link-local addresses are refused: there live the metadata services that hand out a cloud's keys.
    """
    try:
        url = httpx.URL(text.strip())
    except httpx.InvalidURL:
        raise _wrong("is not a URL") from None
    if url.scheme not in PORTS or not url.host:
        raise _wrong("does not begin with http:// or https:// and a host")
    if url.userinfo:
        raise _wrong("holds a user name or a password, which belong in settings of their own")
    if _is_link_local(url.host):
        raise _wrong("is a link-local address, where no customer data lives")
    return url.copy_with(query=None, fragment=None, path=url.path.rstrip("/") + "/")


def _is_link_local(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_link_local


def _wrong(what: str) -> ConfigError:
    return ConfigError(
        f"base_url {what}", step="write it as the source's documentation does: https://api.example.com/v1"
    )
