"""Turns what a connector yields into what can land: shaped, validated, hashed; the rest set aside.

One bad record never stops its neighbours: it becomes a refusal with its reason and with what was
read, as it was.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from pydantic import ValidationError

from hub.app.clock import iso
from hub.core.model import keys_under
from hub.core.plain import plain
from hub.core.records import Record
from hub.errors import DataError, PluginError
from hub.plugin import Page, Reject, Stream
from hub.store.landing import Landed
from hub.store.rejects import Refused

__all__ = ["Arranged", "arrange", "refusal"]

RAW_KEPT = 64 * 1024
"""How much of a refused record's raw text is kept, in characters."""

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_HASH = blake2b(digest_size=16)
"""To be copied: a new one is made slower."""


@dataclass(frozen=True, slots=True)
class Arranged:
    """A page ready to land."""

    records: list[Landed]
    refused: list[Refused]
    deleted: list[str]
    """Ids of records the source says are gone."""
    kept: list[int]
    """Intrinsic keys of refused records: still in the source, so not to be swept."""
    nameless: int
    """Refusals that may be of any record: with any of them, nothing may be swept."""


def arrange(page: Page, stream: Stream, connector: str) -> Arranged:
    """Prepare one page of ``stream`` of the instance ``connector``."""
    if not isinstance(page, Page):
        raise PluginError(
            f"stream {stream.name!r} yielded {type(page).__name__}, not Page",
            where=connector,
            step="yield hub.plugin.Page objects from the stream",
        )
    key_of = keys_under(connector, stream.name)
    landed: dict[str, Landed] = {}
    refused = [refusal(reject) for reject in page.rejected]
    nameless = sum(not reject.source_id and not reject.keyless for reject in page.rejected)
    for row in page.records:
        record = _arrange_one(row, page, stream.kind, key_of)
        if isinstance(record, Refused):
            refused.append(record)
            nameless += not record.source_id and not (page.shape is None and isinstance(row, Mapping))
            continue
        before = landed.setdefault(record.source_id, record)
        if before is record or before.hash == record.hash:
            continue
        # the newer of two states is the record, and the page does not lose the other one
        newer, older = (record, before) if record.version > before.version else (before, record)
        landed[record.source_id] = newer
        reason = f"duplicate key {record.source_id!r}: two different records of one page have it"
        refused.append(Refused(reason, older.body, older.source_id, older.hash.hex()))
    named = [key_of(one.source_id) for one in refused if one.source_id]
    return Arranged(
        list(landed.values()),
        refused,
        list(page.deleted),
        named,
        nameless,
    )


def _arrange_one(row: Any, page: Page, kind: type[Record], key_of: Callable[[str], int]) -> Landed | Refused:
    try:
        shaped = page.shape(row) if page.shape is not None else row
        if type(shaped) is dict and (body := plain(kind, shaped)) is not None:
            return _landed(shaped["id"], body, "", key_of)
        # straight to pydantic's core, here and in _land: its wrappers cost a tenth of an arrival
        if isinstance(shaped, (dict, Mapping)):
            return _land(kind.__pydantic_validator__.validate_python(shaped), key_of)
        if isinstance(shaped, kind):
            return _land(shaped, key_of)
    except ValidationError as error:
        return _refuse(row, _said(error))
    except DataError as error:
        return _refuse(row, error.what)
    except (ValueError, TypeError, KeyError, LookupError, AttributeError, ArithmeticError) as error:
        return _refuse(row, f"cannot be read as a {kind.kind_name}: {type(error).__name__}: {error}")
    raise PluginError(
        f"a {type(shaped).__name__} was yielded where a {kind.__name__} or a mapping belongs",
        step="yield canonical records of the stream's kind",
    )


def _land(record: Record, key_of: Callable[[str], int]) -> Landed:
    body = record.__pydantic_serializer__.to_json(record, exclude_defaults=True)
    return _landed(record.id, body, "" if record.modified_at is None else iso(record.modified_at), key_of)


def _landed(source_id: str, body: bytes, version: str, key_of: Callable[[str], int]) -> Landed:
    if b"\\u0000" in body and _NUL.search(body):
        raise DataError("it holds a NUL character, which no database text can hold")
    content = _HASH.copy()
    content.update(body)
    return Landed(key_of(source_id), source_id, content.digest(), body.decode(), version)


def _refuse(row: Any, reason: str) -> Refused:
    raw = (
        row.model_dump_json() if isinstance(row, Record) else json.dumps(row, default=str, ensure_ascii=False)
    )
    source_id = row.get("id", "") if isinstance(row, Mapping) else ""
    return refusal(Reject(reason, raw, str(source_id or "")))


def refusal(reject: Reject) -> Refused:
    """What is kept of a reject: the start of a long raw text, and a name for the same thing again."""
    raw = reject.raw
    if len(raw) > RAW_KEPT:
        raw = f"{raw[:RAW_KEPT]}… ({len(reject.raw):,} characters in all)"
    digest = blake2b(
        "\x1f".join((reject.reason, raw, reject.source_id)).encode(errors="replace"), digest_size=16
    )
    return Refused(reject.reason, raw.replace("\x00", "\ufffd"), reject.source_id, digest.hexdigest())


def _said(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_input=False)
    parts = [f"{'.'.join(map(str, one['loc'])) or 'record'}: {one['msg']}" for one in found[:3]]
    more = f" (and {len(found) - 3} more)" if len(found) > 3 else ""
    return "; ".join(parts) + more
