"""A line to an IMAP server, and what each way of failing means.

A refusal comes out as a configuration error, a lost or slow line as a transient one; no message names
the password.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol, TypeVar

from pydantic import SecretStr

from hub.errors import ConfigError, HubError, TransientError

__all__ = ["Access", "Connection", "connection"]

BUSY_CODES = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]", "[THROTTLED]")
CODE = re.compile(r"\[[A-Z-]+\]")

T = TypeVar("T")


class Access(Protocol):
    """What a line needs to know of the connector's settings."""

    host: str
    port: int
    ssl: bool
    username: str
    password: SecretStr
    timeout: float


@contextmanager
def connection(access: Access, where: str) -> Iterator[Connection]:
    """A logged-in line, left in an orderly way."""
    line = Connection(access, where)
    try:
        line.secure()
        line.log_in()
        yield line
    finally:
        line.leave()


class Connection:
    """An IMAP client whose errors are the hub's."""

    def __init__(self, access: Access, where: str) -> None:
        self.access = access
        self.where = where
        self.at = f"{access.host}:{access.port}"
        host, port, timeout = access.host, access.port, access.timeout
        with self._reaching():
            if access.ssl:
                context = ssl.create_default_context()
                self.client = imaplib.IMAP4_SSL(host, port, ssl_context=context, timeout=timeout)
            else:
                self.client = imaplib.IMAP4(host, port, timeout=timeout)

    def secure(self) -> None:
        """Turn a plain line to TLS where the server offers it."""
        if not self.access.ssl and "STARTTLS" in self.client.capabilities:
            with self._reaching():
                self.client.starttls(ssl.create_default_context())

    def log_in(self) -> None:
        """Authenticate, and introduce ourselves: NetEase mailboxes stay shut for those who do not."""
        name, secret = self.access.username, self.access.password.get_secret_value()
        if "LOGINDISABLED" in self.capabilities():
            raise ConfigError(
                f"{self.at} takes no password on an open line",
                where=self.where,
                step="set `ssl = true` and its port",
            )
        try:
            if (name + secret).isascii():
                self.call(lambda: self.client.login(name, secret))
            else:
                self.call(lambda: self.client.authenticate("PLAIN", lambda _: f"\0{name}\0{secret}".encode()))
        except imaplib.IMAP4.error as error:
            code = CODE.search(str(error).upper())
            if code and code[0] in BUSY_CODES:
                raise TransientError(
                    f"{self.at} cannot log anyone in now {code[0]}", where=self.where
                ) from None
            raise ConfigError(
                f"{self.at} refused the login of {name}{' ' + code[0] if code else ''}",
                where=self.where,
                cause="a wrong `username` or `password`, or IMAP switched off for this account",
                step="correct them; many providers want an app password or authorization code here",
            ) from None
        if "ID" in self.capabilities():
            with suppress(imaplib.IMAP4.error):
                self.call(lambda: self.client.xatom("ID", '("name" "crm-hub")'))

    def leave(self) -> None:
        """Log out if the line still stands; nothing here can fail a run that is over."""
        try:
            self.client.logout()
        except (imaplib.IMAP4.error, OSError):
            self.client.shutdown()

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except (OSError, imaplib.IMAP4.error) as error:
            raise self._unreached(error) from None

    def _unreached(self, error: Exception) -> HubError:
        if isinstance(error, ssl.SSLCertVerificationError):
            return ConfigError(
                f"the certificate of {self.at} is not trusted: {error.verify_message}",
                where=self.where,
                step="use the name the certificate is for, or add its authority to the system's store",
            )
        if isinstance(error, ssl.SSLError):
            return ConfigError(
                f"{self.at} does not speak TLS", where=self.where, step="use port 993, or set `ssl = false`"
            )
        if isinstance(error, socket.gaierror):
            return ConfigError(
                f"there is no host {self.access.host}",
                where=self.where,
                cause="a typing error, or no network",
                step="correct `host`",
            )
        return self._lost(error)

    def capabilities(self) -> set[str]:
        """What the server can do now; it may say more once someone is logged in."""
        lines = self.data(self.client.capability, "name its capabilities")
        return {
            word.decode("ascii", "replace").upper()
            for line in lines
            if isinstance(line, bytes)
            for word in line.split()
        }

    def data(self, call: Callable[[], tuple[str, list[Any]]], what: str) -> list[Any]:
        """The answer to a call that a healthy server does not refuse."""
        try:
            answer, data = self.call(call)
        except imaplib.IMAP4.error:
            answer, data = "BAD", []
        if answer != "OK":
            raise TransientError(f"{self.at} would not {what}", where=self.where, step="try again later")
        return [piece for piece in data if piece is not None]

    def call(self, call: Callable[[], T]) -> T:
        """Make a call; a lost line is transient, a refusal stays ``imaplib``'s for the caller to judge."""
        try:
            return call()
        except (imaplib.IMAP4.abort, OSError) as error:
            raise self._lost(error) from None

    def _lost(self, error: Exception) -> TransientError:
        slow = isinstance(error, TimeoutError)
        return TransientError(
            f"{self.at} did not answer within {self.access.timeout:g} s"
            if slow
            else f"no connection with {self.at}",
            where=self.where,
            cause="" if slow else str(getattr(error, "strerror", "") or type(error).__name__),
            step="check `host` and `port` if this lasts",
        )
