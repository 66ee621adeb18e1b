"""Which records of a model were deleted in a window, by Tryton's own log of events (6.2 and later).

The log masks the reference to what is gone, yet can be searched by it. So we ask for the ids that are
missing among those there are, in slices, and halve the slices that hold something.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain, count, islice, pairwise

from hub_erp.session import Session

__all__ = ["deleted_ids"]

SLICE = 500
BARREN = 20
"""How many slices above the highest id are tried in vain before giving up."""


def deleted_ids(session: Session, model: str, since: datetime, until: datetime) -> list[str]:
    """The ids of the model's records that were deleted in ``[since, until)`` and are gone now."""
    inside = [["event", "=", "delete"], ["create_date", ">=", since], ["create_date", "<", until]]
    named = ["resource", "like", f"{model},%"]
    logged: int = session.model("ir.model.log.search_count", [*inside, named])
    if not logged:
        return []
    present: list[int] = session.model(f"{model}.search", [], 0, None, [["id", "ASC"]])
    found: list[int] = []
    for ids in _sliced(_gaps(present)):
        found += _among(session, model, inside, ids)
    barren = 0
    for ids in _sliced(count(present[-1] + 1 if present else 1)):
        if len(found) >= logged or barren == BARREN:
            break
        among = _among(session, model, inside, ids)
        barren = 0 if among else barren + 1
        found += among
    return [str(gone) for gone in found]


def _gaps(present: list[int]) -> Iterator[int]:
    """The ids missing below the highest of a rising list."""
    return chain.from_iterable(range(low + 1, high) for low, high in pairwise([0, *present]))


def _sliced(ids: Iterator[int]) -> Iterator[list[int]]:
    while part := list(islice(ids, SLICE)):
        yield part


def _among(session: Session, model: str, inside: list[object], ids: list[int]) -> list[int]:
    """Those of the ids that the log knows as deleted."""
    references = [f"{model},{one}" for one in ids]
    logged: int = session.model("ir.model.log.search_count", [*inside, ["resource", "in", references]])
    if not logged or len(ids) == 1:
        return ids if logged else []
    half = len(ids) // 2
    return _among(session, model, inside, ids[:half]) + _among(session, model, inside, ids[half:])
