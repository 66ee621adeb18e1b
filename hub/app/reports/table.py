"""A table of a report: rows under declared keys and measures, as they are and as they are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hub.app.reports.catalogue import KINDS, word

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Table"]

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

    def heads(self, shown: Sequence[tuple[str, str]], lang: str) -> list[str]:
        """What the columns are called."""
        return [f"{word(model, lang)} {word(name, lang)}".strip() for name, model in shown]


def _in_units(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: number / MICROS if KINDS.get(name) == "money" and number is not None else number
        for name, number in row.items()
    }
