"""Says what a database driver raised in the hub's words: what to free, unlock or mount."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from hub.errors import ConfigError, HubError, StoreError, TransientError

__all__ = ["BUSY_SECONDS", "explain"]

BUSY_SECONDS = 30
"""How long a transaction waits for another process that holds the database."""


def explain(error: Exception, where: str) -> HubError:
    """The hub's error for what a database driver raised: what to free, unlock or mount."""
    raised = error.orig if isinstance(error, DBAPIError) else error
    said = (str(raised).strip() or type(raised).__name__).splitlines()[0]
    low = said.lower()
    if "disk is full" in low or "no space left" in low or "could not extend file" in low:
        return StoreError(
            f"the database cannot grow: {said}",
            where=where,
            cause="the disk is full; nothing of the page under way was kept, all before it was",
            step="free some space, then run the same command again; it goes on where it stopped",
        )
    if "readonly database" in low or "read-only" in low:
        return ConfigError(
            f"the database cannot be written: {said}",
            where=where,
            cause="the file, its folder or the server is read-only for this user",
            step="give this user write permission on the database and its folder",
        )
    if "locked" in low or "deadlock" in low or "could not serialize" in low:
        return TransientError(
            f"the database is busy: {said}",
            where=where,
            cause=f"another process held it for more than {BUSY_SECONDS} seconds",
            step="run the command again",
        )
    if "unable to open" in low:
        return ConfigError(
            f"the database cannot be opened: {said}",
            where=where,
            cause="its folder does not exist or may not be entered",
            step="check `database` in connectors.toml, or run `hub init` there",
        )
    if getattr(error, "connection_invalidated", False) or "connect" in low or "terminating" in low:
        return TransientError(
            f"the database is not reachable: {said}",
            where=where,
            cause="the server is down, restarting, or the address is wrong",
            step="check that it runs and that `database` in connectors.toml names it",
        )
    return StoreError(f"the database refused: {said}", where=where, step="run `hub doctor`")
