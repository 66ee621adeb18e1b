"""A sale of Tryton as an order: what it came to, in which currency, for which party, line by line."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from hub.plugin import Order, OrderLine
from hub_erp.parties import dotted
from hub_erp.source import Child, Source

__all__ = ["SALE", "Amount", "order"]

Amount = Literal["total", "untaxed"]

SALE = Source(
    "sale.sale",
    (
        "number",
        "reference",
        "description",
        "state",
        "party",
        "sale_date",
        "currency.code",
        "total_amount",
        "untaxed_amount",
        "invoice_state",
        "shipment_state",
        "create_date",
        "write_date",
    ),
    (
        Child(
            "lines",
            "sale.line",
            "sale",
            ("sale", "type", "product.rec_name", "product.code", "description", "quantity", "amount"),
        ),
    ),
)
KEPT = ("number", "reference", "description", "invoice_state", "shipment_state")


def order(row: dict[str, Any], amount: Amount, zone: ZoneInfo) -> Order:
    """The order a sale is, with its lines in ``row``."""
    return Order(
        id=row["id"],
        modified_at=row["write_date"] or row["create_date"],
        customer_ref=row["party"] or "",
        ordered_at=_ordered_at(row["sale_date"], row["create_date"], zone),
        status=row["state"],
        amount=row[f"{amount}_amount"],
        currency=dotted(row, "currency", "code"),
        lines=[_line(one) for one in row["lines"] if one.get("type", "line") == "line"],
        custom={name: row[name] for name in KEPT if row.get(name)},
    )


def _line(row: dict[str, Any]) -> OrderLine:
    product = dotted(row, "product", "rec_name") or row.get("description") or ""
    code = dotted(row, "product", "code")
    return OrderLine(
        product=product,
        quantity=Decimal(str(row.get("quantity") or 0)),
        amount=row.get("amount"),
        **({"code": code} if code else {}),
    )


def _ordered_at(day: date | None, created: datetime, zone: ZoneInfo) -> datetime:
    """A sale has a day only; when it was written down on that day, the hour of that is the better time."""
    if day is None or created.astimezone(zone).date() == day:
        return created
    return datetime.combine(day, time(), tzinfo=zone)
