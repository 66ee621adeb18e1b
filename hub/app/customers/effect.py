"""What a judgement changes for the customers it touches: profiles, history, revenue, and each channel's credit.

Both sides are read the same way: the state before from the database as everybody else still sees it, the
state after from inside the transaction that changes it. A preview and the real thing are the same path.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.app.attribution import Question, Rules, credits
from hub.app.resolve import Resolved
from hub.core.model import AttributionModel
from hub.errors import ConfigError
from hub.store.holdings import interactions_and_orders
from hub.store.profiles import CustomerRow, customer_rows
from hub.store.session import Transaction

__all__ = ["Changed", "Credited", "Effect", "FieldChange", "Scene", "changes", "credit_changes", "scene"]

WHOLE = ("markov", "shapley")
"""Models whose credit of one journey hangs on all the others."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of a profile: the value shown before, the one shown after, and where what is new comes from."""

    field: str
    before: Any
    after: Any
    rule: str
    record: str


@dataclass(frozen=True, slots=True)
class Held:
    """What one customer has: records, moments of its timeline, orders, and revenue by currency in micro-units."""

    records: int = 0
    moments: int = 0
    orders: int = 0
    revenue: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class Changed:
    """One customer before and after; an id that is shown on one side only has nothing on the other."""

    customer_id: str
    name: str
    before: Held
    after: Held
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Credited:
    """What a channel earned from these customers, before and after, in micro-units of a currency."""

    channel: str
    currency: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Effect(Resolved):
    """What a judgement did, or would do."""

    judgement: int = 0
    taken_back: tuple[int, ...] = ()
    """Earlier judgements that said the opposite."""
    restored: tuple[int, ...] = ()
    """Judgements that are in force again."""
    together: str = ""
    """After a merge was taken back: the customer that its two sides still are, by their data."""
    changes: tuple[Changed, ...] = ()
    model: str = ""
    credit: tuple[Credited, ...] = ()
    """Only channels whose credit changes."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Some customers at one moment, by the ids they show, and what each channel earned from them."""

    rows: Mapping[str, CustomerRow]
    held: Mapping[str, Held]
    credit: Mapping[tuple[str, str], int]


def scene(
    tx: Transaction,
    labels: Collection[int],
    question: Question,
    rules: Rules,
    models: Callable[[], Mapping[str, AttributionModel]],
) -> Scene:
    """The customers of these clusters, as a transaction sees them."""
    import polars as pl

    from hub.core.attribution import BY

    if any(model.startswith(WHOLE) for model in question.models):
        raise ConfigError(
            f"{question.models[0]} gives credit by all journeys at once, not by those of some customers",
            where="--model",
            step="preview with another model, such as linear; see the whole with: hub attribution",
        )
    rows = customer_rows(tx, labels)
    counts = interactions_and_orders(tx, labels)
    earned = credits(tx, question, rules, models(), labels)
    by_customer = earned.group_by("customer", "currency").agg(pl.col("credit").sum()).sort("currency")
    revenue: dict[int, dict[str, int]] = {}
    for label, currency, amount in by_customer.iter_rows():
        revenue.setdefault(label, {})[currency] = amount
    nameless = pl.when(pl.col("channel") == "").then(pl.lit(BY["channel"])).otherwise("channel")
    by_channel = earned.group_by(nameless.alias("channel"), "currency").agg(pl.col("credit").sum())
    held = {
        row.customer_id: Held(row.members, sum(counts[label]), counts[label][1], revenue.get(label, {}))
        for label, row in rows.items()
    }
    return Scene(
        {row.customer_id: row for row in rows.values()},
        held,
        {(channel, currency): amount for channel, currency, amount in by_channel.iter_rows()},
    )


def changes(before: Scene, after: Scene) -> tuple[Changed, ...]:
    """The customers that are not what they were, those that stay first."""
    ids = sorted(
        before.rows.keys() | after.rows.keys(),
        key=lambda one: (one not in after.rows, one not in before.rows, one),
    )
    found: list[Changed] = []
    for one in ids:
        old, new = before.rows.get(one), after.rows.get(one)
        if old is not None and old.looks_like(new):
            continue
        shown = new or old
        assert shown is not None
        found.append(
            Changed(
                one,
                shown.name,
                before.held.get(one, Held()),
                after.held.get(one, Held()),
                _fields(old, new) if new is not None else (),
            )
        )
    return tuple(found)


def credit_changes(before: Scene, after: Scene) -> tuple[Credited, ...]:
    """The channels whose credit changes, the largest change first."""
    keys = before.credit.keys() | after.credit.keys()
    found = [Credited(*key, before.credit.get(key, 0), after.credit.get(key, 0)) for key in keys]
    changed = [one for one in found if one.before != one.after]
    return tuple(sorted(changed, key=lambda one: (-abs(one.after - one.before), one.channel, one.currency)))


def _fields(old: CustomerRow | None, new: CustomerRow) -> tuple[FieldChange, ...]:
    """The fields that show another value; the parts of a name or an address beside their whole."""
    was = {} if old is None else json.loads(old.profile)["fields"]
    profile = json.loads(new.profile)
    names = ["/".join(part for part in origin if part) for origin in profile["origins"]]
    shown = profile["fields"]
    return tuple(
        FieldChange(
            name,
            was[name]["value"] if name in was else None,
            shown[name]["value"] if name in shown else None,
            shown[name]["rule"] if name in shown else "",
            ", ".join(names[origin] for origin in _origins(was.get(name), shown.get(name))),
        )
        for name in sorted(was.keys() | shown.keys())
        if was.get(name, {}).get("value") != shown.get(name, {}).get("value")
    )


def _origins(old: Any, new: Any) -> list[int]:
    """Where a value comes from; of a list that grew, where what is new in it comes from."""
    if new is None:
        return []
    had = old["value"] if old is not None and isinstance(old["value"], list) else []
    if had and isinstance(new["value"], list):
        added = [
            origin for value, origin in new.get("others", ()) if value not in had and value in new["value"]
        ]
        if added:
            return list(dict.fromkeys(added))
    return [new["origin"]]
