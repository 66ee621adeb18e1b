"""Shows one customer's history, filtered, and the figures it adds up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from hub.faces.cli.customers.group import customers
from hub.faces.cli.out import answer, count, moment, note, say, table
from hub.faces.cli.session import Session, pass_session

__all__ = ["figures", "timeline"]

DAY = click.DateTime(["%Y-%m-%d"])


@customers.command(
    examples=[
        "hub customers timeline C3k9x2m4p5q6r7 --threads",
        "hub customers timeline C3k9x2m4p5q6r7 --kind order --from 2026-01-01 --to 2026-03-31",
        "hub customers timeline C3k9x2m4p5q6r7 invoice --channel Email --json",
    ]
)
@click.argument("customer_id", metavar="ID")
@click.argument("words", metavar="[WORD]...", nargs=-1)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    metavar="KIND",
    help="Only this kind, such as order or mail; may be given again.",
)
@click.option(
    "--channel", "channels", multiple=True, metavar="CHANNEL", help="Only this channel; may be given again."
)
@click.option("--from", "start", type=DAY, metavar="DATE", help="The first day.")
@click.option("--to", "end", type=DAY, metavar="DATE", help="The last day, included.")
@click.option("--threads", is_flag=True, help="Show the messages of a thread as one line.")
@pass_session
def timeline(
    session: Session, customer_id: str, words: Sequence[str], kinds: Sequence[str], channels: Sequence[str],
    start: datetime | None, end: datetime | None, threads: bool,
) -> None:  # fmt: skip
    """Show a customer's history over every channel, newest first, and the figures it adds up to.

    Every WORD must occur in a subject or a product, in any case. Days and times are those of the workspace's time
    zone. The figures are of the whole history: an order that was cancelled is none, a refund is taken off.
    """
    from hub.app.customers import Filter

    wanted = Filter(
        " ".join(words), kinds, channels, start and start.date(), end and end.date(), threads
    )  # fmt: skip
    with session.hub() as hub:
        told = asdict(hub.customers.history(customer_id, wanted))

    def show() -> None:
        columns = ("at", "kind", "channel", "title", "amount", "currency", "raw_record")
        table(columns, [_row(one, columns) for one in told["timeline"]], right=("amount",))
        if not told["timeline"]:
            note("nothing of that kind happened")
        say()
        for line in figures(told["behaviour"]):
            say(line)

    answer(session, told, show)


def _row(one: dict[str, Any], columns: Sequence[str]) -> list[Any]:
    title = one["title"]
    if "messages" in one:
        title = f"{title} ({len(one['messages'])} messages)"
    if "lines" in one:
        title = f"{title}: {', '.join(str(line.get('product', '')) for line in one['lines'])}"
    return [{**one, "at": moment(one["at"]), "title": title}[name] for name in columns]


def figures(told: dict[str, Any]) -> list[str]:
    """First and last seen, orders and spend, and the channels touches came by."""
    lines = [
        f"first seen {moment(told['first_seen']) or 'never'}, last seen {moment(told['last_seen']) or 'never'}"
    ]
    if told["frequency"]:
        spend = ", ".join(f"{amount:,.2f} {currency}" for currency, amount in told["spend"].items())
        average = ", ".join(f"{amount:,.2f} {currency}" for currency, amount in told["average_order"].items())
        ago = told["recency_days"]
        lines.append(
            f"{count(told['frequency'], 'order')}, the last {ago:,} days ago; spent {spend}; {average} an order"
        )
    if told["channels"]:
        lines.append(
            "touches by " + ", ".join(f"{name} {count:,}" for name, count in told["channels"].items())
        )
    return lines
