"""What comparisons read of many records, as hashes: rows of one hash say the same.

Names and addresses are compared part by part instead (``weigh_names``, ``weigh_addresses``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from hub.core.columns import ORGANIZATION, added
from hub.core.keys import words
from hub.core.match.likeness import Column
from hub.core.match.matcher import Matcher
from hub.core.match.values import POCKET, TOLD_APART

if TYPE_CHECKING:
    from hub.core.columns import Hashed
    from hub.core.keys import Numbers

__all__ = ["Values"]

_ONE = np.uint64(1)


class Values:
    """The fields of records and what ``comparisons.READS`` names beside them; 0 where there is nothing."""

    def __init__(self, matcher: Matcher, values: Hashed, named: Column) -> None:
        self._values = values
        emails, _, rows = values.several("emails")
        domains = emails.str.splitn("@", 2).struct.field("field_1").fill_null("")
        own = np.where(domains.is_in(sorted(matcher.lore.freemail)).to_numpy(), 0, words(domains))
        domains_of_all = added(own, rows, len(named))
        organization = values.records.select(ORGANIZATION).to_series().to_numpy()
        alone = _single(rows, len(named))
        of_role = _of_roles(matcher, emails, domains, alone)
        whose = _ONE + of_role + np.uint64(2) * named[rows]
        phones, _, called = values.several("phones")
        landline = (phones.str.contains(TOLD_APART) & ~phones.str.contains(POCKET)).to_numpy()
        handles, _, shown = values.several("handles")
        networks = words(handles.str.splitn(":", 2).struct.field("field_0"))

        def single(kinds: Column, rows: Column, where: Column) -> Numbers:
            column = np.zeros(len(named), np.uint64)
            column[rows[where]] = kinds[where]
            return column

        self._made: dict[str, Numbers] = {
            "": np.zeros(len(named), np.uint64),
            "named": named.astype(np.uint64),
            "bearer": _ONE + named,
            "domains": domains_of_all,
            "organization alone": organization.astype(np.uint64),
            "domains of organizations": np.where(organization, domains_of_all, 0),
            "mailbox": single(whose, rows, alone),
            # where nobody is named, a mailbox may be like another one
            "mailbox of no likeness": single(whose, rows, alone & (named[rows] | of_role)),
            "domain": single(own, rows, alone),
            "bearer of domain": single(_ONE + named[rows], rows, alone & (own > 0)),
            "phone": single(_ONE + landline, called, _single(called, len(named))),
            "network": single(networks, shown, _single(shown, len(named))),
        }

    def of(self, name: str) -> Numbers:
        """The hashes of one field."""
        if name in self._made:
            return self._made[name]
        if self._values.records.schema[name] == pl.String:
            return self._values.text(name)
        return self._values.together(name)


def _single(rows: Column, count: int) -> Column:
    """Which values are the only one of their row."""
    alone: Column = (np.bincount(rows, minlength=count) == 1)[rows]
    return alone


def _of_roles(matcher: Matcher, emails: pl.Series, domains: pl.Series, where: Column) -> Column:
    """Which of some mailboxes belong to a function."""
    # all that can be a role's, so that few are looked at one by one
    roles, start = matcher.model.roles, emails.str.head(4)
    maybe = start.is_in(sorted({role[:4] for role in roles})) | (emails.str.head(2) == domains.str.head(2))
    odd = start.str.contains("[^a-z]") & ~maybe
    first = emails.filter(odd).str.extract(r"^[^\p{L}@]*(\p{L}+)")
    begun = {role[:end] for role in map(_letters, roles) for end in range(1, len(role) + 1)}
    maybe = maybe.scatter(odd.arg_true(), first.is_in(sorted(begun)).fill_null(False))
    at = np.flatnonzero(maybe.to_numpy() & where)
    of_role = np.zeros(len(emails), bool)
    of_role[at] = [matcher.lore.is_role(email) for email in emails.gather(at)]
    return of_role


def _letters(role: str) -> str:
    return "".join(filter(str.isalpha, role))
