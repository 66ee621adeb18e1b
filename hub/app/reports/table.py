"""A table of a report: rows under declared keys and measures, as they are and as they are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hub.app.reports.catalogue import KINDS, word

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Table", "called", "text"]

MICROS = 1_000_000


@dataclass(frozen=True)
class Table:
    """``frame`` has the keys (``model`` first where there are several models), then the measures, in micro-units."""

    name: str
    keys: tuple[str, ...]
    measures: tuple[str, ...]
    frame: pl.DataFrame
    total: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The sums of measures over all rows of a model, in micro-units."""
    shared: tuple[str, ...] = ()
    """Measures that are the same under every model."""
    row_kinds: Mapping[str, str] = field(default_factory=dict[str, str])
    """Where every row is a figure of its own: what kind each is; such figures are in units."""

    @cached_property
    def in_units(self) -> pl.DataFrame:
        """The frame with money in units: exact where it was whole."""
        import polars as pl

        exact = pl.Decimal(38, 6)
        money = [
            (pl.col(name).cast(exact) * pl.lit("0.000001").cast(exact)).alias(name)
            if self.frame.schema[name] == pl.Int64
            else pl.col(name) / MICROS
            for name in self.frame.columns
            if KINDS.get(name) == "money"
        ]
        return self.frame.with_columns(money)

    @property
    def models(self) -> list[str]:
        """The models of the rows, in order."""
        return self.frame["model"].unique(maintain_order=True).to_list() if "model" in self.frame else []

    def rows(self) -> list[dict[str, Any]]:
        """The rows as plain values, money in units of its currency."""
        return [_in_units(row) for row in self.frame.to_dicts()]

    def plain(self) -> dict[str, Any]:
        """What ``--json`` prints: the rows, by model where there are models, and their total."""
        told: dict[str, Any] = {"report": self.name}
        if "model" in self.frame.columns:
            told["models"] = {name: [] for name in self.models}
            for row in self.rows():
                told["models"][row.pop("model")].append(row)
        else:
            told["rows"] = self.rows()
        return {**told, "totals": _in_units(self.total)} if self.total else told

    def beside(self, measures: Sequence[str] = ()) -> tuple[list[tuple[str, str]], list[list[Any]]]:
        """Models side by side: the columns as (measure, model), and rows in units with the total last.

        With several models, ``measures`` may name the few that fit; those that are ``shared`` are shown once.
        """
        keys = [key for key in self.keys if key != "model"]
        models = self.models
        if len(models) < 2:
            shown = [(name, "") for name in (*keys, *self.measures)]
            rows = [[row[name] for name, _ in shown] for row in self.rows()]
        else:
            own = [name for name in measures or self.measures if name not in self.shared]
            shown = [(name, "") for name in (*keys, *self.shared)] + [(n, m) for m in models for n in own]
            rows = self._pivoted(keys, shown)
        if self.total:
            total = _in_units(self.total)
            sums = [total.get(name) for name, _ in shown]
            rows.append(["total", *sums[1:]])
        return shown, rows

    def _pivoted(self, keys: list[str], shown: list[tuple[str, str]]) -> list[list[Any]]:
        found: dict[tuple[Any, ...], dict[str, dict[str, Any]]] = {}
        for row in self.rows():
            found.setdefault(tuple(row[key] for key in keys), {})[row["model"]] = row
        ordered = sorted(found, key=lambda key: key[-1] == "(none)")
        return [
            [
                *key,
                *(
                    found[key].get(model, {}).get(name) if model else next(iter(found[key].values()))[name]
                    for name, model in shown[len(keys) :]
                ),
            ]
            for key in ordered
        ]

    def texts(self, lang: str = "en", measures: Sequence[str] = ()) -> tuple[list[str], list[list[str]]]:
        """Heads and rows as people read them, the total last."""
        shown, rows = self.beside(measures)
        heads = [f"{word(model, lang)} {word(name, lang)}".strip() for name, model in shown]
        return heads, [
            [self._text(name, value, row, lang) for (name, _), value in zip(shown, row, strict=True)]
            for row in rows
        ]

    def _text(self, name: str, value: Any, row: list[Any], lang: str) -> str:
        if value is None:
            return ""
        kind = "change" if name.endswith("change") else self.row_kinds.get(row[0], KINDS.get(name, ""))
        return called(name, str(value), lang) if name in self.keys else text(value, kind)


def called(key: str, name: str, lang: str) -> str:
    """A row's name: translated where the hub named it, left alone where a customer or marketer did."""
    if key == "path":
        return " > ".join(_step(step, lang) for step in name.split(" > "))
    if key in ("channel", "figure", "check") or name in ("(none)", "(not set)", "total"):
        return _step(name, lang)
    return name


def text(value: Any, kind: str) -> str:
    """A figure as people read it."""
    if isinstance(value, str):
        return value
    if kind in ("percent", "change"):
        return f"{value * 100:{'+' if kind == 'change' else ''},.1f} %"
    if kind == "count" or (kind == "share" and float(value).is_integer()):
        return f"{int(value):,}"
    if kind == "days":
        return f"{value:,.1f}"
    return f"{value:,.2f}" if isinstance(value, int | float) else str(value)


def _step(name: str, lang: str) -> str:
    channel, times, often = name.rpartition(" ×")
    return f"{word(channel, lang)}{times}{often}" if times else word(name, lang)


def _in_units(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: number / MICROS if KINDS.get(name) == "money" and number is not None else number
        for name, number in row.items()
    }
