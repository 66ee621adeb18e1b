"""Searches, shows and explains customers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from hub.faces.cli.customers.group import customers
from hub.faces.cli.customers.plain import joined, profile_plain
from hub.faces.cli.customers.timeline import figures
from hub.faces.cli.out import answer, moment, note, say, table
from hub.faces.cli.session import Session, pass_session

if TYPE_CHECKING:
    from hub.store.profiles import CustomerRow

__all__ = ["explain", "search", "show"]


@customers.command(examples=["hub customers search lee", "hub customers search ann@example.com --json"])
@click.argument("words", metavar="Q", nargs=-1, required=True)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="How many, at most.")
@pass_session
def search(session: Session, words: Sequence[str], limit: int) -> None:
    """Find customers by name, organization, email, phone or handle.

    Every word must occur, in any case and order.
    """
    with session.hub() as hub:
        found = [_row_plain(row) for row in hub.customers.search(" ".join(words), limit)]

    def show() -> None:
        columns = ("customer_id", "kind", "name", "records", "emails", "phones")
        rows = [
            [", ".join(map(str, v)) if isinstance(v := one[name], list) else v for name in columns]
            for one in found
        ]
        table(columns, rows, right=("records",))
        if not found:
            note("nobody was found\n  next step: try fewer words; what has just landed needs hub resolve")

    answer(session, {"customers": found}, show)


@customers.command(
    examples=[
        "hub customers show C3k9x2m4p5q6r7",
        "hub customers show C3k9x2m4p5q6r7 --on 2026-03-01",
        "hub customers show C3k9x2m4p5q6r7 --json",
    ]
)
@click.argument("customer_id", metavar="ID")
@click.option(
    "--on",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="What it was at the end of that day, as the hub knew it then.",
)
@pass_session
def show(session: Session, customer_id: str, day: datetime | None) -> None:
    """Show a customer: its profile, the records behind it, its history and orders.

    Every value is shown with the record it came from and the rule that chose it. With --on, the profile
    and the records as they were on a day, in the workspace's time zone.
    """
    if day is not None:
        _show_on(session, customer_id, day)
        return
    with session.hub() as hub:
        found = hub.customers.show(customer_id, hub.channel_of)
        behaviour = hub.customers.history(customer_id).behaviour
    told = {**asdict(found), "profile": profile_plain(found.profile), "behaviour": behaviour}

    def shown() -> None:
        say(f"{told['customer_id']}  {told['profile']['kind']}  {len(told['records'])} records\n")
        _profile(told)
        if told["timeline"]:
            say()
            columns = ("at", "kind", "channel", "title", "amount", "currency", "raw_record")
            rows = [
                [moment(one["at"]) if name == "at" else one[name] for name in columns]
                for one in told["timeline"]
            ]
            table(columns, rows, right=("amount",))
            say("\n" + "\n".join(figures(behaviour)))

    answer(session, told, shown)


@customers.command(
    examples=["hub customers explain C3k9x2m4p5q6r7", "hub customers explain crm/customers/17 C9z8y7x6w5v4t3"]
)
@click.argument("one", metavar="ID")
@click.argument("other", metavar="[ID]", default="")
@pass_session
def explain(session: Session, one: str, other: str) -> None:
    """Explain how a customer came together, or why two are the same or not.

    With one ID: the links that hold its records together, the weakest first. With two, customers or
    records (connector/stream/id): the best pair between them, or, where that is more, what all their
    records know together. A weight is bits of evidence, the sum of what each comparison adds.
    """
    with session.hub() as hub:
        links = [hub.customers.explain_pair(one, other)] if other else hub.customers.explain(one)
    told = [{**asdict(link), "same": link.weight >= link.threshold} for link in links]

    def show() -> None:
        for link in told:
            sign = ">=" if link["same"] else "<"
            say(f"{link['a']}  -  {link['b']}")
            say(
                f"weight {link['weight']:.2f} {sign} {link['threshold']:.2f}, weighed against {link['alternative']}"
            )
            steps = [("", "before anything is compared", link["prior"], "", "")]
            steps += [
                (step["name"], step["level"], step["weight"], step["a"], step["b"]) for step in link["steps"]
            ]
            table(("comparison", "level", "weight", "one", "other"), steps, right=("weight",))
            for judged in link["judgements"]:
                say(
                    f"judged {judged['verdict']} by {judged['author'] or 'somebody'}, {moment(judged['at'])}: {judged['reason']}"
                )
            say()
        if not told:
            say("it has one record; nothing had to come together")

    answer(session, {"links": told}, show)


def _show_on(session: Session, customer_id: str, day: datetime) -> None:
    with session.hub() as hub:
        found = hub.customers.show_on(customer_id, day.date())
    told = {**asdict(found), "profile": profile_plain(found.profile)}

    def shown() -> None:
        until = f"until {moment(told['until'])}" if told["until"] else "to this day"
        count = len(told["records"])
        say(f"{told['customer_id']}  {told['profile']['kind']}  {count} records, on {told['on']}")
        rules = f", by version {told['rules']} of the rules" if told["rules"] else ""
        say(f"like this from {moment(told['since'])} {until} (UTC){rules}\n")
        _profile(told)

    answer(session, told, shown)


def _profile(told: dict[str, Any]) -> None:
    fields = told["profile"]["fields"]
    rows = [(name, joined(one["value"]), one["rule"], one["record"]) for name, one in fields.items()]
    table(("field", "value", "rule", "from"), rows)
    say()
    table(("record", "id"), [(one["record"], one["id"]) for one in told["records"]])


def _row_plain(row: CustomerRow) -> dict[str, Any]:
    fields = json.loads(row.profile)["fields"]
    said = {name: fields[name]["value"] for name in ("emails", "phones") if name in fields}
    return {
        "customer_id": row.customer_id,
        "kind": row.kind,
        "name": row.name,
        "records": row.members,
        "emails": said.get("emails", []),
        "phones": said.get("phones", []),
    }
