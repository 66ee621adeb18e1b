"""Lists the versions of the survivorship rules."""

from __future__ import annotations

from dataclasses import asdict

from hub.faces.cli.customers.group import customers
from hub.faces.cli.out import answer, moment, note, table
from hub.faces.cli.session import Session, pass_session

__all__ = ["rules"]


@customers.command(examples=["hub customers rules", "hub customers rules --json"])
@pass_session
def rules(session: Session) -> None:
    """List the versions of the survivorship rules, newest first: since when, and what changed.

    The rules are those of [hub.survivorship] and the order of [hub] sources. Another choice is another version from
    the resolution on that draws every profile by it. The first version is set against the rules that ship.
    """
    with session.hub() as hub:
        told = [asdict(one) for one in hub.customers.survivorship()]

    def show() -> None:
        rows = [
            (
                str(one["version"]),
                moment(one["since"]),
                change["field"],
                ", ".join(change["before"]),
                ", ".join(change["now"]),
            )
            for one in told
            for change in one["changes"] or [{"field": "as they ship", "before": (), "now": ()}]
        ]
        table(("version", "since", "field", "before", "now"), rows, right=("version",))
        if not rows:
            note("no rules have been in force yet\n  next step: hub resolve")

    answer(session, {"versions": told}, show)
