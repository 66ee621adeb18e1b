"""The family of reports, and the options they share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from hub.faces.cli.attribution import asked, question
from hub.faces.cli.taught import family

__all__ = ["BY", "LANG", "question", "report", "target", "told"]

LANG = click.option(
    "--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="English or Chinese."
)
BY = click.Choice(["channel", "source", "campaign", "content"])


@family(
    examples=[
        "hub report overview --from 2026-01-01 --to 2026-03-31",
        "hub report channels --model first,linear,markov-1",
        "hub report conversions --model linear --where channel=Email",
        "hub report html -o report.html --lang zh",
    ]
)
def report() -> None:
    """Read what channels earn, from every side, down to the touches.

    Every table sums to the totals of `hub attribution` with the same options. Dates are the days of
    conversions, by the hub's own calendar.
    """


def told(function: Any) -> Any:
    """What every report takes: what is asked of `hub attribution`, the currency and the language."""
    currency = click.option(
        "--currency", default="", metavar="CODE", help="Which currency's conversions; left out: the hub's."
    )
    return LANG(currency(asked(function)))


def target(what: str, *, required: bool = False) -> Any:
    """The file to write."""
    return click.option(
        "-o", "--output", required=required, type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help=what
    )  # fmt: skip
