"""A customer's history -> the figures of how they behave: since when, how often, how much, by which channels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .history import Moment

__all__ = ["Behaviour", "behaviour"]

DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a history adds up to; money in micro-units, by currency, never added together."""

    first_seen: int | None = None
    """When the first event of any kind was."""
    last_seen: int | None = None
    """When the last one that came from the customer was: what the company sent does not count."""
    last_order: int | None = None
    """When the latest order was; a refund is none."""
    recency_days: int | None = None
    """Whole days from the latest order to now."""
    frequency: int = 0
    """How many orders there were; a refund is none."""
    spend: Mapping[str, int] = field(default_factory=dict[str, int])
    """What the orders were worth less what was refunded, by currency."""
    average_order: Mapping[str, int] = field(default_factory=dict[str, int])
    """Spend by the number of orders in that currency, rounded to the nearest micro-unit, half to even."""
    channels: Mapping[str, int] = field(default_factory=dict[str, int])
    """How many touches came by each channel, most first: the channel mix."""


def behaviour(moments: Iterable[Moment], *, now: int) -> Behaviour:
    """The figures of a history, at the instant ``now``; folded threads count with every message.

    Give it only orders that were sold (see ``settled``): a cancelled one is no purchase.
    """
    whole = [one for moment in moments for one in (moment.within or (moment,))]
    orders = [moment for moment in whole if moment.kind == "order"]
    bought = [order for order in orders if (order.amount or 0) >= 0]
    touches = [moment for moment in whole if moment.kind != "order" and moment.direction != "outbound"]
    spend: dict[str, int] = {}
    for order in sorted(orders, key=lambda moment: moment.currency):
        spend[order.currency] = spend.get(order.currency, 0) + (order.amount or 0)
    times = Counter(order.currency for order in bought)
    last_order = max((order.at for order in bought), default=None)
    mix = Counter(touch.channel for touch in touches if touch.channel)
    return Behaviour(
        first_seen=min((moment.at for moment in whole), default=None),
        last_seen=max((moment.at for moment in [*orders, *touches]), default=None),
        last_order=last_order,
        recency_days=None if last_order is None else max(0, (now - last_order) // DAY_US),
        frequency=len(bought),
        spend=spend,
        average_order={
            currency: _nearest(amount, times[currency])
            for currency, amount in spend.items()
            if times[currency]
        },
        channels=dict(sorted(mix.items(), key=lambda pair: (-pair[1], pair[0]))),
    )


def _nearest(amount: int, count: int) -> int:
    """The quotient as a whole number, exactly, half to even."""
    whole, rest = divmod(amount, count)
    return whole + (2 * rest > count or (2 * rest == count and whole % 2 == 1))
