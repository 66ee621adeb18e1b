"""Dovecot, the IMAP server most mailboxes live on; ``make peers`` or ``apt-get install dovecot-imapd`` brings it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.peers.mailserver import MailServer, free_port, stop, wait_for_greeting

PROGRAM = "/usr/sbin/dovecot"

CONFIG = """
protocols = imap
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/dovecot.log
ssl = no
disable_plaintext_auth = no
default_internal_user = dovecot
default_login_user = dovenull
mail_location = maildir:{root}/mail/%u
mail_uid = dovecot
mail_gid = dovecot
first_valid_uid = 1
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid=dovecot gid=dovecot home={root}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox "Gesendete Post" {{
    auto = create
    special_use = \\Sent
  }}
}}
"""


def missing() -> str:
    """Why Dovecot cannot run here; empty when it can."""
    if not Path(PROGRAM).exists():
        return "dovecot is not installed: apt-get install --no-install-recommends dovecot-imapd"
    return "" if os.geteuid() == 0 else "dovecot starts as root only"


@contextmanager
def dovecot() -> Iterator[MailServer]:
    """A server of its own, in a short path: the sockets below it may not be longer than some hundred characters."""
    root = Path(tempfile.mkdtemp(prefix="dc-", dir="/tmp"))
    port = free_port()
    (root / "dovecot.conf").write_text(CONFIG.format(root=root, port=port))
    owner = pwd.getpwnam("dovecot")
    (root / "mail").mkdir()
    os.chown(root / "mail", owner.pw_uid, owner.pw_gid)
    root.chmod(0o755)
    command = [PROGRAM, "-F", "-c", str(root / "dovecot.conf")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        wait_for_greeting(process, port)
        yield MailServer(port, "support@shop.example", "secret", sent="Gesendete Post")
    finally:
        stop(process)
        shutil.rmtree(root, ignore_errors=True)


def renumber(server: MailServer, folder: str) -> None:
    """Give a folder a new UIDVALIDITY: made anew under its name, as after a restore, with its mails copied over."""
    with server.client() as client:
        client.create('"Aside"')
        client.select(folder, readonly=True)
        client.copy("1:*", '"Aside"')
        client.unselect()
        client.delete(folder)
        client.rename('"Aside"', folder)
