"""The door: a raw record's fields become one ``SourceRecord``, every value in its comparable form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from hub.core.model import SourceRecord
from hub.core.normalize.addresses import address
from hub.core.normalize.dates import birth_date
from hub.core.normalize.emails import emails_in
from hub.core.normalize.ids import handle, national_id, tax_id
from hub.core.normalize.names import person_name
from hub.core.normalize.organizations import is_organization, organization
from hub.core.normalize.phones import phones_in
from hub.core.normalize.placeholders import is_placeholder
from hub.core.normalize.text import fold, half_width
from hub.errors import PluginError

__all__ = ["Cleaner", "Normalizer"]

Cleaner = Callable[[str], str]

_NAME = ("full_name", "given_name", "family_name")
_ADDRESS = ("street", "street_2", "city", "region", "postal_code", "country")
_TOGETHER = frozenset((*_NAME, "organization", *_ADDRESS))
"""Fields that are read with others in view."""
_ALONE = {"birth_date": birth_date, "national_id": national_id, "tax_id": tax_id}


class Normalizer:
    """Turns canonical fields, as decoded from JSON, into source records; unknown fields are ignored.

    ``region`` says how a phone without country code is read. ``cleaners`` are functions of plugins
    by canonical field, applied to the raw text first. ``compared`` names the custom fields whose
    values are kept for comparisons.
    """

    def __init__(
        self,
        region: str = "US",
        cleaners: Mapping[str, Cleaner] | None = None,
        compared: Sequence[str] = (),
    ) -> None:
        self.region = region.upper()
        self.cleaners = dict(cleaners or {})
        self.compared = tuple(sorted(set(compared)))
        self._repeated: dict[str, Callable[[str], tuple[str, ...]]] = {
            "emails": emails_in,
            "phones": lambda raw: phones_in(raw, self.region),
            "handles": _handles,
        }

    def source_record(self, fields: Mapping[str, Any], *, key: int, ref: str = "") -> SourceRecord:
        """One record, normalized; never fails for what a source may have written."""
        if self.cleaners:
            fields = {**fields, **self._cleaned(fields)}
        said: dict[str, str] = {}
        found: dict[str, Any] = {}
        for name, value in fields.items():  # what is there, and not what could be: most fields are missing
            if name in _TOGETHER:
                said[name] = value if isinstance(value, str) else _text(value)
            elif name in self._repeated:
                found[name] = _all(value, self._repeated[name])
            elif name in _ALONE:
                found[name] = _ALONE[name](_text(value))
        full, given, family = [said.get(part, "") for part in _NAME]
        company = said.get("organization", "")
        if full and not given and not family and is_organization(full):
            company, full = company or full, ""
        if company:
            found["organization"] = organization(company)
        if full or given or family:
            found["given"], found["middle"], found["family"], found["han"] = person_name(full, given, family)
        if not said.keys().isdisjoint(_ADDRESS):
            found |= address(*[said.get(part, "") for part in _ADDRESS])._asdict()
        if self.compared:
            found["custom"] = self._custom(fields)
        return SourceRecord(key, ref=ref, **found)

    def _custom(self, fields: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        custom = fields.get("custom")
        nested = cast("Mapping[str, Any]", custom if isinstance(custom, Mapping) else {})
        found: set[tuple[str, str]] = set()
        for name in self.compared:
            values = nested.get(name, fields.get(f"custom.{name}", fields.get(name)))
            for raw in _several(values):
                value = " ".join(fold(half_width(raw)).split())
                if not is_placeholder(value):
                    found.add((name, value))
        return tuple(sorted(found))

    def _cleaned(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self._clean(name, fields[name]) for name in self.cleaners if fields.get(name)}

    def _clean(self, name: str, value: Any) -> Any:
        cleaner = self.cleaners[name]
        try:
            cleaned = [cleaner(raw) for raw in _several(value)]
        except Exception as error:
            raise PluginError(
                f"the normalizer for {name!r} failed: {type(error).__name__}",
                where="hub_normalizers",
                cause="the plugin's function does not take every text a source may write",
                step="make it return its argument unchanged where it does not know better, or disable the plugin",
            ) from error
        return cleaned if isinstance(value, (list, tuple)) else cleaned[0] if cleaned else ""


def _all(values: Any, parse: Callable[[str], tuple[str, ...]]) -> tuple[str, ...]:
    """Every value of a repeated field, sorted, without repeats."""
    match values:
        case [str(one)]:  # as nearly always
            return parse(one)
        case _:
            return tuple(sorted({found for raw in _several(values) for found in parse(raw)}))


def _text(value: Any) -> str:
    """The value of a single-valued field: text as it is, a number as text, anything else as unknown."""
    return next(iter(_several(value)), "")


def _several(values: Any) -> list[str]:
    """The texts in a JSON value."""
    if isinstance(values, str):
        return [values] if values else []
    if isinstance(values, (list, tuple)):
        return [raw for value in cast("list[Any]", values) for raw in _several(value)]
    if isinstance(values, bool) or values is None:
        return []
    if isinstance(values, float) and values.is_integer():
        return [str(int(values))]
    if isinstance(values, (int, float)):
        return [str(values)]
    return []


def _handles(raw: str) -> tuple[str, ...]:
    found = handle(raw)
    return (found,) if found else ()
