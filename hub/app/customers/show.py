"""Shows a customer as it is, and as it was on a date."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hub.app.clock import as_datetime, as_micros, iso
from hub.app.customers.find import customer, member_name, missing, source_name
from hub.core.model import key_of_public_id, public_id
from hub.core.timeline import timeline
from hub.errors import NotFound
from hub.store.events import events_about
from hub.store.history import interactions_of, orders_of, source_names_of_parties
from hub.store.identity import clusters_of, first_seen_of, heirs_of
from hub.store.past import former_states, names_of, past_since
from hub.store.profiles import MemberRow, customer_rows, member_rows
from hub.store.session import Transaction
from hub.store.survivorship import version_at

__all__ = ["Former", "Shown", "show", "show_on"]


@dataclass(frozen=True, slots=True)
class Shown:
    """One customer with everything known: profile, the records behind it, orders and history."""

    customer_id: str
    profile: dict[str, Any]
    records: list[dict[str, Any]]
    timeline: list[dict[str, Any]]
    orders: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Former:
    """One customer as the hub showed it at the end of a day."""

    customer_id: str
    on: str
    since: str
    """From when on it was shown like that, as far as the hub remembers."""
    until: str | None
    """When it changed; ``None`` when it is still shown like that."""
    rules: int | None
    """The version of the survivorship rules in force then; ``None`` before versions were kept."""
    profile: dict[str, Any]
    records: list[dict[str, Any]]


def show(tx: Transaction, customer_id: str, channel_of: Any = None) -> Shown:
    """Everything about one customer, by any id it ever showed."""
    row = customer(tx, customer_id)
    members = member_rows(tx, [row.cluster])
    records = [member.record for member in members]
    touches, bought = interactions_of(tx, records), orders_of(tx, records)
    events = source_names_of_parties(tx, [one.record for one in members if one.raw_id is None])
    if channel_of is not None:
        touches = [{**touch, "channel": channel_of(touch)} for touch in touches]
    names = {row["raw_id"]: source_name(row) for row in (*touches, *bought)}
    moments = timeline(
        [{**touch, "touch": touch["raw_id"]} for touch in touches],
        [{**order, "order": order["raw_id"]} for order in bought],
    )
    return Shown(
        row.customer_id,
        _led_back(json.loads(row.profile), events),
        [_described(member, events) for member in members],
        [
            {
                "at": iso(as_datetime(moment.at)),
                "kind": moment.kind,
                "channel": moment.channel,
                "title": moment.title,
                "amount": None if moment.amount is None else moment.amount / 1_000_000,
                "currency": moment.currency,
                "raw_record": names[moment.raw_record],
            }
            for moment in moments
        ],
        [
            {
                "at": iso(as_datetime(order["at"])),
                "status": order["status"],
                "amount": order["amount"] / 1_000_000,
                "currency": order["currency"],
                "raw_record": source_name(order),
            }
            for order in bought
        ],
    )


def show_on(tx: Transaction, customer_id: str, day: date, timezone: str) -> Former:
    """What the customer with the record of an id was at the end of a day, as the hub knew it then."""
    moment = as_micros(datetime.combine(day + timedelta(days=1), datetime.min.time(), ZoneInfo(timezone))) - 1
    record = key_of_public_id(customer_id)
    seen = {} if record is None else first_seen_of(tx, [record])
    if record is None or record not in seen:
        raise missing(customer_id, known=False)
    kept = past_since(tx)
    if moment < max(seen[record], kept):
        new = seen[record] >= kept
        raise NotFound(
            f"the hub {'did not know' if new else 'does not remember'} {customer_id} on {day}",
            where="--on",
            cause="its earliest record was first seen later"
            if new
            else "it keeps what customers were from its upgrade on",
            step=f"ask for {as_datetime(max(seen[record], kept)).astimezone(ZoneInfo(timezone)).date()} or later",
        )
    return _on(tx, record, moment, day, max(seen[record], kept))


def _on(tx: Transaction, record: int, moment: int, day: date, since: int) -> Former:
    states = former_states(tx, record)
    earlier = [state for state in states if state.until <= moment]
    later = [state for state in states if state.until > moment]
    heard = events_about(tx, earlier[-1].record, moment) if earlier else []
    if heard and heard[-1].kind == "gone":
        raise missing(public_id(record), known=True)
    since = max([since, *(state.until for state in earlier)])
    if later:
        return _former(tx, later[0].customer_id, later[0].profile, day, moment, since, later[0].until)
    home = clusters_of(tx, [record])
    rows = customer_rows(tx, list(home.values()))
    for row in rows.values():
        return _former(tx, row.customer_id, row.profile, day, moment, since, None)
    heir = heirs_of(tx, [record]).get(record)
    if home or heir is None:
        raise missing(public_id(record), known=True)
    return _on(tx, heir, moment, day, since)


def _former(
    tx: Transaction, customer_id: str, profile: str, day: date, moment: int, since: int, until: int | None
) -> Former:
    told = json.loads(profile)
    records: list[int] = told["members"]
    names = names_of(tx, records)
    parties = source_names_of_parties(tx, [record for record in records if record not in names])
    return Former(
        customer_id,
        day.isoformat(),
        iso(as_datetime(since)),
        None if until is None else iso(as_datetime(until)),
        version_at(tx, moment),
        _led_back(told, parties),
        [{"record": names.get(record, public_id(record)), "id": public_id(record)} for record in records],
    )


def _led_back(profile: dict[str, Any], events: Mapping[int, str]) -> dict[str, Any]:
    """The profile with parties replaced by the first event that names each."""
    first = {public_id(record): name for record, name in events.items()}
    origins = [[*where, first.get(source_id, source_id)] for *where, source_id in profile.get("origins", [])]
    return {**profile, "origins": origins}


def _described(member: MemberRow, events: Mapping[int, str]) -> dict[str, Any]:
    return {
        "record": member_name(member),
        "id": public_id(member.record),
        "connector": member.connector,
        "stream": member.stream,
        "source_id": member.source_id or events.get(member.record, ""),
        "fields": json.loads(member.fields),
    }
