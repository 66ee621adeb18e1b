"""What a newcomer wants to see of a workspace: customers out, why they are one, and what channels earn."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from hub.app.demo.people import CAST, PLACEHOLDER
from hub.app.demo.table import table

if TYPE_CHECKING:
    from hub.app.customers import Link
    from hub.app.hub import Hub
    from hub.core.attribution import Report

__all__ = ["APART", "MODELS", "tour"]

MODELS = ("first", "last-non-direct", "linear")
APART = (
    ("wang_jianguo", "wang_lijuan", "one family name, one address, one landline: a household"),
    ("robert_miller", "susan_miller", "the same in Manchester; and Bob Miller is Robert"),
    ("liu_yang", "zhao_min", f"they share the mailbox {CAST['liu_yang'].email}: colleagues"),
    ("liu_yang", "sun_lei", "the same mailbox"),
    ("chen_jing", "huang_tao", f"both typed {PLACEHOLDER} for a phone: it is nobody's"),
    ("first_wang_fang", "other_wang_fang", "one common name in one city, and nothing else in common"),
)
"""Two of the cast, and what they share without being one."""


def tour(hub: Hub, folder: Path, echo: Callable[[str], None]) -> None:
    """Show the customers, one of them closely, the pairs that stayed apart, the channels, and what to do next."""
    homes = {f"{connector}/{source_id}": shown for shown, connector, _, source_id in hub.crosswalk()}
    found = {role: homes.get(f"erp/K{1000 + person.number}", "") for role, person in CAST.items()}
    chapters: list[tuple[str, Iterator[str]]] = [
        ("Customers out", _customers(hub)),
        ("One customer, and why these records are one", _merged(hub, found["zhang_wei"])),
        ("Its history over every channel", _history(hub, found["zhang_wei"])),
        ("Rightly kept apart", _apart(hub, found)),
        ("What each channel earned and cost", _channels(hub, folder)),
        ("What to do next", _next(folder, found["zhang_wei"])),
    ]
    for title, lines in chapters:
        echo(f"\n{title}\n{'=' * len(title)}")
        for line in lines:
            echo(line)


def _customers(hub: Hub) -> Iterator[str]:
    counts = hub.counts()
    yield (
        f"{counts['records']:,} records are {counts['customers']:,} customers with {counts['interaction']:,} "
        f"interactions and {counts['order']:,} orders."
    )
    alone = sum(_is_handle_alone(row) for row in _profiles(hub))
    yield f"{alone} of them are known by a social handle alone, and stay so until something ties them to somebody."
    yield f"{len(hub.review.pairs(limit=counts['customers']))} pairs have a name in common and little else: `hub review` asks a person."
    yield f"{counts['unattached']:,} mails are nobody's: newsletters and no-reply notices make no customers."


def _profiles(hub: Hub) -> list[str]:
    from hub.store.profiles import each_profile

    with hub.store.read() as tx:
        return [row.profile for _, row in each_profile(tx)]


def _is_handle_alone(profile: str) -> bool:
    fields = json.loads(profile)["fields"]
    return "handles" in fields and "emails" not in fields and "phones" not in fields


def _merged(hub: Hub, customer_id: str) -> Iterator[str]:
    """The records of a customer, each with the strongest link that joins it to those above it."""
    if not customer_id:
        yield "This customer is no longer in the workspace."
        return
    shown = hub.customers.show(customer_id)
    records = {record["record"]: record for record in shown.records}
    yield f"{shown.customer_id}  {shown.profile['fields']['full_name']['value']}: {len(records)} records"
    yield f"Each one joined by its strongest link; {hub.model.link / 100:.1f} bits of evidence make one."
    links = sorted(hub.customers.explain(customer_id), key=lambda link: (-link.weight, link.a, link.b))
    joined: list[str] = [links[0].a] if links else list(records)
    yield f"\n  {_described(records[joined[0]])}"
    while link := next((link for link in links if (link.a in joined) != (link.b in joined)), None):
        fresh, known = (link.b, link.a) if link.a in joined else (link.a, link.b)
        joined.append(fresh)
        yield f"  {_described(records[fresh])}"
        yield f"      is {_named(records[known])}: {_reason(link)}"
    if len(joined) < len(records):
        yield f"  and {len(records) - len(joined)} more"


def _described(record: dict[str, Any]) -> str:
    fields = record["fields"]
    said = [
        fields.get("full_name", ""),
        *fields.get("emails", []),
        *fields.get("phones", []),
        *fields.get("handles", []),
    ]
    return f"{_named(record)}  {', '.join(text for text in said if text)}"


def _named(record: dict[str, Any]) -> str:
    """A record as its source numbers it; one known from mails or messages only, by its own id."""
    return f"{record['connector']} {record['source_id'] or record['id']}"


def _reason(link: Link) -> str:
    """The weight of a link, and what every comparison adds to it."""
    steps = [f"{step['name']} {step['level']} {step['weight']:+.1f}" for step in link.steps]
    against = f"{link.alternative} {link.prior:+.1f}"
    return f"{link.weight:.1f} bits ({', '.join([against, *steps])})"


def _history(hub: Hub, customer_id: str) -> Iterator[str]:
    if not customer_id:
        return
    shown = hub.customers.show(customer_id, hub.channel_of)
    zone = ZoneInfo(hub.config.hub.timezone)
    rows = [
        [
            f"{datetime.fromisoformat(moment['at']).astimezone(zone):%Y-%m-%d %H:%M}",
            moment["kind"],
            moment["channel"],
            moment["title"],
            "" if moment["amount"] is None else f"{moment['amount']:,.2f}",
            moment["raw_record"],
        ]
        for moment in reversed(shown.timeline)
    ]
    yield table(["when", "what", "channel", "about", ">amount", "raw record"], rows)


def _apart(hub: Hub, found: dict[str, str]) -> Iterator[str]:
    rows: list[list[str]] = []
    for one, other, shared in APART:
        names = f"{CAST[one].name} and {CAST[other].name}"
        if not (found[one] and found[other]):
            continue
        if found[one] == found[other]:
            rows.append([names, "-", f"MERGED, wrongly: {shared}"])
            continue
        link = hub.customers.explain_pair(found[one], found[other])
        rows.append([names, f"{link.weight:.1f}", shared])
    yield table(["who", ">bits", "what they share"], rows)
    yield f"A link takes {hub.model.link / 100:.1f} bits; between {hub.model.review / 100:.1f} and that, `hub review` asks a person."


def _channels(hub: Hub, folder: Path) -> Iterator[str]:
    from hub.app.attribution import Question

    report = hub.attribution(Question(models=MODELS))
    heads = [head for name in MODELS for head in (f">{name}", ">ROAS")]
    yield table(["channel", *heads, ">cost"], _channel_rows(report))
    yield f"In {report.currency}; touches of the 90 days before an order count."
    yield from _proof(report, folder / "erp" / "orders.xlsx")


def _channel_rows(report: Report) -> Iterator[list[str]]:
    """A row a channel, most valuable under the last model first, and the sum."""
    by_model = [{row[report.by]: row for row in rows.to_dicts()} for rows in report.models.values()]
    none: dict[str, Any] = {"value": 0, "cost": 0, "roas": None}
    for channel in dict.fromkeys(name for rows in reversed(by_model) for name in rows):
        cells = [rows.get(channel, none) for rows in by_model]
        yield [channel, *_earned(cells), _money(cells[0]["cost"])]
    cost = sum(row["cost"] for row in by_model[0].values())
    sums = [sum(row["value"] for row in rows.values()) for rows in by_model]
    total = [{"value": value, "roas": value / cost if cost else None} for value in sums]
    yield ["total", *_earned(total), _money(cost)]


def _earned(cells: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for cell in cells:
        yield _money(cell["value"])
        yield "" if cell["roas"] is None else f"{cell['roas']:.2f}"


def _proof(report: Report, workbook: Path) -> Iterator[str]:
    """That every model credits, to the cent, what the ERP's own workbook sums to."""
    import polars as pl

    from hub.app.attribution import NOT_SOLD

    credited = {name: int(rows["value"].sum()) for name, rows in report.models.items()}
    sold = pl.read_excel(workbook).filter(~pl.col("status").is_in(NOT_SOLD))
    in_file = int((sold["amount"] * 100).round().cast(pl.Int64).sum()) * 10_000
    ties = {*credited.values(), report.totals.value} == {in_file}
    yield (
        f"{'Ties out' if ties else 'Does NOT tie out'}: the {len(sold)} orders of {workbook.name} that were sold "
        f"sum to {_money(in_file)}; "
        + ", ".join(f"{name} credits {_money(value)}" for name, value in credited.items())
        + "."
    )


def _money(micros: float) -> str:
    return f"{micros / 1_000_000:,.2f}"


def _next(folder: Path, customer_id: str) -> Iterator[str]:
    from rich.cells import cell_len

    commands: Sequence[tuple[str, str]] = (
        ("hub customers search 张伟", "find somebody; also by mail, phone or handle"),
        (f"hub customers show {customer_id}", "everything about one customer"),
        (f"hub customers explain {customer_id}", "every link that holds it together"),
        ("hub rejects", "the two records that could not be taken, and why"),
        ("hub review", "pairs a person should decide"),
        ("hub attribution --model linear --by campaign", "the same report by campaign"),
        ("hub report html -o report.html", "every report on one page, with charts; --lang zh for Chinese"),
        ("hub export crosswalk -o crosswalk.csv", "which record is which customer"),
        ("hub serve", "the web inbox, for forms to post to"),
    )
    yield f"In the demo's folder (cd {folder}):\n"
    width = max(cell_len(command) for command, _ in commands)
    for command, what in commands:
        yield f"  {command}{' ' * (width - cell_len(command))}  # {what}"
    yield "\nThen point connectors.toml at sources of your own: `hub connectors add`, or `hub init` in a new folder."
