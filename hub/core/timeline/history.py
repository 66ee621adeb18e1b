"""One customer's interactions and orders -> a history over every channel, folded and searched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

__all__ = ["Moment", "folded", "sought", "timeline"]


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a customer's history."""

    at: int
    kind: str
    raw_record: int
    channel: str = ""
    title: str = ""
    amount: int | None = None
    currency: str = ""
    direction: str = ""
    thread: str = ""
    """What messages that answer each other share."""
    lines: tuple[Mapping[str, Any], ...] = ()
    """Of an order: product, quantity, amount."""
    within: tuple[Moment, ...] = ()
    """Of a folded thread: its messages, oldest first."""


def timeline(
    interactions: Iterable[Mapping[str, Any]],
    orders: Iterable[Mapping[str, Any]],
    *,
    newest_first: bool = True,
) -> list[Moment]:
    """One customer's history over every channel.

    An interaction has ``touch`` and ``at``, and may have ``kind``, ``channel``, ``subject``, ``value``,
    ``currency``, ``direction`` and ``thread``; an order has ``order``, ``at``, ``amount`` and may have
    ``currency``, ``status`` and ``lines``. Equal times are ordered by raw record id.
    """
    moments = [*map(_touched, interactions), *map(_ordered, orders)]
    return _in_order(moments, newest_first)


def folded(moments: Iterable[Moment], *, newest_first: bool = True) -> list[Moment]:
    """The history with the messages of one thread as one moment, at its latest message.

    It is titled as its first message is; a message that is alone in its thread stays as it is.
    """
    threads: dict[tuple[str, str], list[Moment]] = {}
    alone: list[Moment] = []
    for moment in moments:
        if moment.thread:
            threads.setdefault((moment.kind, moment.thread), []).append(moment)
        else:
            alone.append(moment)
    return _in_order([*alone, *(_one(thread) for thread in threads.values())], newest_first)


def sought(
    moments: Iterable[Moment],
    *,
    words: str = "",
    kinds: Sequence[str] = (),
    channels: Sequence[str] = (),
    since: int | None = None,
    until: int | None = None,
) -> list[Moment]:
    """The moments of these kinds and channels (in any case), from ``since`` to before ``until``.

    Every one of ``words`` must stand in the title, or in a product or thread of what is folded under it.
    """
    wanted = [word.casefold() for word in words.split()]
    of_kind, of_channel = ({name.casefold() for name in names} for names in (kinds, channels))
    return [
        moment
        for moment in moments
        if (not of_kind or moment.kind.casefold() in of_kind)
        and (not of_channel or moment.channel.casefold() in of_channel)
        and (since is None or moment.at >= since)
        and (until is None or moment.at < until)
        and all(word in _text(moment) for word in wanted)
    ]


def _in_order(moments: Iterable[Moment], newest_first: bool) -> list[Moment]:
    return sorted(moments, key=lambda moment: (moment.at, moment.raw_record), reverse=newest_first)


def _one(thread: Sequence[Moment]) -> Moment:
    """A thread as one moment; its only message as it is."""
    oldest_first = _in_order(thread, newest_first=False)
    if len(oldest_first) == 1:
        return oldest_first[0]
    return replace(oldest_first[-1], title=oldest_first[0].title, direction="", within=tuple(oldest_first))


def _text(moment: Moment) -> str:
    """All that can be searched of a moment."""
    products = (str(line.get("product") or "") for line in moment.lines)
    return " ".join([moment.title, *products, *(_text(one) for one in moment.within)]).casefold()


def _touched(row: Mapping[str, Any]) -> Moment:
    return Moment(
        at=row["at"],
        kind=row.get("kind") or "touch",
        raw_record=row["touch"],
        channel=row.get("channel") or "",
        title=row.get("subject") or "",
        amount=row.get("value"),
        currency=row.get("currency") or "",
        direction=row.get("direction") or "",
        thread=row.get("thread") or "",
    )


def _ordered(row: Mapping[str, Any]) -> Moment:
    return Moment(
        at=row["at"],
        kind="order",
        raw_record=row["order"],
        title=row.get("status") or "",
        amount=row["amount"],
        currency=row.get("currency") or "",
        lines=tuple(row.get("lines") or ()),
    )
