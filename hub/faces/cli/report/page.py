"""All tables at once: as one page, or as the sheets of one workbook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from hub.faces.cli.out import answer, say
from hub.faces.cli.report.group import question, report, target, told
from hub.faces.cli.report.tables import EVERY
from hub.faces.cli.session import Session, pass_session
from hub.faces.cli.taught import Command

__all__ = ["html", "send", "workbook"]


@report.command(
    cls=Command,
    examples=[
        "hub report html -o report.html",
        "hub report html --model linear,markov-1 --from 2025-04-01 --to 2025-05-31 --lang zh -o report.html",
    ],
)
@told
@EVERY
@click.option("--title", default="", help="The heading; left out: Marketing report.")
@target("The page.", required=True)
@pass_session
def html(session: Session, output: Path, lang: str, every: str, title: str, **words: Any) -> None:
    """Write every table and chart as one page that stands alone.

    It runs no script and fetches nothing: mail it, print it, keep it. With --from and --to it has the period
    before beside it; with a model that learns, intervals.
    """
    from hub.app.clock import as_datetime, micros
    from hub.app.reports import Asked, page
    from hub.app.written import replaced

    with session.hub() as hub:
        text = page(
            hub.reports(question(**words)),
            asked=Asked(every=every),
            lang=lang,
            now=as_datetime(micros()),
            heading=title,
        )
    replaced(output, lambda beside: beside.write_text(text, encoding="utf-8"))
    answer(session, {"file": str(output), "bytes": len(text.encode())}, lambda: say(f"wrote {output}"))


@report.command(
    cls=Command, examples=["hub report workbook --model linear,markov-1 -o report.xlsx --lang zh"]
)
@told
@EVERY
@target("The xlsx workbook.", required=True)
@pass_session
def workbook(session: Session, output: Path, lang: str, every: str, **words: Any) -> None:
    """Write every table as a sheet of one workbook: typed, with filters, models side by side."""
    from hub.app.reports import Asked, chapters, write_workbook

    with session.hub() as hub:
        _, tables = chapters(hub.reports(question(**words)), Asked(every=every))
    write_workbook(tables, output, lang)
    names = [one.name for one in tables]
    answer(
        session, {"file": str(output), "sheets": names}, lambda: say(f"wrote {len(names)} sheets to {output}")
    )


@report.command(cls=Command, examples=["hub report send monthly", "hub report send monthly --dry-run"])
@click.argument("name")
@click.option("--dry-run", is_flag=True, help="Say what would be sent, and send nothing.")
@pass_session
def send(session: Session, name: str, dry_run: bool) -> None:
    """Mail a report that connectors.toml describes, now.

    [reports.NAME] says to whom and about which days, [mail] by which server; the scheduler sends it by itself
    when it has a schedule.
    """
    with session.hub() as hub:
        if dry_run:
            report = hub.config.report(name)
            planned = {
                "report": name,
                "to": list(report.to),
                "period": report.period,
                "schedule": report.schedule,
            }
            answer(session, planned, lambda: say(f"would send {name} to {', '.join(report.to)}"))
            return
        sent = hub.send_report(name)
    assert sent is not None
    answer(session, sent, lambda: say(f"sent {sent['subject']!r} to {', '.join(sent['to'])}"))
