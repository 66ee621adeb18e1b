"""The evidence on pairs of records, as matching sees it now."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from hub.app.walk import Book
from hub.core.match import Explanation, Matcher
from hub.core.model import SourceRecord
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
    book = Book(tx, matcher)
    book.need({record for pair in pairs for record in pair})
    known = book.known
    book.generic(known)  # looks all of them up at once
    found: dict[Pair, Evidence] = {}
    for a, b in pairs:
        if a in known and b in known:
            generic = frozenset(book.generic((a, b)))
            told = matcher.explain(known[a], known[b], generic)
            found[a, b] = Evidence(known[a], known[b], generic, told)
    return found
