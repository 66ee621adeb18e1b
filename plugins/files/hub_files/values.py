"""How a field is read from the cells of a row: one function for each way, made once for a header."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any, TypeAlias

from hub.errors import DataError

__all__ = ["Read", "Row", "collected", "consent", "direction", "kept", "nested", "parsed", "plain", "text"]

Row: TypeAlias = "Sequence[Any]"
Read: TypeAlias = "Callable[[Row], Any]"

CONSENT = {
    "granted": "granted yes y true t 1 on opt-in opted-in optin subscribed agreed 是 有 同意 已同意 订阅 已订阅".split(),
    "denied": "denied no n false f 0 off opt-out opted-out optout unsubscribed refused 否 无 不同意 拒绝 退订 已退订".split(),
}
CONSENTS = {word: verdict for verdict, words in CONSENT.items() for word in words}
DIRECTIONS = {
    word: direction
    for direction, words in {
        "inbound": "inbound in incoming received 呼入 来电 接收".split(),
        "outbound": "outbound out outgoing sent 呼出 去电 发送".split(),
    }.items()
    for word in words
}


def text(places: list[int]) -> Read:
    """One cell as it is, or several joined by a blank."""
    if len(places) == 1:
        place = places[0]
        return lambda cells: cells[place]
    return lambda cells: " ".join([cell for place in places if (cell := str(cells[place]).strip())])


def collected(places: list[int]) -> Read:
    """Every value of some cells, blanks left out."""

    def read(cells: Row) -> list[str]:
        found: list[str] = []
        for place in places:
            if not (cell := cells[place]):
                continue
            for each in cell if type(cell) is list else (cell,):
                if text := (each if type(each) is str else str(plain(each))).strip():
                    found.append(text)
        return found

    return read


def parsed(places: list[int], parse: Callable[[str], str]) -> Read:
    """What ``parse`` makes of the text, unless it is blank."""
    whole, first = text(places), places[0]

    def read(cells: Row) -> str:
        cell = str(whole(cells)).strip()
        return parse(cell) if cell else ""

    def read_one(cells: Row) -> str:
        cell = cells[first]
        cell = (cell if type(cell) is str else str(cell)).strip()
        return parse(cell) if cell else ""

    return read_one if len(places) == 1 else read


def nested(value: Any) -> Any:
    """A list as it is; anything else is refused."""
    if value and not isinstance(value, list):
        raise DataError("a list is expected")
    return kept(value)


def direction(cell: str) -> str:
    """``inbound`` or ``outbound`` where the word is known, else the word."""
    return DIRECTIONS.get(cell.casefold(), cell.casefold())


def consent(places: list[int]) -> Read:
    """``granted`` or ``denied``; a word that is neither yes nor no is refused."""
    whole = text(places)

    def read(cells: Row) -> str:
        cell = str(whole(cells)).strip().casefold()
        if cell and cell not in CONSENTS:
            raise DataError(f"{cell!r} says neither yes nor no; write granted or denied")
        return CONSENTS.get(cell, "")

    return read


def plain(value: Any) -> Any:
    """A typed value as text; lists stay lists."""
    if isinstance(value, str | list):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value) if isfinite(value) else ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def kept(value: Any) -> Any:
    """A value as it can be kept under ``custom``, its type with it where JSON has one."""
    if isinstance(value, str | int):
        return value
    if isinstance(value, list):
        return [kept(each) for each in value]
    if isinstance(value, dict):
        return {str(name): kept(each) for name, each in value.items()}
    if isinstance(value, float):
        return value if isfinite(value) else ""
    return plain(value)
