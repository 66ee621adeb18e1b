"""The versions of survivorship: which rules chose what profiles show, since when, and what each version changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from hub.app.clock import as_datetime, iso
from hub.core.merge import DEFAULTS
from hub.store.session import Transaction
from hub.store.survivorship import version_rows

__all__ = ["RulesVersion", "rules_versions", "written"]

Choices = Mapping[str, str | Sequence[str]]
TRUST = "sources"
"""The order of trust, among the fields."""


@dataclass(frozen=True, slots=True)
class RulesVersion:
    """The rules from a moment on."""

    version: int
    since: str
    changes: list[dict[str, Any]]
    """What differs from the version before, or of the first one from the rules that ship: field, before, now."""
    rules: dict[str, list[str]]
    """The rules of each field, in the order in which they decide."""
    sources: list[str]
    """The most trusted first."""


def written(survivorship: Choices, sources: Sequence[str]) -> str:
    """A choice of rules as it is kept; equal choices are equal texts. What it leaves out goes by what ships."""
    chosen = {**DEFAULTS, **survivorship}
    told = {field: [rules] if isinstance(rules, str) else list(rules) for field, rules in chosen.items()}
    return json.dumps({"rules": told, TRUST: list(sources)}, sort_keys=True, ensure_ascii=False)


def rules_versions(tx: Transaction) -> list[RulesVersion]:
    """Every version, newest first."""
    rows = version_rows(tx)
    told = [json.loads(text) for text in (written({}, ()), *(row.choices for row in rows))]
    return [
        RulesVersion(row.number, iso(as_datetime(row.since)), list(_changes(before, now)), **now)
        for row, (before, now) in zip(rows, pairwise(told), strict=True)
    ][::-1]


def _changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    was, is_ = ({**one["rules"], TRUST: one[TRUST]} for one in (before, now))
    for field in sorted({*was, *is_}):
        if was.get(field) != is_.get(field):
            yield {"field": field, "before": was.get(field, []), "now": is_.get(field, [])}
