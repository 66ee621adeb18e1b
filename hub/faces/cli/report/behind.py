"""From a figure of a report down to its conversions, touches and raw records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from hub.faces.cli.out import answer, moment, say, table
from hub.faces.cli.report.group import question, report, target, told
from hub.faces.cli.session import Session, pass_session
from hub.faces.cli.taught import Command

__all__ = ["conversions"]


@report.command(
    cls=Command,
    examples=[
        "hub report conversions --model linear --where channel=Email",
        'hub report conversions --where path="Paid Search > Email" --where month=2025-04',
        "hub report conversions --where channel=Direct --raw --json",
    ],
)
@told
@click.option(
    "--where", multiple=True, metavar="COLUMN=ROW",
    help="The row of a report: channel, source, campaign, content, day, week, month, path, touches, days, "
    "customers (new, returning, unknown) or cohort. Several must all hold.",
)  # fmt: skip
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many to show.")
@click.option("--raw", is_flag=True, help="With what the raw records say.")
@target("Write one row for each touch: csv, jsonl, parquet or xlsx.")
@pass_session
def conversions(
    session: Session,
    where: tuple[str, ...],
    limit: int,
    raw: bool,
    output: Path | None,
    lang: str,
    **words: Any,
) -> None:
    """Show the conversions behind a figure, touch by touch.

    Each with its customer, every touch that led to it and the credit of each under the first model, those
    with the most credit first. What is credited to the row sums to the figure in the report.
    """
    from hub.app.reports import behind, write_behind

    with session.hub() as hub:
        asking = hub.reports(question(**words))
        basis = asking.basis()
        model = next(iter(basis.credits))
        most = limit if output is None else max(len(basis.converted), 1)
        found = behind(hub.store, basis, model, _rows(where), limit=most, raw=raw)
    if output is not None:
        rows = write_behind(found, output)
        written = {"file": str(output), "rows": rows, "totals": found["totals"]}
        answer(session, written, lambda: say(f"wrote {rows:,} rows to {output}"))
        return

    def show() -> None:
        for one in found["conversions"]:
            say(
                f"{moment(one['at'])}  {one['customer_id'] or '(nobody known)'}  {one['value']:,.2f} {found['currency']}  "
                f"{one['conversion']}: {one['credit']:,.2f} of it"
            )
            rows = [
                (
                    f"  {moment(touch['at']) or '(no touch)'}", touch["channel"], touch["source"], touch["campaign"],
                    touch["raw_record"], f"{touch['share'] * 100:.1f} %", touch["credit"],
                )
                for touch in one["touches"]
            ]  # fmt: skip
            heads = ("  when", "channel", "source", "campaign", "raw record", "share", "credit")
            table(heads, rows, right=("share", "credit")) if rows else say("  no touch led to it")
            if raw:
                say(f"  {one['record']}")
        totals = found["totals"]
        say(
            f"\n{totals['rows']:,} conversions and refunds; {totals['conversions']:,.2f} conversions of "
            f"{totals['value']:,.2f} {found['currency']} are credited here under {found['model']}"
        )

    answer(session, found, show)


def _rows(where: tuple[str, ...]) -> dict[str, str]:
    told: dict[str, str] = {}
    for one in where:
        name, equals, value = one.partition("=")
        if not equals:
            raise click.BadParameter(f"{one!r} is not COLUMN=ROW", param_hint="--where")
        told[name.strip()] = value.strip()
    return told
