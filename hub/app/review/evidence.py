"""The evidence on pairs of records, as matching sees it now."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from hub.core.match import Explanation, Matcher, evidence_keys
from hub.core.model import SourceRecord
from hub.store.identity import holders, source_rows
from hub.store.session import Transaction

__all__ = ["Evidence", "evidence_on"]

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Two records, the keys of theirs that are generic, and what speaks for and against one customer."""

    a: SourceRecord
    b: SourceRecord
    generic: frozenset[int]
    told: Explanation


def evidence_on(tx: Transaction, matcher: Matcher, pairs: Collection[Pair]) -> dict[Pair, Evidence]:
    """The evidence on each pair whose records are here."""
    rows = source_rows(tx, {record for pair in pairs for record in pair})
    known = {record: SourceRecord.load(record, row.content) for record, row in rows.items()}
    said = {record: evidence_keys(one) for record, one in known.items()}
    limit = matcher.limits.of
    held = holders(tx, {key for keys in said.values() for key in keys}, limit)
    full = {key for key, its in held.items() if len(its) > limit(key)}
    found: dict[Pair, Evidence] = {}
    for a, b in pairs:
        if a in known and b in known:
            generic = frozenset(full.intersection(said[a] + said[b]))
            told = matcher.explain(known[a], known[b], generic)
            found[a, b] = Evidence(known[a], known[b], generic, told)
    return found
