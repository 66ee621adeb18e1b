"""The canonical records a connector yields, as sent by its source; the one shape every plugin speaks.

Values stay as the source wrote them (the core normalizes later), so that landing loses nothing.
A field no canonical name fits is kept beside the others, or under ``custom``.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

__all__ = ["KINDS", "Customer", "Interaction", "Order", "OrderLine", "Record", "Spend"]


def _as_list(value: object) -> object:
    if value is None or value == "":
        return []
    return [value] if isinstance(value, str) else value


# what fits a 64-bit integer of millionths, and a calendar every library reads
Money = Annotated[Decimal, Field(gt=-9_000_000_000_000, lt=9_000_000_000_000, allow_inf_nan=False)]
Moment = Annotated[
    AwareDatetime, Field(ge=datetime(1000, 1, 1, tzinfo=UTC), lt=datetime(9000, 1, 1, tzinfo=UTC))
]
Values = Annotated[list[str], BeforeValidator(_as_list)]
Direction = Literal["inbound", "outbound"]


class Record(BaseModel):
    """What all four kinds share: the source's own id, and when the source last changed it."""

    model_config = ConfigDict(
        extra="allow", coerce_numbers_to_str=True, str_strip_whitespace=True, frozen=True
    )
    kind_name: ClassVar[str]

    id: str = Field(min_length=1, max_length=512)
    modified_at: Moment | None = None
    custom: dict[str, Any] = Field(default_factory=dict)


class Customer(Record):
    """A person or an organization as one source knows it."""

    kind_name = "customer"

    full_name: str = ""
    given_name: str = ""
    family_name: str = ""
    birth_date: str = ""
    gender: str = ""
    national_id: str = ""
    tax_id: str = ""
    organization: str = ""
    job_title: str = ""
    emails: Values = Field(default_factory=list)
    phones: Values = Field(default_factory=list)
    handles: Values = Field(default_factory=list)
    """``network:handle``, such as ``mastodon:alice@example.social``."""
    street: str = ""
    street_2: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    language: str = ""
    consent: dict[str, str] = Field(default_factory=dict)
    """Purpose to ``granted`` or ``denied``."""


class _Event(Record):
    """Something that happened with a customer, named by the source's id or by identifiers."""

    customer_ref: str = ""
    full_name: str = ""
    emails: Values = Field(default_factory=list)
    phones: Values = Field(default_factory=list)
    handles: Values = Field(default_factory=list)


class Interaction(_Event):
    """A visit, form, mail, call, message or meeting: one touch between a customer and the company."""

    kind_name = "interaction"

    occurred_at: Moment
    kind: str = "touch"
    """visit, form, mail, call, message, meeting, or the source's own word."""
    channel: str = ""
    """Only where the source itself names the channel; otherwise the hub's rules decide."""
    source: str = ""
    medium: str = ""
    campaign: str = ""
    content: str = ""
    term: str = ""
    click_ids: dict[str, str] = Field(default_factory=dict)
    referrer: str = ""
    landing_url: str = ""
    thread: str = ""
    subject: str = ""
    body: str = ""
    value: Money | None = None
    direction: Direction | None = None


class OrderLine(BaseModel):
    """One product on an order."""

    model_config = ConfigDict(extra="allow", coerce_numbers_to_str=True, frozen=True)

    product: str = ""
    quantity: Decimal = Decimal(1)
    amount: Money | None = None


class Order(_Event):
    """A purchase; a refund is an order with a negative amount or the status ``refunded``."""

    kind_name = "order"

    ordered_at: Moment
    status: str = ""
    amount: Money
    currency: str = ""
    """ISO 4217; empty means the hub's own currency."""
    refund_of: str = ""
    """Of a refund: the id of the order it takes back from, in the same stream; left out, the hub looks for it."""
    lines: list[OrderLine] = Field(default_factory=list[OrderLine])


class Spend(Record):
    """What one channel or campaign cost on one day."""

    kind_name = "spend"

    date: date
    channel: str = ""
    source: str = ""
    medium: str = ""
    campaign: str = ""
    amount: Money
    currency: str = ""


KINDS: dict[str, type[Record]] = {kind.kind_name: kind for kind in (Customer, Interaction, Order, Spend)}
