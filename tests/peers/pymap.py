"""pymap, a real IMAP server in pure Python, of the test environment itself: needs no system package."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.peers.mailserver import MailServer, free_port, stop, wait_for_greeting


@contextmanager
def pymap() -> Iterator[MailServer]:
    """An in-memory server with the folders INBOX and Sent, and some mail to clear."""
    port = free_port()
    program = Path(sys.executable).parent / "pymap"
    options = [
        "--no-service",
        "admin",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-tls",
        "dict",
        "--demo-data",
    ]
    process = subprocess.Popen([str(program), *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for_greeting(process, port)
        yield MailServer(port, "demouser", "demopass")
    finally:
        stop(process)
