"""What the two IMAP peers share: a running server, and a second hand to put mail into it."""

from __future__ import annotations

import imaplib
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage


@dataclass(frozen=True)
class MailServer:
    """A server on loopback with one account."""

    port: int
    username: str
    password: str
    sent: str = "Sent"

    @contextmanager
    def client(self) -> Iterator[imaplib.IMAP4]:
        """A session of somebody else than the hub."""
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=20)
        client.login(self.username, self.password)
        try:
            yield client
        finally:
            client.logout()

    def append(
        self, *mails: bytes, folder: str = "INBOX", at: datetime = datetime(2025, 3, 4, tzinfo=UTC)
    ) -> None:
        with self.client() as client:
            for mail in mails:
                answer, data = client.append(folder, "", at, mail)
                assert answer == "OK", data

    def clear(self) -> None:
        """Remove every mail of the two folders."""
        with self.client() as client:
            for name in ("INBOX", f'"{self.sent}"'):
                if int(client.select(name)[1][0]):
                    client.store("1:*", "+FLAGS", r"(\Deleted)")
                    client.expunge()

    def settings(self, **more: object) -> dict[str, object]:
        """What a connector needs to reach it."""
        reach = {"host": "127.0.0.1", "port": self.port, "ssl": False, "timeout": 20}
        return {**reach, "username": self.username, "password": self.password, **more}


def a_mail(number: int, sender: str = "", **headers: str) -> bytes:
    """A small valid mail; its Message-ID is ``<number@test>``."""
    mail = EmailMessage()
    mail["From"] = sender or f"Customer {number} <c{number}@example.com>"
    mail["Message-ID"] = f"<{number}@test>"
    mail["Date"] = "Tue, 4 Mar 2025 09:00:00 +0000"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(f"Mail {number}")
    return mail.as_bytes().replace(b"\n", b"\r\n")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_greeting(process: subprocess.Popen[bytes], port: int, seconds: float = 30) -> None:
    """Until the server greets; its output is shown when it dies instead."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(
                f"the mail server ended: {process.stdout.read()!r}" if process.stdout else "ended"
            )
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as probe:
            if probe.recv(4) == b"* OK":
                return
        time.sleep(0.05)
    raise RuntimeError(f"the mail server did not greet within {seconds} s")


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)
    if process.stdout:
        process.stdout.close()
