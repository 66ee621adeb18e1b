"""Writes customers, history, credits or events to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from hub.faces.cli.attribution import asked, question
from hub.faces.cli.out import answer, say
from hub.faces.cli.session import Session, pass_session
from hub.faces.cli.taught import command

__all__ = ["export"]

WHAT = ("crosswalk", "customers", "interactions", "credits", "events")


@command(
    examples=[
        "hub export crosswalk -o crosswalk.csv",
        "hub export customers -o customers.xlsx",
        "hub export credits --model linear,position --from 2026-01-01 -o credits.parquet",
    ]
)
@click.argument("what", type=click.Choice(WHAT))
@click.option(
    "-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="csv, jsonl, parquet or xlsx, by its ending.",
)  # fmt: skip
@asked
@pass_session
def export(session: Session, what: str, output: Path, **asked_for: Any) -> None:
    """Write customers, history or credits to a file.

    crosswalk: which record of which source is which customer. customers: a row for each, with every
    field. interactions: the whole history. credits: which touch earned what, under the given models;
    the options but -o are for credits alone. events: how customer ids moved. The file appears whole or not at all; in CSV, text a
    spreadsheet would run as a formula begins with an apostrophe.
    """
    from hub.app.export import export as write

    with session.hub() as hub:
        rows = write(hub, what, output, question(**asked_for))
    answer(
        session,
        {"what": what, "file": str(output), "rows": rows},
        lambda: say(f"wrote {rows:,} rows to {output}"),
    )
