"""Finds, shows, explains, merges and splits customers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.app.clock import as_datetime, iso, micros
from hub.app.resolve import Resolved, Resolver
from hub.core.block import limit
from hub.core.match import Matcher, evidence_keys
from hub.core.merge import check_pin
from hub.core.model import SourceRecord, Verdict, key_of_public_id, public_id, record_key
from hub.core.timeline import timeline
from hub.errors import ConfigError, NotFound
from hub.store.history import interactions_of, orders_of, source_names_of_parties
from hub.store.identity import (
    clusters_of,
    edges_of,
    first_seen_of,
    heirs_of,
    holders,
    judge,
    judgements_of,
    members_of,
    pin,
    retract,
    source_rows,
)
from hub.store.landing import raw_of
from hub.store.profiles import CustomerRow, MemberRow, customer_rows, member_rows, search
from hub.store.session import Store, Transaction

__all__ = ["Customers", "Shown"]


@dataclass(frozen=True, slots=True)
class Shown:
    """One customer with everything known: profile, the records behind it, orders and history."""

    customer_id: str
    profile: dict[str, Any]
    records: list[dict[str, Any]]
    timeline: list[dict[str, Any]]
    orders: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Link:
    """Two records of a customer and why they are one: weight, steps, or a judgement."""

    a: str
    b: str
    weight: float
    """Bits of evidence; the decision is ``weight >= threshold``."""
    threshold: float
    prior: float
    alternative: str
    steps: list[dict[str, Any]]
    judgements: list[dict[str, Any]]


class _Undo(Exception):
    """Raised to roll a preview back."""


@dataclass(frozen=True, slots=True)
class Customers:
    """The verbs of ``hub customers``."""

    store: Store
    matcher: Matcher
    resolver: Resolver

    def search(self, words: str, limit: int = 20) -> list[CustomerRow]:
        """Customers whose name, organization or identifiers contain every word."""
        with self.store.read() as tx:
            return search(tx, words, limit)

    def show(self, customer_id: str, channel_of: Any = None) -> Shown:
        """Everything about one customer, by any id it ever showed."""
        with self.store.read() as tx:
            row = self._find(tx, customer_id)
            members = member_rows(tx, [row.cluster])
            records = [member.record for member in members]
            touches, bought = interactions_of(tx, records), orders_of(tx, records)
            events = source_names_of_parties(tx, [one.record for one in members if one.raw_id is None])
        if channel_of is not None:
            touches = [{**touch, "channel": channel_of(touch)} for touch in touches]
        names = {row["raw_id"]: _source_name(row) for row in (*touches, *bought)}
        moments = timeline(
            [{**touch, "touch": touch["raw_id"]} for touch in touches],
            [{**order, "order": order["raw_id"]} for order in bought],
        )
        return Shown(
            row.customer_id,
            _led_back(json.loads(row.profile), events),
            [_described(member, events) for member in members],
            [
                {
                    "at": iso(as_datetime(moment.at)),
                    "kind": moment.kind,
                    "channel": moment.channel,
                    "title": moment.title,
                    "amount": None if moment.amount is None else moment.amount / 1_000_000,
                    "currency": moment.currency,
                    "raw_record": names[moment.raw_record],
                }
                for moment in moments
            ],
            [
                {
                    "at": iso(as_datetime(order["at"])),
                    "status": order["status"],
                    "amount": order["amount"] / 1_000_000,
                    "currency": order["currency"],
                    "raw_record": _source_name(order),
                }
                for order in bought
            ],
        )

    def explain(self, customer_id: str) -> list[Link]:
        """How a customer came together: the links that hold it, weakest first."""
        with self.store.read() as tx:
            row = self._find(tx, customer_id)
            members = {member.record: member for member in member_rows(tx, [row.cluster])}
            edges = {
                (a, b) for a, b, weight in edges_of(tx, list(members))
                if a < b and b in members and weight >= self.matcher.model.link
            }  # fmt: skip
            for judgement in judgements_of(tx, list(members)):
                if judgement.verdict == "same":
                    left = [key for key, side in judgement.sides if side == 0 and key in members]
                    right = [key for key, side in judgement.sides if side == 1 and key in members]
                    if left and right:
                        edges.add((min(min(left), min(right)), max(min(left), min(right))))
            links = [self._link(tx, members[a], members[b]) for a, b in sorted(edges)]
        return sorted(links, key=lambda link: (link.weight, link.a, link.b))

    def explain_pair(self, one: str, other: str) -> Link:
        """Why two records or customers are the same, or why not: the best pair between them."""
        with self.store.read() as tx:
            left, right = self._members(tx, one), self._members(tx, other)
            pairs = [(a, b) for a in left for b in right if a.record != b.record]
            if not pairs:
                raise ConfigError("a record is the same as itself", step="name two different ones")
            return max((self._link(tx, a, b) for a, b in pairs), key=lambda link: link.weight)

    def merge(
        self, one: str, other: str, *, author: str = "", reason: str = "", dry_run: bool = False
    ) -> tuple[str, Resolved]:
        """Judge two customers to be the same; the id they show from now on.

        A split that kept them apart is taken back: the newest word of a person counts.
        """

        def work(tx: Transaction) -> tuple[set[int], str]:
            a, b = self.customer_of(tx, one), self._customer_of(tx, other)
            if a.cluster == b.cluster:
                raise ConfigError(
                    f"{one} and {other} are the same customer already", where="hub customers merge"
                )
            members = members_of(tx, [a.cluster, b.cluster])
            left, right = set(members[a.cluster]), set(members[b.cluster])
            return _judge(tx, "same", left, right, author, reason), a.customer_id

        return self._rejudge(work, dry_run)

    def split(
        self,
        customer_id: str,
        records: Sequence[str],
        *,
        author: str = "",
        reason: str = "",
        dry_run: bool = False,
    ) -> tuple[str, Resolved]:
        """Judge some records of a customer to be somebody else; the id those show from now on.

        All pairs across the split stay apart, whatever arrives later; what had joined them is taken back.
        """

        def work(tx: Transaction) -> tuple[set[int], str]:
            row = self._find(tx, customer_id)
            members = set(members_of(tx, [row.cluster])[row.cluster])
            leaving = {self._record(tx, name) for name in records}
            strange = leaving - members
            if strange or not leaving or leaving == members:
                raise ConfigError(
                    "these records cannot be split off"
                    if not strange
                    else "not all records are of this customer",
                    where=customer_id,
                    cause="they are all the customer has"
                    if leaving == members
                    else "a name or id is mistaken",
                    step=f"see its records with: hub customers show {customer_id}",
                )
            judged = _judge(tx, "apart", members - leaving, leaving, author, reason)
            return judged, public_id(min(leaving))

        return self._rejudge(work, dry_run)

    def keep_apart(
        self, one: str, other: str, *, author: str = "", reason: str = "", dry_run: bool = False
    ) -> Resolved:
        """Judge two customers to be two, whatever arrives later; what people had joined is taken back."""

        def work(tx: Transaction) -> tuple[set[int], str]:
            a, b = self.customer_of(tx, one), self._customer_of(tx, other)
            if a.cluster == b.cluster:
                raise ConfigError(
                    f"{one} and {other} are one customer",
                    where=a.customer_id,
                    step=f"take records out of it with: hub customers split {a.customer_id} RECORD",
                )
            members = members_of(tx, [a.cluster, b.cluster])
            left, right = set(members[a.cluster]), set(members[b.cluster])
            return _judge(tx, "apart", left, right, author, reason), a.customer_id

        return self._rejudge(work, dry_run)[1]

    def pin(self, customer_id: str, field: str, value: Any, *, author: str = "") -> None:
        """Hold a field of a customer's profile at a value, whatever sources say."""
        check_pin(field, value)
        held = json.dumps(value, ensure_ascii=False)
        with self.store.write() as tx:
            row = self._find(tx, customer_id)
            pin(tx, row.anchor, field, held, author=author, at=micros())
            self.resolver.rejudge(tx, [row.anchor])

    def _rejudge(self, work: Any, dry_run: bool) -> tuple[str, Resolved]:
        shown, resolved = "", Resolved()
        try:
            with self.store.write() as tx:
                records, asked = work(tx)
                resolved = self.resolver.rejudge(tx, records)
                shown = self._find(tx, asked).customer_id
                if dry_run:
                    raise _Undo
        except _Undo:
            pass
        return shown, resolved

    def _find(self, tx: Transaction, customer_id: str) -> CustomerRow:
        """The customer that any id ever shown leads to."""
        key = key_of_public_id(customer_id)
        seen: set[int] = set()
        while key is not None and key not in seen:
            seen.add(key)
            home = clusters_of(tx, [key])
            if home:
                rows = customer_rows(tx, [home[key]])
                if rows:
                    return rows[home[key]]
                break
            key = heirs_of(tx, [key]).get(key)
        known = bool(first_seen_of(tx, list(seen)))
        raise NotFound(
            f"customer {customer_id} is gone" if known else f"there is no customer {customer_id}",
            cause="all its records were deleted in their sources" if known else "a mistyped id",
            step="look it up with: hub customers search NAME",
        )

    def customer_of(self, tx: Transaction, name: str) -> CustomerRow:
        """The customer an id leads to, or the one a record named ``connector/stream/id`` is of."""
        if "/" not in name:
            return self._find(tx, name)
        return self._find(tx, public_id(self._record(tx, name)))

    def _record(self, tx: Transaction, name: str) -> int:
        """The key of a record named ``connector/stream/source id``, or by its permanent id."""
        key = key_of_public_id(name)
        if key is not None and source_rows(tx, [key]):
            return key
        parts = name.split("/", 2)
        if len(parts) == 3:
            key = record_key(*parts)
            if source_rows(tx, [key]):
                return key
            if raw_of(tx, *parts) is not None:
                raise ConfigError(
                    f"{name} is not a customer record", step="name a record of a customer stream"
                )
        raise NotFound(
            f"there is no record {name}",
            cause="a record is named connector/stream/source-id, or by its own permanent id",
            step="see a customer's records with: hub customers show ID",
        )

    def _members(self, tx: Transaction, name: str) -> list[MemberRow]:
        """The one record a name means, or all records of a customer."""
        if "/" in name:
            record = self._record(tx, name)
            home = clusters_of(tx, [record])
            return [member for member in member_rows(tx, list(home.values())) if member.record == record]
        return member_rows(tx, [self._find(tx, name).cluster])

    def _link(self, tx: Transaction, one: MemberRow, other: MemberRow) -> Link:
        a, b = SourceRecord.load(one.record, one.content), SourceRecord.load(other.record, other.content)
        said = {*evidence_keys(a), *evidence_keys(b)}
        full = {key for key, held in holders(tx, said, limit).items() if len(held) > limit(key)}
        told = self.matcher.explain(a, b, full)
        spoken = [
            {
                "verdict": said.verdict,
                "author": said.author,
                "reason": said.reason,
                "at": iso(as_datetime(said.at)),
            }
            for said in judgements_of(tx, [a.key])
            if {a.key, b.key} <= {key for key, _ in said.sides}
            and dict(said.sides)[a.key] != dict(said.sides)[b.key]
        ]
        return Link(
            _member_name(one),
            _member_name(other),
            told.weight / 100,
            self.matcher.model.link / 100,
            told.prior / 100,
            told.alternative,
            [{**step._asdict(), "weight": step.weight / 100} for step in told.steps],
            spoken,
        )


