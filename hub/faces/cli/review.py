"""Decides, with a person, the pairs the hub will not decide alone."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from hub.faces.cli.customers import author_of, decided, said_why
from hub.faces.cli.out import answer, moment, note, say, table
from hub.faces.cli.session import Session, pass_session
from hub.faces.cli.sync import moved, resolved_plain
from hub.faces.cli.taught import family

__all__ = ["review"]


@family(examples=["hub review", "hub review --limit 100 --json"], alone=True)
@click.option(
    "--limit", default=10, show_default=True, type=click.IntRange(1), help="How many pairs, at most."
)
@click.pass_context
@pass_session
def review(session: Session, ctx: click.Context, limit: int) -> None:
    """Decide the pairs the hub will not decide alone.

    Shows customers that may be one, the most alike first, both records side by side: pairs that are
    possible but not certain, and certain ones that something held back. Decide with `hub review same`
    or `hub review apart`; a decision outranks every weight and can be taken back.
    """
    if ctx.invoked_subcommand:
        return
    with session.hub() as hub:
        told = [asdict(pair) for pair in hub.review.pairs(limit)]

    def show() -> None:
        for pair in told:
            _show(pair)
        if not told:
            note("there is nothing to decide")

    answer(session, {"pairs": told}, show)


@review.command(examples=["hub review same C3k9x2m4p5q6r7 C9z8y7x6w5v4t3"])
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@said_why
@pass_session
def same(session: Session, one: str, other: str, author: str, reason: str, dry_run: bool) -> None:
    """Decide that two are one customer.

    A and B are customers or records, as `hub review` names them.
    """
    with session.hub() as hub:
        shown, resolved = hub.review.same(
            one, other, author=author_of(author), reason=reason, dry_run=dry_run
        )
    decided(session, shown, resolved, dry_run, f"they are {shown} from now on")


@review.command(examples=["hub review apart C3k9x2m4p5q6r7 C9z8y7x6w5v4t3 --reason 'father and son'"])
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@click.option("--author", default="", help="Who decided.  [default: who is logged in]")
@click.option("--reason", default="", help="Why, for whoever asks later.")
@pass_session
def apart(session: Session, one: str, other: str, author: str, reason: str) -> None:
    """Decide that two are two customers, so that nobody is asked again.

    A and B are customers or records, as `hub review` names them.
    """
    with session.hub() as hub:
        told = resolved_plain(hub.review.apart(one, other, author=author_of(author), reason=reason))
    answer(session, {"apart": [one, other], **told}, lambda: say(f"{one} and {other} stay two customers"))


@review.command("list", examples=["hub review list", "hub review list --json"])
@pass_session
def list_(session: Session) -> None:
    """List what people decided, newest first, with what was taken back."""
    with session.hub() as hub:
        told = hub.review.judgements()

    def show() -> None:
        rows = [
            (
                one["id"], one["verdict"], " + ".join(one["sides"][0]), " + ".join(one["sides"][1]),
                one["author"], moment(one["at"]), one["reason"], moment(one["retracted_at"]),
            )
            for one in told
        ]  # fmt: skip
        table(("id", "verdict", "one", "other", "author", "at", "reason", "taken back"), rows, right=("id",))
        if not rows:
            note("nothing was ever decided")

    answer(session, {"judgements": told}, show)


@review.command(examples=["hub review retract 3"])
@click.argument("number", metavar="N", type=int)
@pass_session
def retract(session: Session, number: int) -> None:
    """Take a decision back: all is as if it had never been made."""
    with session.hub() as hub:
        told = resolved_plain(hub.review.retract(number))
    answer(session, {"retracted": number, **told}, lambda: say(f"taken back; {moved(told)}"))


def _show(pair: dict[str, Any]) -> None:
    weight = "" if pair["weight"] is None else f", weight {pair['weight']:.2f}"
    say(f"{pair['why']}{weight}")
    one, other = pair["one"], pair["other"]
    names = list(dict.fromkeys([*one["fields"], *other["fields"]]))
    rows = [
        ("customer", one["customer_id"], other["customer_id"]),
        ("record", one["record"], other["record"]),
    ]
    rows += [("records", one["records"], other["records"])]
    rows += [(name, _text(one["fields"].get(name)), _text(other["fields"].get(name))) for name in names]
    table(("", "one", "other"), rows)
    say(f"  hub review same {one['customer_id']} {other['customer_id']}")
    say(f"  hub review apart {one['customer_id']} {other['customer_id']}\n")


def _text(value: Any) -> str:
    return "; ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
