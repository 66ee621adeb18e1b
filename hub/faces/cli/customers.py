"""Searches, shows, explains, merges, splits and pins customers."""

from __future__ import annotations

import getpass
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from hub.faces.cli.out import answer, moment, note, say, table
from hub.faces.cli.session import Session, pass_session
from hub.faces.cli.sync import moved, resolved_plain
from hub.faces.cli.taught import family

if TYPE_CHECKING:
    from hub.app.resolve import Resolved
    from hub.store.profiles import CustomerRow

__all__ = ["author_of", "customers", "decided", "profile_plain", "said_why"]


def said_why(function: Any) -> Any:
    """The options of every command that is a person's decision: who made it, why, and whether it is a trial."""
    for option in (
        click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing."),
        click.option("--author", default="", help="Who decided.  [default: who is logged in]"),
        click.option("--reason", default="", help="Why, for whoever asks later."),
    ):
        function = option(function)
    return function


@family(
    examples=[
        "hub customers search lee",
        "hub customers show C3k9x2m4p5q6r7",
        "hub customers explain C3k9x2m4p5q6r7",
    ]
)
def customers() -> None:
    """Search, show, explain, merge, split and pin customers.

    A customer is every record that is the same person or organization. Any id a customer ever showed
    finds it. Merging and splitting are judgements: they outrank every weight, hold for later records,
    and can be taken back with `hub review retract`.
    """


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


@customers.command(examples=["hub customers show C3k9x2m4p5q6r7", "hub customers show C3k9x2m4p5q6r7 --json"])
@click.argument("customer_id", metavar="ID")
@pass_session
def show(session: Session, customer_id: str) -> None:
    """Show a customer: its profile, the records behind it, its history and orders.

    Every value is shown with the record it came from and the rule that chose it.
    """
    with session.hub() as hub:
        found = hub.customers.show(customer_id, hub.channel_of)
    told = {**asdict(found), "profile": profile_plain(found.profile)}

    def shown() -> None:
        say(f"{told['customer_id']}  {told['profile']['kind']}  {len(told['records'])} records\n")
        fields = told["profile"]["fields"]
        rows = [(name, _joined(one["value"]), one["rule"], one["record"]) for name, one in fields.items()]
        table(("field", "value", "rule", "from"), rows)
        say()
        table(("record", "id"), [(one["record"], one["id"]) for one in told["records"]])
        if told["timeline"]:
            say()
            columns = ("at", "kind", "channel", "title", "amount", "currency", "raw_record")
            rows = [
                [moment(one["at"]) if name == "at" else one[name] for name in columns]
                for one in told["timeline"]
            ]
            table(columns, rows, right=("amount",))

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
    records (connector/stream/id): the best pair between them. A weight is bits of evidence, the sum
    of what each comparison adds.
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


@customers.command(examples=["hub customers merge C3k9x2m4p5q6r7 C9z8y7x6w5v4t3 --reason 'same passport'"])
@click.argument("one", metavar="ID")
@click.argument("other", metavar="ID")
@said_why
@pass_session
def merge(session: Session, one: str, other: str, author: str, reason: str, dry_run: bool) -> None:
    """Judge two customers to be the same.

    Nothing is merged away: it is a judgement that can be taken back. A split that kept them apart is
    taken back by it.
    """
    with session.hub() as hub:
        shown, resolved = hub.customers.merge(
            one, other, author=author_of(author), reason=reason, dry_run=dry_run
        )
    decided(session, shown, resolved, dry_run, f"they are {shown} from now on")


@customers.command(examples=["hub customers split C3k9x2m4p5q6r7 crm/customers/17 --reason 'father and son'"])
@click.argument("customer_id", metavar="ID")
@click.argument("records", metavar="RECORD...", nargs=-1, required=True)
@said_why
@pass_session
def split(
    session: Session, customer_id: str, records: Sequence[str], author: str, reason: str, dry_run: bool
) -> None:
    """Judge some records of a customer to be somebody else.

    A RECORD is connector/stream/id, or its own id, as `hub customers show` lists them. They stay apart
    from the rest, whatever arrives later.
    """
    with session.hub() as hub:
        shown, resolved = hub.customers.split(
            customer_id, records, author=author_of(author), reason=reason, dry_run=dry_run
        )
    decided(session, shown, resolved, dry_run, f"those records are {shown} from now on")


@customers.command(
    examples=[
        "hub customers pin C3k9x2m4p5q6r7 job_title 'Head of Purchasing'",
        """hub customers pin C3k9x2m4p5q6r7 emails '["ann@example.com"]'""",
    ]
)
@click.argument("customer_id", metavar="ID")
@click.argument("field")
@click.argument("value")
@click.option("--author", default="", help="Who decided.  [default: who is logged in]")
@pass_session
def pin(session: Session, customer_id: str, field: str, value: str, author: str) -> None:
    """Hold a field of a customer's profile at a value, whatever sources say.

    VALUE is text, or JSON for the fields that hold several: emails, phones, handles.
    """
    with session.hub() as hub:
        meant = _pinned(field, value)
        hub.customers.pin(customer_id, field, meant, author=author_of(author))
    answer(
        session,
        {"customer_id": customer_id, "field": field, "value": meant},
        lambda: say(f"{field} of {customer_id} is held at {_joined(meant)}"),
    )


def author_of(named: str) -> str:
    """Who decides: as named, else who is logged in."""
    try:
        return named or getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such user, as in some containers
        return ""


def decided(session: Session, customer_id: str, resolved: Resolved, dry_run: bool, line: str) -> None:
    """Tell what a judgement did, or would do."""
    told = resolved_plain(resolved)

    def show() -> None:
        for one in told["merges"]:
            say(f"  {one['customer']} merges into {one['into']}")
        for one in told["splits"]:
            say(f"  {one['off']} splits off {one['customer']}")
        say(f"{moved(told)} (dry run: nothing was kept)" if dry_run else line)

    answer(session, {"customer_id": customer_id, **told, "dry_run": dry_run}, show)


def profile_plain(profile: dict[str, Any]) -> dict[str, Any]:
    """A stored profile with the record of every value written out."""
    names = ["/".join(part for part in origin if part) for origin in profile["origins"]]
    fields = {
        name: {
            "value": one["value"],
            "rule": one["rule"],
            "record": names[one["origin"]],
            "others": [{"value": lost, "record": names[origin]} for lost, origin in one.get("others", ())],
        }
        for name, one in profile["fields"].items()
    }
    return {"kind": profile["kind"], "fields": fields}


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


def _pinned(field: str, value: str) -> Any:
    from hub.app.secrets import closest
    from hub.core.merge import DEFAULTS
    from hub.errors import ConfigError

    if field not in DEFAULTS and not field.startswith("custom."):
        raise ConfigError(
            f"{field!r} is no field of a profile{closest(field, DEFAULTS)}",
            where="hub customers pin", step=f"choose one of {', '.join(DEFAULTS)}",
        )  # fmt: skip
    if value[:1] in "[{":
        try:
            return json.loads(value)
        except ValueError:
            pass
    return value


def _joined(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(
            f"{key}: {inner}" if not isinstance(inner, dict) else str(inner) for key, inner in value.items()
        )
    if isinstance(value, list | tuple):
        return "; ".join(_joined(one) for one in value)
    return str(value)
