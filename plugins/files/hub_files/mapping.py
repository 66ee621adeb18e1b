"""From a file's columns to canonical fields: looked up once for a header, applied to every row.

What ``fields`` does not map: a column whose header is a canonical name is that field, every other one is
kept under ``custom`` with its header. Rows become plain mappings; the hub validates them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from hub.errors import ConfigError, DataError
from hub_files import dates, numbers, values
from hub_files.settings import GROUPS, REQUIRED, Settings, canonical, nearest
from hub_files.text import is_marked
from hub_files.values import Read, Row

__all__ = ["KeyEmpty", "Keyed", "Plan", "Shape"]

LISTS = frozenset({"emails", "phones", "handles"})
MOMENTS = frozenset({"occurred_at", "ordered_at", "modified_at"})
AMOUNTS = frozenset({"amount", "value"})
NESTED = frozenset({"lines", "click_ids"})
"""Fields no cell of text can hold."""
SPEND_KEY = ("date", "channel", "source", "medium", "campaign")
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

    def __call__(self, cells: Row, originals: Row) -> dict[str, Any]:
        """The record of a row: ``cells`` as text, ``originals`` as the file has them."""
        record: dict[str, Any] = {}
        if self.key is not None:
            record["id"] = self.key(cells)
        record |= {name: cell for name, place in self.texts if (cell := cells[place])}
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
        if originals is cells:
            custom = {name: cell for name, place in self.custom if (cell := cells[place])}
        else:
            custom = {name: values.kept(originals[place]) for name, place in self.custom if cells[place]}
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
        originals = [*row.values()]
        cells = [each if type(each) is str else values.plain(each) for each in originals]
        return self._shape(tuple(row))(cells, originals)

    def source_id(self, row: Mapping[str, Any]) -> str:
        """The id of a row that may be damaged, or nothing."""
        return self._shape(tuple(row)).source_id([values.plain(value) for value in row.values()])

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
                groups.append(("consent", rest or "marketing", label, values.consent(found)))
            elif rest and group in GROUPS:
                groups.append((group, rest, label, values.text(found)))
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
        text = values.text(places)
        zone, order, decimal = self._zone, self._order, self._decimal
        if name in LISTS:
            return values.collected(places)
        if name in MOMENTS:
            return values.parsed(places, partial(dates.moment, zone=zone, order=order))
        if name == "date":
            return values.parsed(places, partial(dates.day, order=order))
        if name == "birth_date":
            return values.parsed(places, partial(dates.birth, order=order))
        if name in AMOUNTS:
            return values.parsed(places, partial(numbers.amount, decimal=decimal))
        if name == "direction":
            return values.parsed(places, values.direction)
        if name in NESTED:
            return lambda cells: values.nested(text(cells))
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
