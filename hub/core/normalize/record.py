"""The door: a raw record's fields become one ``SourceRecord``, every value in its comparable form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, cast

from hub.core.model import SourceRecord
from hub.core.normalize.addresses import Address, address
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

_TEXTS = (
    "full_name", "given_name", "family_name", "organization",
    "street", "street_2", "city", "region", "postal_code", "country",
    "birth_date", "national_id", "tax_id",
)  # fmt: skip
_LISTS = ("emails", "phones", "handles")
_UNSAID = dict.fromkeys((*_TEXTS, *_LISTS), "")
_texts_of, _lists_of = itemgetter(*_TEXTS), itemgetter(*_LISTS)
_NOWHERE = Address()
_FEW = 4
"""Records of which columns would cost more than they save."""


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
        said = {**_UNSAID, **fields}
        full, given, family, company, *place, born, national, tax = _as_texts(_texts_of(said))
        emails, phones, handles = _lists_of(said)
        given, family, middle, han, company = _called(full, given, family, company)
        house, street, city, region, code, country = address(*place) if any(place) else _NOWHERE
        return SourceRecord(
            key, given, family, middle, han,
            organization(company) if company else "",
            _all(emails, emails_in) if emails else (),
            _all(phones, self._phones_in) if phones else (),
            _all(handles, _handles) if handles else (),
            birth_date(born) if born else "",
            national_id(national) if national else "",
            tax_id(tax) if tax else "",
            house, street, city, region, code, country, ref,
            self._custom(fields) if self.compared else (),
        )  # fmt: skip

    def source_records(
        self, many: Sequence[Mapping[str, Any]], keys: Sequence[int], refs: Sequence[str]
    ) -> list[SourceRecord]:
        """Many records, each as ``source_record`` reads it, field by field: two thirds of the time.

        What reads a field stays at hand in the processor from one value to the next.
        """
        if len(many) < _FEW:
            each = zip(many, keys, refs, strict=True)
            return [self.source_record(fields, key=key, ref=ref) for fields, key, ref in each]
        if self.cleaners:
            many = [{**fields, **self._cleaned(fields)} for fields in many]
        said = [{**_UNSAID, **fields} for fields in many]
        texts = map(_as_texts, zip(*map(_texts_of, said), strict=True))
        full, given, family, company, *place, born, national, tax = texts
        emails, phones, handles = zip(*map(_lists_of, said), strict=True)
        given, family, middle, han, company = zip(*map(_called, full, given, family, company), strict=True)
        places = [address(*each) if any(each) else _NOWHERE for each in zip(*place, strict=True)]
        columns = (
            keys, given, family, middle, han,
            [organization(each) if each else "" for each in company],
            [_all(each, emails_in) if each else () for each in emails],
            [_all(each, self._phones_in) if each else () for each in phones],
            [_all(each, _handles) if each else () for each in handles],
            [birth_date(each) if each else "" for each in born],
            [national_id(each) if each else "" for each in national],
            [tax_id(each) if each else "" for each in tax],
            *zip(*places, strict=True), refs,
            [self._custom(each) if self.compared else () for each in many],
        )  # fmt: skip
        return list(map(SourceRecord, *columns))

    def _phones_in(self, raw: str) -> tuple[str, ...]:
        return phones_in(raw, self.region)

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


def _called(full: str, given: str, family: str, company: str) -> tuple[str, str, str, str, str]:
    """(given, family, middle, han, organization), the last one still as written."""
    if full and not given and not family and is_organization(full):
        company, full = company or full, ""
    if full or given or family:
        first, middle, last, han = person_name(full, given, family)
        return first, last, middle, han, company
    return "", "", "", "", company


def _as_texts(values: Sequence[Any]) -> Sequence[str]:
    """The values of single-valued fields."""
    try:
        "".join(values)  # asks all of them at once whether they are text
    except TypeError:
        return [*map(_text, values)]
    return values


def _all(values: Any, parse: Callable[[str], tuple[str, ...]]) -> tuple[str, ...]:
    """Every value of a repeated field, sorted, without repeats."""
    if isinstance(values, list):
        several = cast("list[Any]", values)
        if len(several) == 1 and isinstance(several[0], str):  # as nearly always
            return parse(several[0])
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
