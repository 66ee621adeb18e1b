"""Syncs connectors on their schedules and resolves what came in, and mails reports on theirs, until told to stop.

One connector is never run twice at the same time, and times missed while it ran are made up once.
A failing run is told and tried again at its next time; nothing a connector does ends the scheduler.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from hub.app.config import trigger
from hub.errors import HubError, LeaseHeld, PluginError

if TYPE_CHECKING:
    from hub.app.hub import Hub

__all__ = ["Scheduler"]

WORKERS = 4


class Scheduler:
    """Runs the jobs of one workspace; ``stop`` ends it, ``tell`` shows a line to whoever watches."""

    def __init__(self, hub: Hub, stop: threading.Event, tell: Callable[[str], None]) -> None:
        self.hub = hub
        self.stop = stop
        self.tell = tell
        self.schedules = {
            name: conn.schedule
            for name, conn in hub.config.connectors.items()
            if conn.enabled and conn.schedule
        }
        self.mails = {name: report.schedule for name, report in hub.config.reports.items() if report.schedule}

    def run(self) -> None:
        """Work until stopped; the page under way is finished first."""
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        self.hub.runs(1)  # runs whose process died are marked so before new ones begin
        clock = BackgroundScheduler(executors={"default": ThreadPoolExecutor(WORKERS)})
        for name, schedule in self.schedules.items():
            clock.add_job(
                self.job, trigger(schedule, self.hub.config.hub.timezone), args=[name], id=name, name=name,
                max_instances=1, coalesce=True, misfire_grace_time=None,
            )  # fmt: skip
        for name, schedule in self.mails.items():
            clock.add_job(
                self.mail, trigger(schedule, self.hub.config.hub.timezone), args=[name], id=f"report {name}",
                name=f"report {name}", max_instances=1, coalesce=True, misfire_grace_time=None,
            )  # fmt: skip
        clock.start()
        try:
            self.stop.wait()
        finally:
            clock.shutdown(wait=True)

    def once(self) -> list[HubError | None]:
        """Run every job one time, one after the other; the error of each, or ``None``."""
        self.hub.runs(1)
        jobs = [(self.job, name) for name in self.schedules] + [(self.mail, name) for name in self.mails]
        return [job(name) for job, name in jobs if not self.stop.is_set()]

    def job(self, name: str) -> HubError | None:
        """Sync one connector, then resolve; whatever goes wrong is told and returned, never raised."""
        try:
            error = self._sync(name)
            if not self.stop.is_set():
                self._resolve()
        except Exception as raised:
            error = _known(raised, name)
        if error is not None:
            self.tell(f"{name}: {error}")
        return error

    def mail(self, name: str) -> HubError | None:
        """Send one report, unless it was sent for its period; whatever goes wrong is told and returned."""
        try:
            sent = self.hub.send_report(name, again=False)
        except Exception as raised:
            error = _known(raised, f"report {name}")
            self.tell(f"report {name}: {error}")
            return error
        if sent is not None:
            self.tell(f"report {name}: sent to {', '.join(sent['to'])}")
        return None

    def _sync(self, name: str) -> HubError | None:
        error: HubError | None = None
        for run in self.hub.sync([name], cancelled=self.stop.is_set):
            counts = run.counts
            self.tell(
                f"{name}/{run.stream}: {run.status}: {counts.inserted:,} new, {counts.updated:,} changed, "
                f"{counts.deleted:,} deleted, {counts.rejected:,} rejected"
            )
            error = error or run.error
        return error

    def _resolve(self) -> None:
        try:
            resolved = self.hub.resolve()
        except LeaseHeld:
            return  # whoever holds it takes this along, or the next job does
        if resolved.records:
            self.tell(f"resolved {resolved.records:,} records: {resolved.customers:,} customers touched")


def _known(raised: Exception, where: str) -> HubError:
    if isinstance(raised, HubError):
        return raised
    return PluginError(f"{type(raised).__name__}: {raised}", where=where, step="report it, with `hub runs`")
