"""What the guards on values did: role mailboxes, placeholders, and values that too many records share."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from hub.app.doctor.finding import Guard
from hub.app.shared import shared_value
from hub.core.block import KINDS, kind_of
from hub.core.keys import Limits, number
from hub.core.keys import key as key_of
from hub.core.match import Matcher
from hub.core.normalize import emails_in, is_placeholder, mailbox_kind, phones_in
from hub.core.normalize.placeholders import is_dummy_digits
from hub.store.checkup import generic_keys, holder_counts, sample_fields
from hub.store.identity import sample_rows
from hub.store.session import Transaction

__all__ = ["generic_values", "placeholders", "role_mailboxes"]

TOP = 5
SAMPLE = 20_000
"""Records read to find what stands out; all, where there are no more."""
CROWDED = 100_000
"""Values shared by more than half of what their kind allows that are counted, the most shared first."""
READ = ("full_name", "given_name", "family_name", "organization", "birth_date", "national_id", "tax_id")
"""Fields of one value in which people write what says nothing."""
COVERED = ("national_id", "tax_id")


def role_mailboxes(tx: Transaction, matcher: Matcher) -> Guard:
    """Mailboxes of a function, which identify a company and no person."""
    records = sample_rows(tx, SAMPLE)
    is_role = matcher.lore.is_role
    found = [[email for email in record.emails if is_role(email)] for record in records]
    top = [email for email, _ in Counter(email for emails in found for email in emails).most_common(TOP)]
    keys = {key_of(number("email"), email): email for email in top}
    counts = holder_counts(tx, keys)
    rows = [{"mailbox": email, "records": counts[key]} for key, email in keys.items() if key in counts]
    rows.sort(key=lambda row: (-int(row["records"]), row["mailbox"]))
    carry = sum(map(bool, found))
    what = "records that carry a mailbox of a function, which says which company it is and not which person"
    return Guard("role mailboxes", carry, what, _over(len(records)), tuple(rows))


def placeholders(tx: Transaction, region: str) -> Guard:
    """Values that were written and say nothing, so that they are no evidence and no key."""
    sent = sample_fields(tx, SAMPLE)
    dropped = Counter(one for text in sent for one in _dropped(json.loads(text), region))
    rows = tuple(
        {"field": field, "value": "(covered)" if field in COVERED else value, "records": count}
        for (field, value), count in sorted(dropped.items(), key=lambda one: (-one[1], one[0]))[:TOP]
    )
    what = "values taken for placeholders, which count as missing"
    return Guard("placeholders", dropped.total(), what, _over(len(sent)), rows)


def generic_values(tx: Transaction, limits: Limits) -> Iterator[Guard]:
    """Values that more records share than their kind allows, and those that are on their way there."""
    crowded = generic_keys(tx, lambda key: limits.of(key) / 2, min(limits.by_kind) / 2, CROWDED)
    over = "all records" if len(crowded) < CROWDED else f"the {CROWDED:,} values that most records share"
    for generic in (True, False):
        found = [(key, held, one) for key, held, one in crowded if (held > limits.of(key)) == generic]
        counts = Counter(kind_of(key).name for key, _, _ in found)
        first = {name: [one for one in found if kind_of(one[0]).name == name][:TOP] for name in counts}
        rows = [
            {
                "kind": kind.name, "limit": limit, "values": counts[kind.name],
                "evidence": kind.evidence, "most shared": _most(first[kind.name]),
            }
            for kind, limit in zip(KINDS, limits.by_kind, strict=True)
            if kind.name in counts
        ]  # fmt: skip
        what = (
            "values shared by more records than their kind allows, which bring nobody together and are no evidence"
            if generic
            else "values shared by more than half as many records as their kind allows"
        )
        name = "generic values" if generic else "nearly generic values"
        yield Guard(name, len(found), what, over, tuple(rows))


def _most(found: list[tuple[int, int, Any]]) -> str:
    """The values of one kind that most records share; of keys made of several values, how many do."""
    if not kind_of(found[0][0]).evidence:
        return ", ".join(f"{held:,}" for _, held, _ in found)
    return "; ".join(
        f"{shared_value(key, record).removeprefix(kind_of(key).name).strip()}: {held:,}"
        for key, held, record in found
    )


def _dropped(fields: dict[str, Any], region: str) -> Iterator[tuple[str, str]]:
    for name in READ:
        value = fields.get(name)
        if isinstance(value, str) and value.strip() and is_placeholder(value, name):
            yield name, value.strip()
    for email in _texts(fields.get("emails")):
        nobody = (
            mailbox_kind(email.strip().lower()) == "placeholder" if "@" in email else is_placeholder(email)
        )
        if nobody and not emails_in(email):
            yield "emails", email.strip()
    for phone in _texts(fields.get("phones")):
        if not phones_in(phone, region) and _is_dummy(phone):
            yield "phones", phone.strip()


def _is_dummy(phone: str) -> bool:
    """Whether a text that is no phone number is a dummy of one, with or without a country's code."""
    digits = re.sub(r"\D", "", phone)
    return is_placeholder(phone, "phones") or any(
        is_dummy_digits(digits[skip:]) for skip in (1, 2, 3) if digits[skip:]
    )


def _texts(values: Any) -> list[str]:
    several = values if isinstance(values, list) else [values]
    return [value for value in several if isinstance(value, str) and value.strip()]


def _over(looked: int) -> str:
    return f"{looked:,} records, a fair sample" if looked == SAMPLE else f"all {looked:,} records"
