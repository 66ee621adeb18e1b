"""Pulls from the connectors, and shows what became of it: runs and rejects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from hub.faces.cli.out import answer, as_plain, count, moment, note, progress, say, table
from hub.faces.cli.session import Session, pass_session
from hub.faces.cli.taught import command, family
from hub.faces.cli.verdict import code_of

if TYPE_CHECKING:
    from hub.app.hub import Hub
    from hub.app.resolve import Resolved
    from hub.app.sync import StreamRun
    from hub.errors import HubError

__all__ = ["moved", "rejects", "resolved_plain", "runs", "sync"]

RAW_SHOWN = 60


@command(
    examples=[
        "hub sync",
        "hub sync erp support_mail",
        "hub sync old_crm --full",
        "hub sync --no-resolve --json",
    ]
)
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--full", is_flag=True, help="Read everything again, not only what is new.")
@click.option("--accept-deletes", is_flag=True, help="Let a sync delete more records than its brake allows.")
@click.option("--no-resolve", is_flag=True, help="Only land; work out who is who later.")
@pass_session
def sync(session: Session, names: Sequence[str], full: bool, accept_deletes: bool, no_resolve: bool) -> int:
    """Pull what is new from the connectors, then resolve it.

    Without a NAME all enabled connectors are pulled. Each page is kept at once, so a sync that is
    stopped or killed goes on where it was; Ctrl-C stops after the page under way.
    """
    from hub.errors import HubError
    from hub.faces.stop import stopping

    told: list[dict[str, Any]] = []
    runs: list[StreamRun] = []
    answered: dict[str, Any] = {"streams": told}
    with (
        session.hub() as hub,
        stopping(lambda: note("stopping after this page; Ctrl-C again stops now")) as stop,
    ):
        hub.tell = note
        chosen = [hub.config.connector(name) for name in names]
        chosen = chosen or [conn for conn in hub.config.connectors.values() if conn.enabled]
        with progress("records") as advance:
            for conn in chosen:
                if stop.is_set():
                    break
                ended = hub.sync(
                    [conn.name], full=full, accept_deletes=accept_deletes, cancelled=stop.is_set,
                    progress=lambda stream, counts, total: advance(stream, counts.seen, total),
                )  # fmt: skip
                for run in ended:
                    told.append(_plain(hub, run))
                    _tell(session, told[-1], run)
                runs += ended
        errors: list[HubError | None] = [run.error for run in runs]
        if not runs:
            note("nothing was pulled: no enabled connector pulls\n  next step: hub connectors list")
        if not no_resolve and not stop.is_set():
            try:
                answered["resolved"] = resolved_plain(resolve_now(hub))
            except HubError as error:
                note(str(error))
                errors.append(error)
                answered["error"] = as_plain(error)

    def show() -> None:
        if "resolved" in answered:
            say(moved(answered["resolved"]))

    answer(session, answered, show)
    return code_of(errors, sum(run.counts.rejected for run in runs))


@family(examples=["hub runs", "hub runs --limit 200 --json", "hub runs show 17"], alone=True)
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1), help="How many, newest first."
)
@click.pass_context
@pass_session
def runs(session: Session, ctx: click.Context, limit: int) -> None:
    """Show what became of past syncs.

    One line for each stream of each sync, newest first. Runs whose process died are marked
    interrupted; the next sync goes on from their last page.
    """
    if ctx.invoked_subcommand:
        return
    with session.hub() as hub:
        told = [_run_plain(run) for run in hub.runs(limit)]

    def show() -> None:
        columns = (
            "id",
            "stream",
            "status",
            "started",
            "new",
            "changed",
            "deleted",
            "rejected",
            "seconds",
            "error",
        )
        rows = [
            (
                run["id"], f"{run['connector']}/{run['stream']}", run["status"], moment(run["started_at"]),
                run["new"], run["changed"], run["deleted"], run["rejected"], run["seconds"],
                run["error"].split("\n")[0][:RAW_SHOWN],
            )
            for run in told
        ]  # fmt: skip
        table(columns, rows, right=("id", "new", "changed", "deleted", "rejected", "seconds"))
        if not rows:
            note("nothing was ever synced\n  next step: hub sync")

    answer(session, {"runs": told}, show)


@runs.command("show", examples=["hub runs show 17", "hub runs show 17 --json"])
@click.argument("number", metavar="ID", type=int)
@pass_session
def show_run(session: Session, number: int) -> None:
    """Show one run: its counts, its error, and the records first set aside in it."""
    from hub.errors import ConfigError

    with session.hub() as hub:
        found = hub.runs(1, number)
        if not found:
            raise ConfigError(
                f"there is no run {number}", where="hub runs show", step="see the ids with: hub runs"
            )
        told = _run_plain(found[0])
        refused = [_reject_plain(one) for one in hub.rejects([], 1000, number)]

    def show() -> None:
        for name, value in told.items():
            say(f"{name:<12} {value}")
        if refused:
            say()
            _show_rejects(refused)

    answer(session, {**told, "rejects": refused}, show)


@command(examples=["hub rejects", "hub rejects old_crm --limit 500 --json"])
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option(
    "--limit", default=100, show_default=True, type=click.IntRange(1), help="How many, newest first."
)
@pass_session
def rejects(session: Session, names: Sequence[str], limit: int) -> None:
    """Show the records that were set aside, and why.

    A record that cannot be used never stops its neighbours. It is kept here as it was read; once its
    source or the settings are corrected, the next sync takes it in. With --json all of it is shown.
    """
    with session.hub() as hub:
        for name in names:
            hub.config.connector(name)
        told = [_reject_plain(one) for one in hub.rejects(names, limit)]
    answer(session, {"rejects": told}, lambda: _show_rejects(told))


def resolve_now(hub: Hub, *, full: bool = False, dry_run: bool = False) -> Resolved:
    """Resolve, showing how far it is."""
    with progress("resolved") as advance:
        return hub.resolve(full=full, dry_run=dry_run, progress=advance)


def resolved_plain(resolved: Resolved) -> dict[str, Any]:
    """A resolution as JSON shows it."""
    return {
        "records": resolved.records,
        "customers": resolved.customers,
        "merges": [{"customer": gone, "into": kept} for gone, kept in resolved.merges],
        "splits": [{"customer": kept, "off": new} for kept, new in resolved.splits],
    }


def moved(plain: dict[str, Any]) -> str:
    """A resolution in one line."""
    return (
        f"resolved {count(plain['records'], 'record')}: {count(plain['customers'], 'customer')} touched, "
        f"{len(plain['merges']):,} merged, {len(plain['splits']):,} split"
    )


def _plain(hub: Hub, run: StreamRun) -> dict[str, Any]:
    counts = run.counts
    ended = hub.runs(1, run.run_id) if run.run_id else []
    return {
        "connector": run.connector,
        "stream": run.stream,
        "status": run.status,
        "run": run.run_id or None,
        "new": counts.inserted,
        "changed": counts.updated,
        "unchanged": counts.unchanged + counts.stale,
        "deleted": counts.deleted,
        "rejected": counts.rejected,
        "seconds": _run_plain(ended[0])["seconds"] if ended else 0.0,
        "error": None if run.error is None else as_plain(run.error),
    }


def _tell(session: Session, told: dict[str, Any], run: StreamRun) -> None:
    """One line for a stream, as soon as it has ended; its error follows on stderr."""
    name = f"{run.connector}/{run.stream}" if run.stream else run.connector
    if not session.json:
        counted = ", ".join(
            f"{told[key]:,} {key}" for key in ("new", "changed", "unchanged", "deleted", "rejected")
        )
        say(f"{name}: {run.status}: {counted} ({told['seconds']:.1f} s)")
    if told["rejected"]:
        note(f"  next step: see what was set aside with: hub rejects {run.connector}")
    if run.error is not None:
        note(str(run.error) if run.error.where else f"{name}: {run.error}")
        if session.debug:
            import traceback

            traceback.print_exception(run.error)


def _run_plain(run: dict[str, Any]) -> dict[str, Any]:
    from hub.app.clock import as_datetime, iso

    started, ended = run["started_at"], run["ended_at"]
    return {
        "id": run["id"],
        "connector": run["connector"],
        "stream": run["stream"],
        "status": run["status"],
        "started_at": iso(as_datetime(started)),
        "ended_at": None if ended is None else iso(as_datetime(ended)),
        "seconds": None if ended is None else (ended - started) / 1_000_000,
        "pages": run["pages"],
        "seen": run["seen"],
        "new": run["inserted"],
        "changed": run["updated"],
        "unchanged": run["unchanged"],
        "stale": run["stale"],
        "deleted": run["deleted"],
        "rejected": run["rejected"],
        "error_kind": run["error_kind"],
        "error": run["error"],
    }


def _reject_plain(one: dict[str, Any]) -> dict[str, Any]:
    from hub.app.clock import as_datetime, iso

    return {
        "connector": one["connector"],
        "stream": one["stream"],
        "source_id": one["source_id"],
        "reason": one["reason"],
        "raw": one["raw"],
        "at": iso(as_datetime(one["at"])),
        "run": one["run_id"] or None,
    }


def _show_rejects(told: Sequence[dict[str, Any]]) -> None:
    rows = [
        (f"{one['connector']}/{one['stream']}", one["source_id"], one["reason"], one["raw"][:RAW_SHOWN])
        for one in told
    ]
    table(("stream", "source id", "reason", "raw"), rows)
    if not rows:
        note("no record was set aside")
