"""How a request says who asks: each way knows its secrets, never shows them, and names its setting."""

from __future__ import annotations

import base64
from collections.abc import Generator
from typing import TypeAlias

import httpx
from pydantic import SecretStr

from hub.errors import ConfigError

__all__ = ["Basic", "Bearer", "Credential", "Header", "Query"]

Secret: TypeAlias = "str | SecretStr"


class Credential(httpx.Auth):
    """The base of all: ``setting`` is what an admin must look at when the other side refuses."""

    def __init__(self, setting: str, *secrets: str) -> None:
        self.setting = setting
        self.secrets = tuple(secret for secret in secrets if secret)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(***)"


class Header(Credential):
    """A secret in a header of the source's own choice."""

    def __init__(self, name: str, secret: Secret, *, setting: str = "token", prefix: str = "") -> None:
        value = _reveal(secret)
        if not (value.isascii() and value.isprintable()):
            raise ConfigError(
                f"{setting} holds characters no header can carry",
                cause="a line break or a foreign letter was copied along",
                step=f"copy the setting {setting} once more",
            )
        super().__init__(setting, value)
        self._name = name
        self._value = prefix + value

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header."""
        request.headers[self._name] = self._value
        yield request


class Bearer(Header):
    """``Authorization: Bearer …``; some sources want another ``scheme`` word."""

    def __init__(self, secret: Secret, *, setting: str = "token", scheme: str = "Bearer") -> None:
        super().__init__("Authorization", secret, setting=setting, prefix=f"{scheme} ")


class Basic(Header):
    """A user name and a password, or whatever the source puts in their places."""

    def __init__(self, username: str, password: Secret, *, setting: str = "password") -> None:
        value = _reveal(password)
        token = base64.b64encode(f"{username}:{value}".encode()).decode()
        super().__init__("Authorization", token, setting=setting, prefix="Basic ")
        self.secrets = (value, token)


class Query(Credential):
    """A secret in the query string, for sources that leave no other way."""

    def __init__(self, name: str, secret: Secret, *, setting: str = "token") -> None:
        self._name = name
        self._value = _reveal(secret)
        super().__init__(setting, self._value)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the parameter."""
        request.url = request.url.copy_merge_params({self._name: self._value})
        yield request


def _reveal(secret: Secret) -> str:
    return secret.get_secret_value() if isinstance(secret, SecretStr) else secret
