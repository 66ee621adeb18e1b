"""Works out who is who, and fits the match model to a company's own records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hub.faces.cli.out import answer, ask, count, note, say, table
from hub.faces.cli.session import Session, pass_session
from hub.faces.cli.sync import moved, resolve_now, resolved_plain
from hub.faces.cli.taught import command

if TYPE_CHECKING:
    from hub.app.hub import Hub

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
    the model that ships. It tries several models, bold and careful ones, and takes the one that does best on
    your records; where none does better than the one that ships, it says so. Shows which customers would
    merge or split before anything changes, and asks. Train again when there are many more records.
    """
    from hub.app.train import preview, trained

    with session.hub() as hub:
        note("reading records and training ...")
        fresh = trained(hub)
        told: dict[str, Any] = {**fresh.plain(), "adopted": False}
        if not session.json:
            _show_training(told)
        keep = False
        if not fresh.in_force:
            note("trying the new model on everything ...")
            told["preview"] = _with_names(hub, resolved_plain(preview(hub, fresh.model)))
            if not session.json:
                _show_moves(told["preview"])
                say(
                    f"with it, {count(len(told['preview']['merges']), 'customer')} would merge and "
                    f"{len(told['preview']['splits']):,} split"
                )
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
        f"{count(told['pairs'], 'candidate pair')}, of which about {told['matches']:,.0f} match, and "
        f"{told['random_pairs']:,} of any two records"
    )
    say(
        "bits by which a pair is explained, round by round: "
        + " ".join(f"{one:.3f}" for one in told["curve"])
    )
    say()
    rows = [
        (its["learnt"], its["links"], f"{its['by_chance']:.1f}", f"{its['f1']:.4f}", _mark(its, told))
        for its in told["standings"]
    ]
    heads = ("learnt", "links", "by chance", "estimated F1", "")
    table(heads, rows, right=heads[1:4])
    say()
    if told["pays"]:
        _show_levels(told["changes"])
    elif told["in_force"]:
        say("training would not pay: no other model does better on these records than the one that ships")
    else:
        say(
            "training does not pay on these records: the model that ships does best, and would take over again"
        )
    if told["in_force"]:
        say(f"model {told['version']} is in force already")


def _mark(its: dict[str, Any], told: dict[str, Any]) -> str:
    return f"taken: {told['version']}" if its["learnt"] == told["learnt"] else ""


def _show_levels(changes: list[dict[str, Any]]) -> None:
    """The levels whose weight moves most: how often matches (m) and strangers (u) agree so, and the weight."""
    largest = sorted(changes, key=lambda one: -abs(one["after"] - one["before"]))[:SHOWN]
    heads = ("comparison", "level", "m before", "after", "u before", "after", "bits before", "after")
    rows = [
        (
            one["comparison"], one["level"], *(f"{share:.2g}" for share in (*one["m"], *one["u"])),
            f"{one['before']:.2f}", f"{one['after']:.2f}",
        )
        for one in largest
        if one["after"] != one["before"]
    ]  # fmt: skip
    table(heads, rows, right=heads[2:])


def _with_names(hub: Hub, told: dict[str, Any]) -> dict[str, Any]:
    """The moves, with the names of those shown first."""
    from hub.app.train import names_of

    merges, splits = told["merges"][:SHOWN], told["splits"][:SHOWN]
    names = names_of(hub, [one[what] for one in merges for what in ("customer", "into")])
    names |= names_of(hub, [one["customer"] for one in splits])
    return {
        **told,
        "merges": [_named(names, one) for one in told["merges"]],
        "splits": [_named(names, one) for one in told["splits"]],
    }


def _named(names: dict[str, str], one: dict[str, str]) -> dict[str, str]:
    called = {"name": names[one["customer"]]} if one["customer"] in names else {}
    into = {"into_name": names[one["into"]]} if one.get("into") in names else {}
    return {**one, **called, **into}


def _show_moves(told: dict[str, Any]) -> None:
    for one in told["merges"][:SHOWN]:
        say(f"  {_who(one, 'customer', 'name')} merges into {_who(one, 'into', 'into_name')}")
    for one in told["splits"][:SHOWN]:
        say(f"  {one['off']} splits off {_who(one, 'customer', 'name')}")
    more = max(0, len(told["merges"]) - SHOWN) + max(0, len(told["splits"]) - SHOWN)
    if more:
        say(f"  ... and {more:,} more (all of them with --json)")


def _who(one: dict[str, str], what: str, called: str) -> str:
    return f"{one[called]} ({one[what]})" if one.get(called) else one[what]
