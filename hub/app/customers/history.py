"""One customer's history over every channel, searched and folded, and the figures it adds up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from hub.app.attribution import Question, Rules, days, sold
from hub.app.clock import as_datetime
from hub.app.customers.find import customer, source_name
from hub.core.channels import channel
from hub.core.timeline import Behaviour, Moment, behaviour, folded, sought, timeline
from hub.store.history import copies, interactions_of, order_lines, orders_of
from hub.store.profiles import member_rows
from hub.store.session import Transaction

__all__ = ["Filter", "History", "history"]

MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class Filter:
    """Which moments are wanted; what is left empty asks for nothing."""

    words: str = ""
    kinds: Sequence[str] = ()
    channels: Sequence[str] = ()
    start: date | None = None
    end: date | None = None
    """The last day, included."""
    threads: bool = False
    """Whether the messages of a thread are one moment."""


@dataclass(frozen=True, slots=True)
class History:
    """The moments that were asked for, and the figures of the whole history; times in the hub's own zone."""

    customer_id: str
    timeline: list[dict[str, Any]]
    behaviour: dict[str, Any]


def history(tx: Transaction, customer_id: str, rules: Rules, wanted: Filter, now: int) -> History:
    """What a customer did and was told, newest first; an event that two connectors have is there once."""
    row = customer(tx, customer_id)
    records = [member.record for member in member_rows(tx, [row.cluster])]
    events = [*interactions_of(tx, records), *orders_of(tx, records)]
    names = {event["raw_id"]: source_name(event) for event in events}
    doubled = copies(tx, rules.mirrors, names.keys())
    moments = _moments(tx, [event for event in events if event["raw_id"] not in doubled], rules)
    also: dict[int, list[str]] = {}
    for copy, original in doubled.items():
        also.setdefault(original, []).append(names[copy])
    bought = [
        {
            "order": order["conversion"],
            "at": order["at"],
            "amount": order["value"],
            "currency": order["currency"],
        }
        for order in sold(tx, rules, [row.cluster]).to_dicts()
    ]
    figures = behaviour([*(one for one in moments if one.kind != "order"), *timeline([], bought)], now=now)
    first, last = days(Question(start=wanted.start, end=wanted.end), rules.timezone)
    shown = sought(
        folded(moments) if wanted.threads else moments,
        words=wanted.words, kinds=wanted.kinds, channels=wanted.channels, since=first, until=last,
    )  # fmt: skip
    zone = ZoneInfo(rules.timezone)
    return History(
        row.customer_id, [_plain(one, names, also, zone) for one in shown], _figures(figures, zone)
    )


def _moments(tx: Transaction, events: Sequence[Mapping[str, Any]], rules: Rules) -> list[Moment]:
    touches = [event for event in events if "amount" not in event]
    bought = [event for event in events if "amount" in event]
    lines = order_lines(tx, [order["raw_id"] for order in bought])
    return timeline(
        [
            {
                **touch,
                "touch": touch["raw_id"],
                "channel": channel(touch, rules=rules.channels, own_hosts=rules.own_hosts),
                "currency": "" if touch["value"] is None else rules.currency,
            }
            for touch in touches
        ],
        [
            {
                **order,
                "order": order["raw_id"],
                "currency": order["currency"].upper() or rules.currency,
                "lines": lines[order["raw_id"]],
            }
            for order in bought
        ],
    )


def _plain(
    moment: Moment, names: Mapping[int, str], also: Mapping[int, Sequence[str]], zone: ZoneInfo
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "at": _at(moment.at, zone),
        "kind": moment.kind,
        "channel": moment.channel,
        "title": moment.title,
        "direction": moment.direction,
        "amount": None if moment.amount is None else moment.amount / MICROS,
        "currency": moment.currency,
        "raw_record": names[moment.raw_record],
    }
    if moment.lines:
        told["lines"] = [dict(line) for line in moment.lines]
    if moment.raw_record in also:
        told["also"] = sorted(also[moment.raw_record])
    if moment.within:
        told["messages"] = [_plain(one, names, also, zone) for one in moment.within]
    return told


def _figures(figures: Behaviour, zone: ZoneInfo) -> dict[str, Any]:
    told = asdict(figures)
    for name in ("first_seen", "last_seen", "last_order"):
        told[name] = None if told[name] is None else _at(told[name], zone)
    for name in ("spend", "average_order"):
        told[name] = {currency: amount / MICROS for currency, amount in told[name].items()}
    return told


def _at(at: int, zone: ZoneInfo) -> str:
    return as_datetime(at).astimezone(zone).isoformat()
