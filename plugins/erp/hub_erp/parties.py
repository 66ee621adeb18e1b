"""A party of Tryton as a customer: a name, ways to reach it, addresses, and numbers of the authorities."""

from __future__ import annotations

from typing import Any, Literal

from hub.plugin import Customer
from hub_erp.source import Child, Source

__all__ = ["PARTY", "Kind", "customer", "dotted"]

Kind = Literal["guess", "people", "organizations"]

PARTY = Source(
    "party.party",
    (
        "name",
        "code",
        "active",
        "is_person",
        "lang.code",
        "replaced_by",
        "tax_identifier.code",
        "create_date",
        "write_date",
    ),
    (
        Child("contact_mechanisms", "party.contact_mechanism", "party", ("party", "type", "value", "active")),
        Child(
            "addresses",
            "party.address",
            "party",
            ("party", "street", "city", "postal_code", "zip", "subdivision.name", "country.code", "active"),
        ),
        Child("identifiers", "party.identifier", "party", ("party", "type", "code", "active")),
    ),
)

LISTED = ("contact_mechanisms", "addresses", "identifiers")
EMAIL, PHONES = "email", frozenset({"phone", "mobile"})
HANDLES = frozenset({"irc", "jabber", "sip", "skype"})

PERSONAL = frozenset(
    "cn_ric us_ssn us_itin de_idnr es_dni es_nie fr_nir it_codicefiscale gb_nhs kr_rrn jp_in in_aadhaar "
    "br_cpf ar_dni mx_curp pl_pesel ro_cnp se_personnummer dk_cpr no_fodselsnummer fi_hetu nl_bsn be_nn".split()
)
"""Identifier types that number people, by the names python-stdnum gives them."""


def customer(row: dict[str, Any], kind: Kind = "guess") -> Customer:
    """The customer a party is, with its children in ``row``."""
    ways, addresses, numbers = ([one for one in row[name] if _active(one)] for name in LISTED)
    national = [one["code"] for one in numbers if one.get("type") in PERSONAL]
    official = [one["code"] for one in numbers if one.get("type") and one["type"] not in PERSONAL]
    tax = dotted(row, "tax_identifier", "code") or next(iter(official), "")
    organization = _is_organization(row, kind, bool(tax), bool(national))
    first, *others = [_address(one) for one in addresses] or [{}]
    return Customer.model_validate(
        {
            **first,
            "id": row["id"],
            "modified_at": row["write_date"] or row["create_date"],
            "organization" if organization else "full_name": row["name"] or "",
            "emails": [one["value"] for one in ways if one["type"] == EMAIL and one["value"]],
            "phones": [one["value"] for one in ways if one["type"] in PHONES and one["value"]],
            "handles": [
                f"{one['type']}:{one['value']}" for one in ways if one["type"] in HANDLES and one["value"]
            ],
            "national_id": next(iter(national), ""),
            "tax_id": "" if tax in national else tax,
            "language": dotted(row, "lang", "code"),
            "custom": _custom(row, ways, numbers, others),
        }
    )


def dotted(row: dict[str, Any], name: str, inner: str) -> str:
    """A field of a linked record: nested in new servers' answers, flat in old ones'."""
    nested = row.get(f"{name}.")
    value = nested.get(inner) if isinstance(nested, dict) else row.get(f"{name}.{inner}")
    return "" if value is None else str(value)


def _active(row: dict[str, Any]) -> bool:
    return bool(row.get("active", True))


def _is_organization(row: dict[str, Any], kind: Kind, taxed: bool, numbered: bool) -> bool:
    """By setting, by the field some modules add, or by having a tax number that is no person's.

    Where none of these says so, the name is given as a name: the hub knows the legal forms.
    """
    if kind != "guess":
        return kind == "organizations"
    if row.get("is_person") is not None:
        return not row["is_person"]
    return taxed and not numbered


def _address(row: dict[str, Any]) -> dict[str, str]:
    street, _, more = (row.get("street") or "").strip().partition("\n")
    found = {
        "street": street,
        "street_2": " ".join(more.split()),
        "city": row.get("city") or "",
        "region": dotted(row, "subdivision", "name"),
        "postal_code": row.get("postal_code") or row.get("zip") or "",
        "country": dotted(row, "country", "code"),
    }
    return {name: value for name, value in found.items() if value}


def _custom(
    row: dict[str, Any],
    ways: list[dict[str, Any]],
    numbers: list[dict[str, Any]],
    others: list[dict[str, str]],
) -> dict[str, Any]:
    """What no canonical field holds; empty parts are left out."""
    known = {EMAIL, *PHONES, *HANDLES}
    kept = {
        "code": row.get("code"),
        "inactive": None if _active(row) else True,
        "replaced_by": row.get("replaced_by"),
        "addresses": [one for one in others if one],
        "identifiers": [{"type": one.get("type") or "", "code": one["code"]} for one in numbers],
        "contacts": [
            {"type": one["type"], "value": one["value"]} for one in ways if one["type"] not in known
        ],
    }
    return {name: value for name, value in kept.items() if value}
