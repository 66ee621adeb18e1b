"""Every error of the hub, one family; the branch says what whoever catches it should do.

HubError
├── ConfigError          stop: a person must change something            exit 2
│   └── NotFound         nothing has the name that was given
├── TransientError       retry later: the other side or the network      exit 3
│   └── LeaseHeld        another run has this stream; let it finish
├── PluginError          stop this run, keep its state: a fault in code  exit 4
│   ├── CursorExpired    the source forgot our place; read it all again
│   └── StoreError       the database cannot take what it is given
├── DataError            set this record aside, its neighbours go on     exit 5
└── Interrupted          somebody or something stopped the run           exit 3

A message says what happened, where, the likely cause and the next step, in that order.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "ConfigError",
    "CursorExpired",
    "DataError",
    "HubError",
    "Interrupted",
    "LeaseHeld",
    "NotFound",
    "PluginError",
    "StoreError",
    "TransientError",
]


class HubError(Exception):
    """Something the hub can explain: *what* happened, *where*, the likely *cause*, the next *step*."""

    exit_code: ClassVar[int] = 4
    kind: ClassVar[str] = "system"

    def __init__(self, what: str, *, where: str = "", cause: str = "", step: str = "") -> None:
        self.what = what
        self.where = where
        self.cause = cause
        self.step = step
        super().__init__(what)

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.cause:
            lines.append(f"  likely cause: {self.cause}")
        if self.step:
            lines.append(f"  next step: {self.step}")
        return "\n".join(lines)


class ConfigError(HubError):
    """A setting, a secret or a permission is wrong; trying again changes nothing."""

    exit_code = 2
    kind = "config"


class NotFound(ConfigError):
    """A connector, customer, record or model of that name does not exist."""


class TransientError(HubError):
    """The other side is busy, limited or away; the same call may succeed later.

    ``retry_after`` is in seconds when the other side named a time, else ``None``.
    """

    exit_code = 3
    kind = "transient"

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        cause: str = "",
        step: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(what, where=where, cause=cause, step=step)
        self.retry_after = retry_after


class LeaseHeld(TransientError):
    """Another process is at work on the same thing and is alive."""


class PluginError(HubError):
    """A plugin or the hub itself did what it must not; the stream's state is kept as it was."""


class CursorExpired(PluginError):
    """The source no longer knows our cursor, so the stream is read again from its start."""


class StoreError(PluginError):
    """The database refused: full disk, read-only file, lost connection, a newer schema."""


class DataError(HubError):
    """One record cannot be used as it is; it goes to the rejects with this reason."""

    exit_code = 5
    kind = "data"


class Interrupted(HubError):
    """A run ended before its work did: a signal, a crash, or a cancel."""

    exit_code = 3
    kind = "interrupted"
