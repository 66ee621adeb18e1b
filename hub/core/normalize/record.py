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

_ADDRESS = ("street", "street_2", "city", "region", "postal_code", "country")
_SINGLE = frozenset(
    (
        "full_name",
        "given_name",
        "family_name",
        "organization",
        "birth_date",
        "national_id",
        "tax_id",
        *_ADDRESS,
    )
)


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

    def source_record(self, fields: Mapping[str, Any], *, key: int, ref: str = "") -> SourceRecord:
        """One record, normalized; never fails for what a source may have written."""
        if self.cleaners:
            fields = {**fields, **self._cleaned(fields)}
        text = _texts(fields).get
        full = text("full_name", "")
        given = text("given_name", "")
        family = text("family_name", "")
        company = text("organization", "")
        if full and not given and not family and is_organization(full):
            company, full = company or full, ""
        name = person_name(full, given, family)
        emails = fields.get("emails")
        phones = fields.get("phones")
        handles = fields.get("handles")
        born = text("birth_date", "")
        nation = text("national_id", "")
        tax = text("tax_id", "")
        return SourceRecord(  # in its own order: naming twenty fields takes a tenth of the time of a record
            key,
            name.given,
            name.family,
            name.middle,
            name.han,
            organization(company) if company else "",
            self._all(emails, emails_in) if emails else (),
            self._all(phones, self._phones) if phones else (),
            self._all(handles, _handles) if handles else (),
            birth_date(born) if born else "",
            national_id(nation) if nation else "",
            tax_id(tax) if tax else "",
            *address(*[text(line, "") for line in _ADDRESS]),
            ref,
            self._custom(fields) if self.compared else (),
        )

    def _phones(self, raw: str) -> tuple[str, ...]:
        return phones_in(raw, self.region)

    def _all(self, values: Any, parse: Callable[[str], tuple[str, ...]]) -> tuple[str, ...]:
        """Every value of a repeated field, sorted, without repeats."""
        several = _several(values)
        if len(several) == 1:
            return parse(several[0])
        return tuple(sorted({found for raw in several for found in parse(raw)}))

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


def _texts(fields: Mapping[str, Any]) -> dict[str, str]:
    """The single-valued fields: text as it is, numbers as text, anything else as unknown."""
    return {
        name: value if isinstance(value, str) else next(iter(_several(value)), "")
        for name, value in fields.items()
        if name in _SINGLE
    }


def _several(values: Any) -> list[str]:
    """The texts in a JSON value."""
    if isinstance(values, (list, tuple)):
        return [
            raw
            for value in cast("list[Any]", values)
            for raw in ((value,) if isinstance(value, str) and value else _several(value))
        ]
    if isinstance(values, str):
        return [values] if values else []
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