def _judge(
    tx: Transaction, verdict: Verdict, left: set[int], right: set[int], author: str, reason: str
) -> set[int]:
    """Write a judgement between two sets of records and take back what said the opposite; all its records."""
    contrary = [
        judgement.id
        for judgement in judgements_of(tx, list(left | right))
        if judgement.verdict != verdict and _crosses(judgement.sides, left, right)
    ]
    retract(tx, contrary, micros())
    sides = dict.fromkeys(left, 0) | dict.fromkeys(right, 1)
    judge(tx, verdict, sides, author=author, reason=reason, at=micros())
    return left | right


def _crosses(sides: Sequence[tuple[int, int]], left: set[int], right: set[int]) -> bool:
    """Whether a judgement holds records of both sets on different sides."""
    on = {side: {key for key, its in sides if its == side} for _, side in sides}
    return any(on[one] & left and on[other] & right for one in on for other in on if one != other)


def _led_back(profile: dict[str, Any], events: Mapping[int, str]) -> dict[str, Any]:
    """The profile with parties replaced by the first event that names each."""
    first = {public_id(record): name for record, name in events.items()}
    origins = [[*where, first.get(source_id, source_id)] for *where, source_id in profile.get("origins", [])]
    return {**profile, "origins": origins}


def _described(member: MemberRow, events: Mapping[int, str]) -> dict[str, Any]:
    return {
        "record": _member_name(member),
        "id": public_id(member.record),
        "connector": member.connector,
        "stream": member.stream,
        "source_id": member.source_id or events.get(member.record, ""),
        "fields": json.loads(member.fields),
    }


def _member_name(member: MemberRow) -> str:
    if member.raw_id is not None:
        return f"{member.connector}/{member.stream}/{member.source_id}"
    return public_id(member.record)


def _source_name(row: Mapping[str, Any]) -> str:
    return f"{row['connector']}/{row['stream']}/{row['source_id']}"
