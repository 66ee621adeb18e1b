"""Raw values, as sources write them, into values that can be compared.

Every function takes any text and never fails; what says nothing becomes the empty string, which is
unknown. Shown values are not touched: these are for keys and weights only.
"""

from __future__ import annotations

from hub.core.normalize.addresses import Address, address, postal_code
from hub.core.normalize.dates import birth_date, is_ambiguous_date
from hub.core.normalize.emails import MailboxKind, email, emails_in, mailbox_kind
from hub.core.normalize.ids import handle, national_id, tax_id
from hub.core.normalize.names import PersonName, person_name
from hub.core.normalize.organizations import is_organization, organization
from hub.core.normalize.phones import phone, phones_in
from hub.core.normalize.placeholders import is_placeholder
from hub.core.normalize.places import city, country, region
from hub.core.normalize.record import Cleaner, Normalizer
from hub.core.normalize.text import fold

__all__ = [
    "Address",
    "Cleaner",
    "MailboxKind",
    "Normalizer",
    "PersonName",
    "address",
    "birth_date",
    "city",
    "country",
    "email",
    "emails_in",
    "fold",
    "handle",
    "is_ambiguous_date",
    "is_organization",
    "is_placeholder",
    "mailbox_kind",
    "national_id",
    "organization",
    "person_name",
    "phone",
    "phones_in",
    "postal_code",
    "region",
    "tax_id",
]
