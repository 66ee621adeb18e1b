"""What a judgement changes, as JSON and as text."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from hub.faces.cli.customers.plain import joined
from hub.faces.cli.out import count, say, table

if TYPE_CHECKING:
    from hub.app.customers import Effect
    from hub.app.customers.effect import Held

__all__ = ["effect_plain", "show_effect"]


def effect_plain(effect: Effect) -> dict[str, Any]:
    """An effect as JSON shows it, money in units of its currency."""
    said = {
        "judgement": effect.judgement or None,
        "taken_back": list(effect.taken_back),
        "restored": list(effect.restored),
        "still_one": effect.together or None,
    }
    if not effect.model:
        return said
    return {
        **said,
        "changes": [
            {
                "customer_id": one.customer_id,
                "name": one.name,
                "before": _held(one.before),
                "after": _held(one.after),
                "fields": [asdict(field) for field in one.fields],
            }
            for one in effect.changes
        ],
        "credit": {
            "model": effect.model,
            "channels": [
                {**asdict(one), "before": one.before / MICROS, "after": one.after / MICROS}
                for one in effect.credit
            ],
        },
    }


MICROS = 1_000_000


def show_effect(told: dict[str, Any], *, short: bool) -> None:
    """Print an effect; ``short`` leaves the fields of profiles out."""
    for number in told.get("taken_back", ()):
        say(f"  takes back judgement {number}")
    for number in told.get("restored", ()):
        say(f"  judgement {number} is in force again")
    if told.get("still_one"):
        say(f"  they are one customer all the same, by their data: {told['still_one']}")
    if "changes" not in told:
        return
    changes, credit = told["changes"], told["credit"]
    if changes:
        say()
        columns = ("customer", "name", "records", "moments", "orders", "revenue")
        table(columns, [_row(one) for one in changes])
    fields = [] if short else [(one["customer_id"], field) for one in changes for field in one["fields"]]
    if fields:
        say()
        rows = [
            (who, one["field"], _value(one["before"]), _value(one["after"]), one["rule"], one["record"])
            for who, one in fields
        ]
        table(("customer", "field", "before", "after", "rule", "from"), rows)
    say()
    if credit["channels"]:
        names = ("channel", "currency", "before", "after", "change")
        rows = [
            (one["channel"], one["currency"], one["before"], one["after"], one["after"] - one["before"])
            for one in credit["channels"]
        ]
        table(names, rows, right=names[2:])
        say(f"credit of {count(len(rows), 'channel')} changes under {credit['model']}\n")
    else:
        say(f"no channel's credit changes under {credit['model']}\n")


def _held(held: Held) -> dict[str, Any]:
    revenue = {currency: amount / MICROS for currency, amount in held.revenue.items()}
    return {"records": held.records, "moments": held.moments, "orders": held.orders, "revenue": revenue}


def _row(one: dict[str, Any]) -> list[str]:
    before, after = one["before"], one["after"]
    counted = [_arrow(before[name], after[name]) for name in ("records", "moments", "orders")]
    return [one["customer_id"], one["name"], *counted, _arrow(_money(before), _money(after))]


def _money(held: dict[str, Any]) -> str:
    return " + ".join(f"{amount:,.2f} {currency}" for currency, amount in held["revenue"].items()) or "0"


def _arrow(before: Any, after: Any) -> str:
    return str(after) if before == after else f"{before} -> {after}"


def _value(value: Any) -> str:
    return "" if value is None else joined(value)
