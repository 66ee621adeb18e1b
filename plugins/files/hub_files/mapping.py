"""From a file's columns to canonical fields: looked up once for a header, applied to every row.

What ``fields`` does not map: a column whose header is a canonical name is that field, every other one is
kept under ``custom`` with its header. Rows become plain mappings; the hub validates them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from math import isfinite
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from hub.errors import ConfigError, DataError
from hub_files import dates, numbers
from hub_files.settings import GROUPS, REQUIRED, Settings, canonical, nearest
from hub_files.text import is_marked

__all__ = ["KeyEmpty", "Keyed", "Plan", "Shape"]

Row: TypeAlias = "Sequence[Any]"
Read: TypeAlias = "Callable[[Row], Any]"

LISTS = frozenset({"emails", "phones", "handles"})
MOMENTS = frozenset({"occurred_at", "ordered_at", "modified_at"})
AMOUNTS = frozenset({"amount", "value"})
NESTED = frozenset({"lines", "click_ids"})
"""Fields no cell of text can hold."""
SPEND_KEY = ("date", "channel", "source", "medium", "campaign")
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
KNOWN_HEADERS = 4096
"""Sets of columns a file of mappings may have before what was looked up is forgotten."""


class KeyEmpty(DataError):
    """A row says nothing in its key, so no record was ever made of it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What one header comes to: how to read each field of a row, by position."""

    key: Callable[[Row], str] | None
    texts: tuple[tuple[str, int], ...]
    reads: tuple[tuple[str, str, Read], ...]
    """(field, columns for messages, how to read it)"""
    groups: tuple[tuple[str, str, str, Read], ...]
    """(group, name, columns, how to read it)"""
    custom: tuple[tuple[str, int], ...]
    defaults: tuple[tuple[str, Any], ...]
    required: tuple[str, ...]

    def __call__(self, cells: Row, values: Row) -> dict[str, Any]:
        """The record of a row: ``cells`` as text, ``values`` as the file has them."""
        record: dict[str, Any] = {}
        if self.key is not None:
            record["id"] = self.key(cells)
        for name, place in self.texts:
            if cell := cells[place]:
                record[name] = cell
        for name, columns, read in self.reads:
            try:
                value = read(cells)
            except DataError as error:
                raise DataError(f"{columns}: {error.what}") from None
            if value:
                record[name] = value
        for group, name, columns, read in self.groups:
            try:
                value = read(cells)
            except DataError as error:
                raise DataError(f"{columns}: {error.what}") from None
            if value:
                record.setdefault(group, {})[name] = value
        if values is cells:
            custom = {name: cell for name, place in self.custom if (cell := cells[place])}
        else:
            custom = {name: _kept(values[place]) for name, place in self.custom if cells[place]}
        if custom:
            record["custom"] = {**custom, **record.get("custom", {})}
        for name, value in self.defaults:
            group, _, rest = name.partition(".")
            if not rest:
                record.setdefault(name, value)
            else:
                record.setdefault(group, {}).setdefault(rest, value)
        for name in self.required:
            if name not in record:
                raise DataError(f"the row has no {name}")
        if self.key is None:
            record["id"] = _joined([str(record.get(name, "")).strip() for name in SPEND_KEY])
        return record

    def source_id(self, cells: Row) -> str:
        """The id of a row that may be damaged or short, or nothing."""
        try:
            if self.key is not None:
                found = self.key(cells)
            else:
                said = {**{name: cells[place] for name, place in self.texts}, **dict(self.defaults)}
                said |= {name: read(cells) for name, _, read in self.reads if name in SPEND_KEY}
                found = (
                    _joined([str(said.get(name, "")).strip() for name in SPEND_KEY])
                    if said.get("date")
                    else ""
                )
        except (DataError, IndexError):
            return ""
        return "" if is_marked(found) else found


class Keyed:
    """Shapes rows that are mappings, whose columns may differ from one to the next."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._shapes: dict[tuple[str, ...], Shape] = {}

    def __call__(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The record of a row."""
        values = [*row.values()]
        return self._shape(tuple(row))(
            [_plain(value) for value in values], [_kept(value) for value in values]
        )

    def source_id(self, row: Mapping[str, Any]) -> str:
        """The id of a row that may be damaged, or nothing."""
        return self._shape(tuple(row)).source_id([_plain(value) for value in row.values()])

    def _shape(self, columns: tuple[str, ...]) -> Shape:
        shape = self._shapes.get(columns)
        if shape is None:
            if len(self._shapes) >= KNOWN_HEADERS:
                self._shapes.clear()
            shape = self._shapes[columns] = self._plan.shape(columns, typed=True)
        return shape


class Plan:
    """What the settings say about columns, for any header."""

    def __init__(self, settings: Settings, timezone: str) -> None:
        self._record = settings.record
        self._key = tuple(settings.key)
        self._fields = {
            name: [columns] if isinstance(columns, str) else list(columns)
            for name, columns in settings.fields.items()
        }
        self._defaults = settings.defaults
        self._canonical = canonical(settings.record)
        self._zone = ZoneInfo(settings.timezone or timezone)
        self._order = settings.date_order
        self._decimal = settings.decimal

    def demand(self, columns: Sequence[str], where: str) -> None:
        """Refuse a header that lacks a column the settings name, or a field every record must have."""
        lacking = self.lacking(columns)
        if not lacking:
            return
        there = f"the columns there are: {', '.join(map(repr, columns))}"
        name = lacking[0]
        if name in self._named:
            near = nearest(name, columns)
            raise ConfigError(
                f"there is no column {name!r}{near}",
                where=where,
                cause=there,
                step=f"correct {self._setting(name)} in connectors.toml",
            )
        raise ConfigError(
            f"no column gives {name}, which every {self._record} needs",
            where=where,
            cause=there,
            step=f'map it in fields: {name} = "COLUMN"',
        )

    def lacking(self, columns: Sequence[str]) -> list[str]:
        """The named columns and required fields that ``columns`` do not provide."""
        there = {column.strip().removeprefix("\ufeff") for column in columns}
        given = {*self._fields, *self._defaults, *map(_folded, there)}
        missing = [name for name in self._named if name not in there]
        return missing + [name for name in REQUIRED[self._record] if name not in given]

    @property
    def _named(self) -> dict[str, str]:
        """Column to the setting that names it."""
        mapped = {column: f"fields.{name}" for name, columns in self._fields.items() for column in columns}
        return {**mapped, **dict.fromkeys(self._key, "key")}

    def _setting(self, column: str) -> str:
        return self._named[column]

    def shape(self, columns: Sequence[str], typed: bool = False) -> Shape:
        """How to read rows under ``columns``; columns that are not there are left out."""
        names = _distinct(columns)
        places = {name: place for place, name in reversed(list(enumerate(names)))}
        mapped = {
            name: [places[column] for column in wanted if column in places]
            for name, wanted in self._fields.items()
        }
        used = {place for found in mapped.values() for place in found}
        custom: list[tuple[str, int]] = []
        for place, name in enumerate(names):
            folded = _folded(name)
            group, _, rest = folded.partition(".")
            if place in used:
                continue
            if folded in self._canonical and folded not in mapped and (typed or folded not in NESTED):
                mapped[folded] = [place]
            elif (
                rest
                and group in GROUPS
                and folded not in mapped
                and (group == "custom" or group in self._canonical)
            ):
                mapped[name if group == "custom" else folded] = [place]
            elif self._key != (name,):
                custom.append((name, place))
        texts, reads, groups = [], [], []
        for name, found in mapped.items():
            if not found:
                continue
            label = "column " + ", ".join(repr(names[place]) for place in found)
            group, _, rest = name.partition(".")
            if group == "consent":
                groups.append(("consent", rest or "marketing", label, _consent(found)))
            elif rest and group in GROUPS:
                groups.append((group, rest, label, _text(found)))
            elif (read := self._reader(name, found)) is not None:
                reads.append((name, label, read))
            else:
                texts.append((name, found[0]))
        return Shape(
            key=self._id([places.get(column) for column in self._key]),
            texts=tuple(texts),
            reads=tuple(reads),
            groups=tuple(groups),
            custom=tuple(custom),
            defaults=tuple(self._defaults.items()),
            required=REQUIRED[self._record],
        )

    def _id(self, places: Sequence[int | None]) -> Callable[[Row], str] | None:
        if not self._key:
            return None
        names = self._key

        def single(cells: Row) -> str:
            place = places[0]
            value = str(cells[place]).strip() if place is not None else ""
            if not value:
                raise KeyEmpty(f"the key is empty: column {names[0]!r}")
            return value

        def several(cells: Row) -> str:
            parts = [str(cells[place]).strip() if place is not None else "" for place in places]
            if not all(parts):
                raise KeyEmpty(f"the key is empty: column {names[parts.index('')]!r}")
            return _joined(parts)

        return single if len(places) == 1 else several

    def _reader(self, name: str, places: list[int]) -> Read | None:
        """How to read one field; ``None`` where it is one cell taken as it is."""
        text = _text(places)
        zone, order, decimal = self._zone, self._order, self._decimal
        if name in LISTS:
            return _collected(places)
        if name in MOMENTS:
            return _parsed(places, partial(dates.moment, zone=zone, order=order))
        if name == "date":
            return _parsed(places, partial(dates.day, order=order))
        if name == "birth_date":
            return _parsed(places, partial(dates.birth, order=order))
        if name in AMOUNTS:
            return _parsed(places, partial(numbers.amount, decimal=decimal))
        if name == "direction":
            return _parsed(places, lambda cell: DIRECTIONS.get(cell.casefold(), cell.casefold()))
        if name in NESTED:
            return lambda cells: _nested(text(cells))
        return text if len(places) > 1 else None


def _folded(header: str) -> str:
    return header.strip().casefold().replace(" ", "_")


def _distinct(columns: Sequence[str]) -> list[str]:
    """Headers without blanks and repeats: ``column 3``, ``email (2)``."""
    seen: Counter[str] = Counter()
    names: list[str] = []
    for place, column in enumerate(columns, 1):
        name = column.strip().removeprefix("\ufeff") or f"column {place}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


def _joined(parts: Sequence[str]) -> str:
    return "|".join(part.replace("\\", "\\\\").replace("|", "\\|") for part in parts)


def _text(places: list[int]) -> Read:
    if len(places) == 1:
        place = places[0]
        return lambda cells: cells[place]
    return lambda cells: " ".join([cell for place in places if (cell := str(cells[place]).strip())])


def _collected(places: list[int]) -> Read:
    def read(cells: Row) -> list[str]:
        found: list[str] = []
        for place in places:
            if not (cell := cells[place]):
                continue
            for each in cell if type(cell) is list else (cell,):
                if text := (each if type(each) is str else str(_plain(each))).strip():
                    found.append(text)
        return found

    return read


def _parsed(places: list[int], parse: Callable[[str], str]) -> Read:
    text = _text(places)

    def read(cells: Row) -> str:
        cell = str(text(cells)).strip()
        return parse(cell) if cell else ""

    first = places[0]

    def read_one(cells: Row) -> str:
        cell = cells[first]
        if type(cell) is not str:
            cell = str(cell)
        return parse(cell.strip()) if cell and not cell.isspace() else ""

    return read_one if len(places) == 1 else read


def _nested(value: Any) -> Any:
    if value and not isinstance(value, list):
        raise DataError("a list is expected")
    return _kept(value)


def _consent(places: list[int]) -> Read:
    text = _text(places)

    def read(cells: Row) -> str:
        cell = str(text(cells)).strip().casefold()
        if cell and cell not in CONSENTS:
            raise DataError(f"{cell!r} says neither yes nor no; write granted or denied")
        return CONSENTS.get(cell, "")

    return read


def _plain(value: Any) -> Any:
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


def _kept(value: Any) -> Any:
    """A value as it can be kept under ``custom``, its type with it where JSON has one."""
    if isinstance(value, str | int):
        return value
    if isinstance(value, list):
        return [_kept(each) for each in value]
    if isinstance(value, dict):
        return {str(name): _kept(each) for name, each in value.items()}
    if isinstance(value, float):
        return value if isfinite(value) else ""
    return _plain(value)
