"""Lists how customer ids moved."""

from __future__ import annotations

import click

from hub.faces.cli.customers.group import customers
from hub.faces.cli.out import answer, moment, note, table
from hub.faces.cli.session import Session, pass_session

__all__ = ["events"]


@customers.command(examples=["hub customers events", "hub customers events --since 1200 --limit 500 --json"])
@click.option(
    "--since",
    default=0,
    show_default=True,
    type=click.IntRange(0),
    metavar="SEQ",
    help="Only what came after this number, the last one you have seen.",
)
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1), help="How many, at most.")
@pass_session
def events(session: Session, since: int, limit: int) -> None:
    """List how customer ids moved, oldest first, for whoever keeps copies of them.

    merge: the id leads to another customer from now on. split: records it had show an id of their own.
    move: records it had are with a customer that was there already. gone: none of its records is left;
    back: they came again. A customer that is new is no event. Every move is listed once.
    """
    with session.hub() as hub:
        told = hub.customers.events(since, limit)

    def show() -> None:
        rows = [
            (str(one["seq"]), moment(one["at"]), one["kind"], one["customer_id"], one["now"], one["cause"])
            for one in told
        ]
        table(("seq", "at", "kind", "customer", "now", "cause"), rows, right=("seq",))
        if not rows:
            note("nothing moved" + (f" after {since:,}" if since else ""))

    answer(session, {"events": told, "last": told[-1]["seq"] if told else since}, show)
