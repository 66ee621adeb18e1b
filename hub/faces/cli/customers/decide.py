"""Merges and splits customers, or shows what that would change."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from hub.faces.cli.customers.effect import effect_plain, show_effect
from hub.faces.cli.customers.group import customers
from hub.faces.cli.out import answer, say
from hub.faces.cli.session import Session, pass_session
from hub.faces.cli.sync import moved, resolved_plain

if TYPE_CHECKING:
    from hub.app.attribution import Question
    from hub.app.resolve import Resolved

__all__ = ["author_of", "decided", "merge", "question_of", "said_why", "split", "weighed"]


def said_why(function: Any) -> Any:
    """The options of every command that is a person's decision: who made it, why, and whether it is a trial."""
    for option in (
        click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing."),
        click.option("--author", default="", help="Who decided.  [default: who is logged in]"),
        click.option("--reason", default="", help="Why, for whoever asks later."),
    ):
        function = option(function)
    return function


def weighed(function: Any) -> Any:
    """The option of every command that tells what a decision does to each channel's credit."""
    return click.option(
        "--model", default="last-non-direct", show_default=True, metavar="M",
        help="The attribution model by which credit is shown before and after.",
    )(function)  # fmt: skip


@customers.command(
    examples=[
        "hub customers merge C3k9x2m4p5q6r7 C9z8y7x6w5v4t3 --dry-run",
        "hub customers merge C3k9x2m4p5q6r7 C9z8y7x6w5v4t3 --reason 'same passport'",
    ]
)
@click.argument("one", metavar="ID")
@click.argument("other", metavar="ID")
@said_why
@weighed
@pass_session
def merge(
    session: Session, one: str, other: str, author: str, reason: str, dry_run: bool, model: str
) -> None:
    """Judge two customers to be the same.

    Nothing is merged away: it is a judgement that can be taken back. A split that kept them apart is
    taken back by it. With --dry-run all of it is done, shown and undone: which values the profile
    would show, what history, orders and revenue would move, and each channel's credit.
    """
    with session.hub() as hub:
        shown, resolved = hub.customers.merge(
            one, other, author=author_of(author), reason=reason, dry_run=dry_run, question=question_of(model)
        )
    decided(session, shown, resolved, dry_run, f"they are {shown} from now on")


@customers.command(
    examples=[
        "hub customers split C3k9x2m4p5q6r7 crm/customers/17 --dry-run",
        "hub customers split C3k9x2m4p5q6r7 crm/customers/17 --reason 'father and son'",
    ]
)
@click.argument("customer_id", metavar="ID")
@click.argument("records", metavar="RECORD...", nargs=-1, required=True)
@said_why
@weighed
@pass_session
def split(
    session: Session, customer_id: str, records: Sequence[str], author: str, reason: str, dry_run: bool,
    model: str,
) -> None:  # fmt: skip
    """Judge some records of a customer to be somebody else.

    A RECORD is connector/stream/id, or its own id, as `hub customers show` lists them. They stay apart
    from the rest, whatever arrives later. --dry-run shows what would change, as for a merge; customers
    that records set free would join are among what is shown.
    """
    with session.hub() as hub:
        shown, resolved = hub.customers.split(
            customer_id, records, author=author_of(author), reason=reason, dry_run=dry_run,
            question=question_of(model),
        )  # fmt: skip
    decided(session, shown, resolved, dry_run, f"those records are {shown} from now on")


def author_of(named: str) -> str:
    """Who decides: as named, else who is logged in."""
    try:
        return named or getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such user, as in some containers
        return ""


def question_of(model: str) -> Question:
    """What is asked about credit before and after."""
    from hub.app.attribution import Question

    return Question(models=(model,))


def decided(session: Session, customer_id: str, resolved: Resolved, dry_run: bool, line: str) -> None:
    """Tell what a judgement did, or would do."""
    from hub.app.customers import Effect

    told = resolved_plain(resolved)
    effect = effect_plain(resolved) if isinstance(resolved, Effect) else {}

    def show() -> None:
        for one in told["merges"]:
            say(f"  {one['customer']} merges into {one['into']}")
        for one in told["splits"]:
            say(f"  {one['off']} splits off {one['customer']}")
        show_effect(effect, short=not dry_run)
        say(f"{moved(told)} (dry run: nothing was kept)" if dry_run else line)

    answer(session, {"customer_id": customer_id, **told, **effect, "dry_run": dry_run}, show)
