"""Examines everything and says what to do about it."""

from __future__ import annotations

from dataclasses import asdict

import click

from hub.faces.cli.out import answer, count, say
from hub.faces.cli.session import Session, pass_session
from hub.faces.cli.taught import command
from hub.faces.cli.verdict import PARTIAL

__all__ = ["doctor"]

SIGNS = {"fine": "ok", "note": "--", "problem": "!!"}


@command(examples=["hub doctor", "hub doctor --connect", "hub doctor --json"])
@click.option("--connect", is_flag=True, help="Also ask every source whether it answers.")
@pass_session
def doctor(session: Session, connect: bool) -> int:
    """Examine everything and say what to do about it.

    Looks at plugins, configuration, database, flow of data and identities. ok is in order, -- is worth
    knowing, !! is a problem; each but the first comes with its next step. Exits with 5 when there is
    a problem.
    """
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
