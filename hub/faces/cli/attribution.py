"""Shows what each channel, source, campaign, content or term earned and cost."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from hub.faces.cli.out import answer, note, say, table
from hub.faces.cli.session import Session, pass_session
from hub.faces.cli.taught import command

__all__ = ["MODELS", "asked", "attribution", "question"]

MODELS = (
    "first", "last", "last-non-direct", "linear", "position", "j", "inverse-j", "time-decay", "w", "full-path",
    "markov-1", "markov-2", "markov-3", "markov-4", "shapley",
)  # fmt: skip
PATHS = ("unique", "exposure", "first", "frequency")
DAY = click.DateTime(["%Y-%m-%d"])
MEASURES = ("conversions", "value", "cost", "cpa", "roas")
COSTS = ("cost",)
"""What is the same under every model."""
SHORT = {"conversions": "conv."}
"""What long words are called where several models share the width of a terminal."""


def asked(function: Any) -> Any:
    """The options that say which conversions are to be credited, and how far back."""
    for option in (
        click.option("--to", "end", type=DAY, help="The last day of conversions, included."),
        click.option("--from", "start", type=DAY, help="The first day of conversions."),
        click.option(
            "--path", type=click.Choice(PATHS),
            help="How repeated touches of a channel are folded: not at all, runs, to the first, or counted.",
        ),
        click.option(
            "--repeat", type=click.Choice(["reuse", "reset"]),
            help="Whether a touch counts for every conversion after it, or for the next one only.",
        ),
        click.option(
            "--lookback", default="", metavar="WINDOW",
            help="How old a touch may be: 12h, 90d, 8w, all; 90d,Email=30d with another for a channel. "
            "Left out, these three are as configured in [hub.journeys]: 90d, reuse, unique.",
        ),
        click.option(
            "--conversion", default="order", show_default=True,
            help="What counts: order, first-order, a kind of interaction such as form, or form:SUBJECT.",
        ),
        click.option("--model", "models", default="last-non-direct", show_default=True, metavar="M[,M...]",
                     help="Attribution models, such as linear,time-decay; a wrong name lists them all."),
    ):  # fmt: skip
        function = option(function)
    return function


@command(
    examples=[
        "hub attribution --model linear",
        "hub attribution --model first,last,linear --by campaign --from 2026-01-01 --to 2026-03-31",
        "hub attribution --model position --conversion form --lookback 30d --json",
    ]
)
@asked
@click.option(
    "--by",
    type=click.Choice(["channel", "source", "campaign", "content", "term"]),
    default="channel",
    show_default=True,
)
@click.option(
    "--currency", default="", metavar="CODE", help="Which currency's conversions; left out: the hub's."
)
@pass_session
def attribution(session: Session, **asked: Any) -> None:
    """Show what each channel earned and cost.

    Every conversion is credited to the touches that led to it; (none) holds those without one, so
    that nothing is dropped. cpa is cost per conversion, roas is value per cost.
    """
    with session.hub() as hub:
        told = hub.attribution(question(**asked)).plain()

    def show() -> None:
        by, names = told["by"], list(told["models"])
        columns, rows = (
            _single(by, told["models"][names[0]]) if len(names) == 1 else _beside(by, told["models"])
        )
        table(columns, [*rows, _total(columns, told["totals"])], right=columns[1:])
        totals = told["totals"]
        say(
            f"\n{totals['conversions']:,} conversions of {totals['value']:,.2f} {told['currency']}, "
            f"{totals['unattributed']:,} of them without a touch; cost {totals['cost']:,.2f}"
        )
        if totals["refunds"]:
            say(f"{totals['refunds']:,} refunds are taken off, from the touches that led to the sale")
        for currency, other in told["others"].items():
            left_out = f"{other['conversions']:,} conversions of {other['value']:,.2f} {currency}"
            note(f"left out: {left_out} (see them with --currency {currency})")

    answer(session, told, show)


def question(models: str, start: datetime | None, end: datetime | None, **asked: str | None) -> Any:
    """The options as what is asked of the hub; one that is left out is as configured."""
    from hub.app.attribution import Question

    return Question(
        models=tuple(dict.fromkeys(name.strip() for name in models.split(",") if name.strip())) or ("",),
        start=None if start is None else start.date(),
        end=None if end is None else end.date(),
        **{name: said for name, said in asked.items() if said},
    )


def _single(by: str, rows: list[dict[str, Any]]) -> tuple[list[str], list[list[Any]]]:
    return [by, *MEASURES], [[row[name] for name in (by, *MEASURES)] for row in rows]


def _beside(by: str, models: dict[str, list[dict[str, Any]]]) -> tuple[list[str], list[list[Any]]]:
    """The models side by side, one row for each channel any of them names."""
    each = [name for name in MEASURES if name not in COSTS]
    columns = [by, *COSTS, *(f"{model} {SHORT.get(name, name)}" for model in models for name in each)]
    found = {model: {row[by]: row for row in rows} for model, rows in models.items()}
    labels = list(dict.fromkeys(row[by] for rows in models.values() for row in rows))
    labels.sort(key=lambda label: label == "(none)")
    rows: list[list[Any]] = []
    for label in labels:
        cost = next(its[label]["cost"] for its in found.values() if label in its)
        rows.append([label, cost, *(its.get(label, {}).get(name) for its in found.values() for name in each)])
    return columns, rows


def _total(columns: list[str], totals: dict[str, Any]) -> list[Any]:
    names = {short: name for name, short in SHORT.items()}
    measures = [column.rpartition(" ")[2] for column in columns[1:]]
    return ["total", *(totals[names.get(measure, measure)] for measure in measures)]
