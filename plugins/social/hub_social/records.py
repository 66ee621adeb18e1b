"""A mention as an interaction, a follower as a customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.errors import DataError
from hub.plugin import Customer, Interaction
from hub_social.html import text_of

__all__ = ["follower", "handle", "mention"]

Row = Mapping[str, Any]


def mention(row: Row, host: str) -> Interaction:
    """A notification of the type ``mention``, with the post that mentions us."""
    account, post = row["account"], row.get("status")
    if not isinstance(post, Mapping):
        raise DataError(
            "the mention has no post", cause="it was deleted, or is hidden from us", step="nothing to do"
        )
    return Interaction(
        id=row["id"],
        kind="message",
        source="mastodon",
        medium="social",
        direction="inbound",
        occurred_at=post.get("created_at") or row["created_at"],
        handles=[handle(account, host)],
        full_name=_name(account),
        subject=text_of(post.get("spoiler_text") or ""),
        body=text_of(post.get("content") or ""),
        thread=str(post.get("in_reply_to_id") or post["id"]),
        custom=_filled(
            post_id=str(post["id"]),
            post_url=post.get("url"),
            visibility=post.get("visibility"),
            language=post.get("language"),
        ),
    )


def follower(row: Row, host: str) -> Customer:
    """An account that follows us."""
    return Customer(
        id=row["id"],
        full_name=_name(row),
        handles=[handle(row, host)],
        custom=_filled(
            profile_url=row.get("url"),
            about=text_of(row.get("note") or ""),
            bot=row.get("bot") or None,
            organization_account=row.get("group") or None,
        ),
    )


def handle(account: Row, host: str) -> str:
    """``mastodon:user@host``: accounts of our own server come without the host."""
    name = str(account["acct"])
    return f"mastodon:{name if '@' in name else f'{name}@{host}'}"


def _name(account: Row) -> str:
    """The name on display, without the ``:emoji:`` of the account's server."""
    name = str(account.get("display_name") or "")
    for emoji in account.get("emojis") or ():
        name = name.replace(f":{emoji['shortcode']}:", "")
    return " ".join(name.split())


def _filled(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "")}
