"""What an admin writes about a set of files, checked as far as it can be without opening them."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from hub.plugin import Customer, Interaction, Order, Record, Spend

__all__ = ["KINDS", "PLURALS", "REQUIRED", "Columns", "Settings", "canonical", "nearest"]

KINDS: Mapping[str, type[Record]] = {
    "customer": Customer,
    "interaction": Interaction,
    "order": Order,
    "spend": Spend,
}
PLURALS = {"customer": "customers", "interaction": "interactions", "order": "orders", "spend": "spend"}
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "customer": (),
    "interaction": ("occurred_at",),
    "order": ("ordered_at", "amount"),
    "spend": ("date", "amount"),
}
GROUPS = ("custom", "consent", "click_ids")
"""Fields that hold named values, written ``group.name``."""

Columns = str | list[str]


class Settings(BaseModel):
    """The settings of one ``files`` connector."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str = Field(min_length=1, description="file or pattern, relative to connectors.toml: exports/*.csv")
    record: Literal["customer", "interaction", "order", "spend"] = Field(description="what a row is")
    key: Columns = Field(default=[], description="column, or columns, that identify a row for good")
    fields: dict[str, Columns] = Field(default={}, description="canonical field = column or columns")
    defaults: dict[str, Any] = Field(default={}, description="canonical field = value where a row has none")
    format: Literal["auto", "csv", "jsonl", "parquet", "xlsx"] = Field(
        default="auto", description="auto: by the ending of the name"
    )
    encoding: str = Field(default="auto", description="auto, utf-8, gb18030, cp1252, ...")
    delimiter: str = Field(default="auto", description="auto, tab, or one character")
    sheet: str = Field(default="", description="xlsx: the sheet's name; the first one when left out")
    timezone: str = Field(default="", description="of times without an offset; the hub's when left out")
    date_order: Literal["", "ymd", "dmy", "mdy"] = Field(default="", description="how 03/04/2025 is meant")
    decimal: Literal[".", ","] = Field(default=".", description="the sign before cents")
    missing: Literal["delete", "keep"] = Field(
        default="delete", description="what to do with rows that are no longer there"
    )
    brake: float = Field(default=0.3, gt=0, le=1, description="largest share of rows that may vanish at once")
    max_line: int = Field(default=16_000_000, ge=100, description="longest line read, in characters")

    @field_validator("key")
    @classmethod
    def _key(cls, value: Columns) -> Columns:
        return [value] if isinstance(value, str) else value

    @field_validator("encoding")
    @classmethod
    def _encoding(cls, value: str) -> str:
        if value != "auto":
            try:
                codecs.lookup(value)
            except LookupError:
                raise ValueError(f"{value!r} is no known encoding; try utf-8, gb18030 or cp1252") from None
        return value

    @field_validator("delimiter")
    @classmethod
    def _delimiter(cls, value: str) -> str:
        value = {"tab": "\t", "\\t": "\t"}.get(value, value)
        if value != "auto" and len(value) != 1:
            raise ValueError(f"delimiter {value!r} must be one character, tab or auto")
        return value

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, value: str) -> str:
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

        if value:
            try:
                ZoneInfo(value)
            except (ZoneInfoNotFoundError, ValueError):
                raise ValueError(f"{value!r} is no time zone; write one like Asia/Shanghai") from None
        return value

    @model_validator(mode="after")
    def _names(self) -> Settings:
        if not self.key and self.record != "spend":
            raise ValueError('key is missing: name the column that identifies a row, such as key = "id"')
        known = canonical(self.record)
        for name in (*self.fields, *self.defaults):
            group, _, rest = name.partition(".")
            if name == "id":
                raise ValueError("fields.id: a row's id comes from the setting key")
            if rest and group in GROUPS and (group == "custom" or group in known):
                continue
            if name not in known:
                raise ValueError(
                    f"{name!r} is no field of a {self.record}{nearest(name, known)}; "
                    f"a field of your own is written custom.{name}"
                )
        return self


def canonical(record: str) -> frozenset[str]:
    """The field names a kind of record has, but for its id and ``custom``."""
    return frozenset(KINDS[record].model_fields) - {"id", "custom"}


def nearest(name: str, names: Iterable[str]) -> str:
    """``; did you mean 'x'?`` for the likeliest of ``names``, or nothing."""
    folded = {each.casefold(): each for each in names}
    found = get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    return f"; did you mean {folded[found[0]]!r}?" if found else ""
