"""Works out who is who, and fits the match model to a company's own records."""

from __future__ import annotations

from typing import Any

import click

from hub.faces.cli.out import answer, ask, note, say, table
from hub.faces.cli.session import Session, pass_session
from hub.faces.cli.sync import moved, resolve_now, resolved_plain
from hub.faces.cli.taught import command

__all__ = ["resolve", "train"]

SHOWN = 20


@command(examples=["hub resolve", "hub resolve --full --dry-run"])
@click.option("--full", is_flag=True, help="Rebuild everything from the landed records and judgements.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@pass_session
def resolve(session: Session, full: bool, dry_run: bool) -> None:
    """Work out who is who in what has landed.

    `hub sync` does this by itself. A full rebuild gives the same customers with the same ids; it is of
    use after a change of rules, and a dry run shows what such a change would do.
    """
    with session.hub() as hub:
        told = resolved_plain(resolve_now(hub, full=full, dry_run=dry_run))

    def show() -> None:
        _show_moves(told)
        say(moved(told) + (" (dry run: nothing was kept)" if dry_run else ""))

    answer(session, {**told, "dry_run": dry_run}, show)


@command(examples=["hub train --dry-run", "hub train --yes"])
@click.option("--dry-run", is_flag=True, help="Show what training would change, and keep nothing.")
@click.option("--yes", is_flag=True, help="Do not ask before putting the new model in force.")
@pass_session
def train(session: Session, dry_run: bool, yes: bool) -> int:
    """Fit the match model to your own records.

    Needs no labelled pairs: it learns from your own records how often values agree, starting from
    the model in force. Shows which customers would merge or split before anything changes, and asks.
    Pays from some thousand records on.
    """
    from hub.app.train import preview, trained

    with session.hub() as hub:
        note("reading records and training ...")
        fresh = trained(hub)
        note("trying the new model on everything ...")
        moves = resolved_plain(preview(hub, fresh.model))
        told: dict[str, Any] = {**fresh.plain(), "preview": moves, "adopted": False}
        if not session.json:
            _show_training(told)
        keep = not dry_run and (yes or ask("Put the new model in force?"))
        if keep:
            hub.adopt(fresh.model)
            told["resolved"] = resolved_plain(resolve_now(hub, full=True))
            told["adopted"] = True

    def show() -> None:
        if keep:
            say(f"model {told['version']} is in force; {moved(told['resolved'])}")
        else:
            say("nothing was changed")

    answer(session, told, show)
    return 0


def _show_training(told: dict[str, Any]) -> None:
    say(
        f"{told['pairs']:,} candidate pairs, of which about {told['matches']:,.0f} match; model {told['version']}"
    )
    largest = sorted(told["changes"], key=lambda one: -abs(one["after"] - one["before"]))[:SHOWN]
    columns = ("comparison", "level", "before", "after")
    table(columns, [[one[name] for name in columns] for one in largest], right=("before", "after"))
    _show_moves(told["preview"])
    say(
        f"with it, {len(told['preview']['merges']):,} customers would merge and {len(told['preview']['splits']):,} split"
    )


def _show_moves(told: dict[str, Any]) -> None:
    for one in told["merges"][:SHOWN]:
        say(f"  {one['customer']} merges into {one['into']}")
    for one in told["splits"][:SHOWN]:
        say(f"  {one['off']} splits off {one['customer']}")
    more = max(0, len(told["merges"]) - SHOWN) + max(0, len(told["splits"]) - SHOWN)
    if more:
        say(f"  ... and {more:,} more (all of them with --json)")
