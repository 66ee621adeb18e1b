"""Runs what stays running: the web face and the scheduler."""

from __future__ import annotations

import click

from hub.faces.cli.out import answer, note, say, table
from hub.faces.cli.session import Session, pass_session
from hub.faces.cli.taught import command
from hub.faces.cli.verdict import code_of

__all__ = ["scheduler", "serve"]


@command(examples=["hub serve", "hub serve --host 0.0.0.0 --port 80"])
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="The port.")
@pass_session
def serve(session: Session, host: str, port: int) -> None:
    """Serve the web pages, the API and the inboxes.

    Web forms post to /inbox/NAME. It listens to this machine alone unless told otherwise; put a proxy
    with TLS in front before opening it to the world.
    """
    from hub.faces.web import serve as run

    with session.hub() as hub:
        run(hub, host, port)


@command(examples=["hub scheduler", "hub scheduler --once"])
@click.option("--once", is_flag=True, help="Run every scheduled connector and report one time, and end.")
@pass_session
def scheduler(session: Session, once: bool) -> int:
    """Sync every connector on its schedule, until stopped.

    Runs each enabled connector that has a schedule in connectors.toml, then resolves; mails each report
    that has one, once for each period. What fails is logged and tried again at its next time. SIGTERM or Ctrl-C ends it after the page under way.
    """
    from hub.faces.scheduler import Scheduler
    from hub.faces.stop import stopping

    with session.hub() as hub, stopping(lambda: note("stopping after the page under way")) as stop:
        work = Scheduler(hub, stop, note)
        jobs = [{"name": name, "schedule": schedule} for name, schedule in work.schedules.items()]
        jobs += [{"name": f"report {name}", "schedule": schedule} for name, schedule in work.mails.items()]
        if not jobs:
            note(
                'nothing is scheduled\n  next step: give an enabled connector a schedule, such as "*/5 * * * *"'
            )
        elif once:
            errors = work.once()
            answer(session, {"jobs": jobs}, lambda: say(f"ran {len(jobs)} jobs"))
            return code_of(errors)
        else:
            if not session.json:
                table(("job", "schedule"), [(job["name"], job["schedule"]) for job in jobs])
            work.run()
        answer(session, {"jobs": jobs}, lambda: None)
    return 0
