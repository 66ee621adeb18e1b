"""Pins fields of customers, and lets them go."""

from __future__ import annotations

import json
from typing import Any

import click

from hub.faces.cli.customers.decide import author_of
from hub.faces.cli.customers.group import customers
from hub.faces.cli.customers.plain import joined
from hub.faces.cli.out import answer, say
from hub.faces.cli.session import Session, pass_session

__all__ = ["pin", "unpin"]


@customers.command(
    examples=[
        "hub customers pin C3k9x2m4p5q6r7 job_title 'Head of Purchasing'",
        """hub customers pin C3k9x2m4p5q6r7 emails '["ann@example.com"]'""",
    ]
)
@click.argument("customer_id", metavar="ID")
@click.argument("field")
@click.argument("value")
@click.option("--author", default="", help="Who decided.  [default: who is logged in]")
@pass_session
def pin(session: Session, customer_id: str, field: str, value: str, author: str) -> None:
    """Hold a field of a customer's profile at a value, whatever sources say.

    VALUE is text, or JSON for the fields that hold several: emails, phones, handles.
    """
    with session.hub() as hub:
        meant = _pinned(field, value)
        hub.customers.pin(customer_id, field, meant, author=author_of(author))
    answer(
        session,
        {"customer_id": customer_id, "field": field, "value": meant},
        lambda: say(f"{field} of {customer_id} is held at {joined(meant)}"),
    )


@customers.command(examples=["hub customers unpin C3k9x2m4p5q6r7 job_title"])
@click.argument("customer_id", metavar="ID")
@click.argument("field")
@pass_session
def unpin(session: Session, customer_id: str, field: str) -> None:
    """Have a pinned field show again what sources say."""
    with session.hub() as hub:
        was = hub.customers.unpin(customer_id, field)
    answer(
        session,
        {"customer_id": customer_id, "field": field, "was": was},
        lambda: say(f"{field} of {customer_id} is no longer held at {joined(was)}"),
    )


def _pinned(field: str, value: str) -> Any:
    from hub.app.secrets import closest
    from hub.core.merge import DEFAULTS
    from hub.errors import ConfigError

    if field not in DEFAULTS and not field.startswith("custom."):
        raise ConfigError(
            f"{field!r} is no field of a profile{closest(field, DEFAULTS)}",
            where="hub customers pin", step=f"choose one of {', '.join(DEFAULTS)}",
        )  # fmt: skip
    if value[:1] in "[{":
        try:
            return json.loads(value)
        except ValueError:
            pass
    return value
