"""Examines everything and says what to do about it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from hub.faces.cli.out import answer, count, say, table
from hub.faces.cli.session import Session, pass_session
from hub.faces.cli.taught import family
from hub.faces.cli.verdict import PARTIAL

__all__ = ["doctor"]

SIGNS = {"fine": "ok", "note": "--", "problem": "!!"}


@family(examples=["hub doctor", "hub doctor --connect", "hub doctor --json"], alone=True)
@click.option("--connect", is_flag=True, help="Also ask every source whether it answers.")
@click.pass_context
@pass_session
def doctor(session: Session, ctx: click.Context, connect: bool) -> int | None:
    """Examine everything and say what to do about it.

    Looks at plugins, configuration, database, flow of data and identities. ok is in order, -- is worth
    knowing, !! is a problem; each but the first comes with its next step. Exits with 5 when there is
    a problem.
    """
    if ctx.invoked_subcommand:
        return None
    from hub.app.doctor import examine

    told: list[dict[str, str]] = []
    for finding in examine(session.file, connect=connect):
        if not session.json:
            if not told or told[-1]["section"] != finding.section:
                say(finding.section)
            say(
                f"  {SIGNS[finding.level]} {finding.what}"
                + (f"\n     next step: {finding.step}" if finding.step else "")
            )
        told.append(asdict(finding))
    problems = sum(one["level"] == "problem" for one in told)
    answer(
        session,
        {"status": "problem" if problems else "fine", "findings": told},
        lambda: say(f"\n{count(problems, 'problem')}" if problems else "\nall is fine"),
    )
    return PARTIAL if problems else 0


@doctor.command(examples=["hub doctor identities", "hub doctor identities --json"])
@pass_session
def identities(session: Session) -> None:
    """Show what each guard against joining the wrong people did.

    Role mailboxes, placeholders, generic values, contradictions, households and colleagues, the size
    cap, bridges, decisions of people: how often, over what it was counted, and the most telling cases.
    """
    from hub.app.doctor import identities as each_guard

    told: list[dict[str, Any]] = []
    with session.hub() as hub:
        for guard in each_guard(hub):
            told.append(asdict(guard))
            if not session.json:
                _show(told[-1])
    answer(session, {"guards": told}, lambda: None)


def _show(guard: dict[str, Any]) -> None:
    say(f"{guard['name']}: {guard['count']:,}")
    say(f"  {guard['what']}; counted over {guard['looked_at']}")
    if guard["rows"]:
        columns = list(guard["rows"][0])
        right = [name for name in columns if isinstance(guard["rows"][0][name], int | float)]
        table(columns, [list(row.values()) for row in guard["rows"]], right=right)
    say()
