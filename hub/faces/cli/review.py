"""Decides, with a person, the pairs the hub will not decide alone."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import click

from hub.faces.cli.customers import author_of, decided, question_of, said_why, weighed
from hub.faces.cli.out import answer, ask, count, moment, note, say, table
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

    Shows customers that may be one, both records side by side, and why the hub asks: the pair is under
    the threshold, too close to call, held back by a guard, missing evidence that is generic, was one
    until the evidence went, or contradicts a judgement. These contradictions come first, then what is
    worth most: nearness to the threshold times the records and orders of both (of the 1,000 heaviest).

    Decide with same, apart or skip; a decision outranks every weight and can be taken back.
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
@weighed
@pass_session
def same(session: Session, one: str, other: str, author: str, reason: str, dry_run: bool, model: str) -> None:
    """Decide that two are one customer.

    A and B are customers or records, as `hub review` names them. Two records that are one customer
    already are confirmed: they stay one, whatever becomes of the evidence. With --dry-run all of it is
    done, shown and undone, as by `hub customers merge`.
    """
    with session.hub() as hub:
        shown, resolved = hub.review.same(
            one, other, author=author_of(author), reason=reason, dry_run=dry_run, question=question_of(model)
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


@review.command(examples=["hub review skip C3k9x2m4p5q6r7 C9z8y7x6w5v4t3 --reason 'asked the shop'"])
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@click.option("--author", default="", help="Who decided.  [default: who is logged in]")
@click.option("--reason", default="", help="Why, for whoever asks later.")
@pass_session
def skip(session: Session, one: str, other: str, author: str, reason: str) -> None:
    """Put a pair off until there is something new to know.

    It is asked about again when its weight changes, or a record of either customer comes, goes or
    changes. A and B are customers or records, as `hub review` names them.
    """
    with session.hub() as hub:
        number = hub.review.skip(one, other, author=author_of(author), reason=reason)
    line = "put off until its weight or a record of the two changes"
    answer(session, {"skipped": [one, other], "id": number}, lambda: say(f"{line} (number {number})"))


@review.command(
    examples=[
        "hub review accept --above 3 --dry-run",
        "hub review accept --above 3 --limit 50 --reason 'looked through them'",
    ]
)
@click.option(
    "--above", required=True, type=float, metavar="BITS", help="Only pairs of at least this weight."
)
@click.option(
    "--limit", default=100, show_default=True, type=click.IntRange(1), help="How many pairs, at most."
)
@click.option("--yes", is_flag=True, help="Do not ask; needed where nobody sits at a terminal.")
@said_why
@pass_session
def accept(
    session: Session, above: float, limit: int, yes: bool, author: str, reason: str, dry_run: bool
) -> None:
    """Decide of many pairs at once that each is one customer.

    Shows them first, and asks. Takes pairs that only the threshold keeps apart; what a guard held back,
    and what contradicts a judgement, is left to be decided one by one. Each customer is in one pair at
    most: what is left after that waits for the next time. Each pair becomes a judgement of its own.
    """
    from hub.errors import ConfigError

    with session.hub() as hub:
        pairs = hub.review.acceptable(above, limit)
        told = [asdict(pair) for pair in pairs]
        if not session.json:
            _list(told)
        if dry_run or not pairs:
            line = f"{count(len(told), 'pair')} to accept" + (
                " (dry run: nothing was kept)" if dry_run else ""
            )
            answer(session, {"pairs": told, "accepted": 0, "dry_run": dry_run}, lambda: say(line))
            return
        if not yes and not at_terminal():
            raise ConfigError(
                f"{count(len(pairs), 'pair')} would be accepted, and nobody is here to ask",
                where="hub review accept",
                step="look at them with --dry-run, then add --yes",
            )
        if not yes and not ask(f"Are these {count(len(pairs), 'pair')} one customer each?"):
            note("nothing was decided")
            return
        done = hub.review.accept(pairs, author=author_of(author), reason=reason)
    kept = resolved_plain(done.resolved)
    plain = {"pairs": [asdict(pair) for pair in done.pairs], "accepted": len(done.pairs), "dry_run": False}
    answer(
        session, {**plain, **kept}, lambda: say(f"{count(len(done.pairs), 'pair')} accepted; {moved(kept)}")
    )


@review.command("list", examples=["hub review list", "hub review list --json"])
@pass_session
def list_(session: Session) -> None:
    """List what people decided or put off, newest first, with what was taken back."""
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


@review.command(examples=["hub review retract 3", "hub review retract 3 4 7"])
@click.argument("numbers", metavar="N...", type=int, nargs=-1, required=True)
@pass_session
def retract(session: Session, numbers: Sequence[int]) -> None:
    """Take decisions back: all is as if they had never been made.

    N is a number of `hub review list`. Of several, the newest is taken back first.
    """
    from hub.app.resolve import Resolved

    with session.hub() as hub:
        effects = hub.review.retract(numbers)
    told = resolved_plain(sum(effects.values(), Resolved()))
    together = {number: effect.together for number, effect in effects.items() if effect.together}

    def show() -> None:
        say(f"taken back; {moved(told)}")
        for number, customer_id in together.items():
            say(f"  what {number} joined is one customer still, {customer_id}, by its data")

    answer(session, {"retracted": list(effects), **told, "together": together}, show)


def at_terminal() -> bool:
    """Whether somebody is there to be asked."""
    return sys.stdin.isatty()


def _show(pair: dict[str, Any]) -> None:
    weight = "" if pair["weight"] is None else f", weight {pair['weight']:.2f}"
    say(f"{pair['why']}{weight}: {pair['because']}")
    if pair["rivals"]:
        say(f"  the other: {', '.join(pair['rivals'])}")
    one, other = pair["one"], pair["other"]
    names = list(dict.fromkeys([*one["fields"], *other["fields"]]))
    rows = [
        ("customer", one["customer_id"], other["customer_id"]),
        ("record", one["record"], other["record"]),
        ("records", one["records"], other["records"]),
        ("orders", one["orders"], other["orders"]),
    ]
    rows += [(name, _text(one["fields"].get(name)), _text(other["fields"].get(name))) for name in names]
    table(("", "one", "other"), rows)
    for verb in ("same", "apart", "skip"):
        say(f"  hub review {verb} {one['customer_id']} {other['customer_id']}")
    say()


def _list(pairs: Sequence[dict[str, Any]]) -> None:
    """Pairs one a line, to look through before accepting them."""
    rows = [
        (
            pair["weight"], pair["one"]["name"], pair["one"]["customer_id"], pair["other"]["name"],
            pair["other"]["customer_id"], pair["because"],
        )
        for pair in pairs
    ]  # fmt: skip
    table(("weight", "one", "", "other", "", "why it waits"), rows, right=("weight",))


def _text(value: Any) -> str:
    return "; ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
