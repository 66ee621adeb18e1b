"""The body of a form post to its fields, whatever of the three ways a browser or a server sends them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from hub.errors import DataError
from hub.plugin import Post

__all__ = ["Payload", "Refused", "clean", "parse"]

MAX_FIELDS = 500
MAX_DEPTH = 5


class Refused(DataError):
    """A post that is not taken; ``http_status`` is what its sender should be told."""

    def __init__(self, what: str, *, http_status: int = 400, cause: str = "", step: str = "") -> None:
        super().__init__(what, cause=cause, step=step)
        self.http_status = http_status


@dataclass(frozen=True, slots=True)
class Payload:
    """What a form sent: every value of every field in order, and the files it named."""

    fields: Mapping[str, list[Any]] = field(default_factory=dict[str, list[Any]])
    files: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """Name and size only; what is in them is not kept."""

    def first(self, names: list[str] | tuple[str, ...]) -> str:
        """The first value that is not blank among these fields."""
        return next((text for name in names for text in self.texts(name) if text), "")

    def texts(self, name: str) -> list[str]:
        """The values of one field as text."""
        return [str(value).strip() for value in self.fields.get(name, []) if _is_scalar(value)]


def parse(post: Post) -> Payload:
    """Read a post by its content type; a JSON beacon sent as ``text/plain`` is read as JSON."""
    payload = _read(post)
    if not payload.fields and not payload.files:
        raise Refused("the post is empty", step="send at least one field")
    return payload


def _read(post: Post) -> Payload:
    kind, _, parameters = post.content_type.partition(";")
    kind = kind.strip().lower()
    looks_json = post.body.lstrip()[:1] == b"{"
    if kind == "multipart/form-data":
        return _multipart(post.body, post.content_type)
    if kind == "application/json" or kind.endswith("+json") or (kind in ("", "text/plain") and looks_json):
        return _json(post.body)
    if kind in ("", "application/x-www-form-urlencoded"):
        return _urlencoded(post.body, parameters)
    raise Refused(
        f"content type {kind[:80]!r} is not one a form sends",
        http_status=415,
        step="send application/x-www-form-urlencoded, multipart/form-data or application/json",
    )


def _urlencoded(body: bytes, parameters: str) -> Payload:
    pairs = [pair for pair in body.split(b"&") if pair]
    _check_count(len(pairs))
    read: list[tuple[bytes, bytes]] = []
    for pair in pairs:
        name, _, value = pair.replace(b"+", b" ").partition(b"=")
        read.append((unquote_to_bytes(name), unquote_to_bytes(value)))
    declared = parameters.partition("charset=")[2].strip(" \"';")
    declared = declared or next((v.decode("ascii", "ignore") for n, v in read if n == b"_charset_"), "")
    return Payload(_gathered((_text(name, declared), _text(value, declared)) for name, value in read))


def _multipart(body: bytes, content_type: str) -> Payload:
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import Field, File, FormParser, parse_options_header

    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise Refused("a multipart post without a boundary", step="let the browser set the content type")
    fields: list[tuple[str, Any]] = []
    files: list[dict[str, Any]] = []

    def on_field(found: Field) -> None:
        fields.append((_text(found.field_name or b""), _text(found.value or b"")))

    def on_file(found: File) -> None:
        name = _text(found.file_name or b"").replace("\\", "/").rpartition("/")[2]
        if name or found.size:
            files.append({"field": _text(found.field_name or b""), "name": name[:255], "size": found.size})
        found.close()

    parser = FormParser("multipart/form-data", on_field, on_file, boundary=boundary)
    try:
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise Refused(f"malformed multipart body: {error}") from None
    finally:
        parser.close()
    if b"--" + boundary + b"--" not in body:
        raise Refused("the multipart body has no end", cause="the post was cut short")
    _check_count(len(fields) + len(files))
    return Payload(_gathered(fields), files)


def _json(body: bytes) -> Payload:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(f"malformed JSON: {error}", step="send one JSON object in UTF-8") from None
    if not isinstance(read, dict):
        raise Refused("the JSON of a form post must be an object", step='send {"email": "..."}')
    fields = list(_flat(read))
    _check_count(len(fields))
    return Payload(_gathered(fields))


def _flat(read: Mapping[str, Any], above: str = "", depth: int = 1) -> Any:
    """``{"contact": {"email": "a"}}`` is the field ``contact.email``; what lies deeper stays as it is."""
    for name, value in read.items():
        path = above + clean(name)
        if isinstance(value, dict) and value and depth < MAX_DEPTH:
            yield from _flat(value, path + ".", depth + 1)
        elif isinstance(value, list) and all(_is_scalar(one) for one in value):
            yield from ((path, clean(one)) for one in value)
        elif value is not None:
            yield path, clean(value)


def _gathered(pairs: Any) -> dict[str, list[Any]]:
    fields: dict[str, list[Any]] = {}
    for name, value in pairs:
        fields.setdefault(name.strip(), []).append(value)
    return fields


def _check_count(count: int) -> None:
    if count > MAX_FIELDS:
        raise Refused(f"{count} fields are more than a form has", step=f"send at most {MAX_FIELDS}")


def _text(raw: bytes, declared: str = "") -> str:
    for charset in (declared, "utf-8", "gb18030"):
        try:
            return clean(raw.decode(charset)) if charset else clean(raw.decode())
        except (UnicodeError, LookupError, ValueError):
            continue
    return clean(raw.decode("latin-1"))


def clean(value: Any) -> Any:
    """Text without what a database refuses: NUL and halves of surrogate pairs."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {clean(key): clean(inner) for key, inner in value.items()}
    return [clean(inner) for inner in value] if isinstance(value, list) else value


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float)
