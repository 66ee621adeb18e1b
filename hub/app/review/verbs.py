"""What a person can do about the pairs that wait: decide them, put them off, and take it back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hub.app.attribution import Question
from hub.app.clock import as_datetime, iso, micros
from hub.app.customers import Customers, Effect
from hub.app.customers.find import customer_named, record_named
from hub.app.resolve import Resolved
from hub.app.review.shown import OpenPair, names_of, open_pairs
from hub.app.review.waiting import WINDOW, between, contents_of, queue
from hub.core.model import public_id
from hub.errors import ConfigError, NotFound
from hub.store.judgements import judge, judgement_rows, list_judgements, retract
from hub.store.review import Skip, judged_sides, put_skip

__all__ = ["PLAIN", "Accepted", "Review"]

PLAIN = ("under the threshold", "evidence gone")
"""Why a pair may wait and yet be accepted in bulk; what a guard held back is looked at one by one."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What accepting in bulk did, or would do."""

    pairs: tuple[OpenPair, ...]
    resolved: Resolved


@dataclass(frozen=True, slots=True)
class Review:
    """The verbs of ``hub review``."""

    customers: Customers

    def pairs(self, limit: int = 20) -> list[OpenPair]:
        """The pairs that wait, one for every two customers, most valuable first (``review.waiting``)."""
        matcher = self.customers.matcher
        with self.customers.store.read() as tx:
            return open_pairs(tx, matcher, queue(tx, matcher, limit))

    def same(
        self, one: str, other: str, *, author: str = "", reason: str = "", dry_run: bool = False,
        question: Question | None = None,
    ) -> tuple[str, Effect]:  # fmt: skip
        """Judge a pair to be one customer; the id it shows from now on, and what it changes.

        Two records of one customer are confirmed: they stay one, whatever becomes of the evidence.
        """
        if not dry_run and (known := self._confirm(one, other, author, reason)) is not None:
            return known
        told = {"author": author, "reason": reason}
        return self.customers.merge(one, other, **told, dry_run=dry_run, question=question)

    def apart(self, one: str, other: str, *, author: str = "", reason: str = "") -> Effect:
        """Judge a pair to be two customers, so that it is not asked about again."""
        return self.customers.keep_apart(one, other, author=author, reason=reason)

    def skip(self, one: str, other: str, *, author: str = "", reason: str = "") -> int:
        """Put a pair off until its weight or a record of the two customers changes; its number in the list."""
        with self.customers.store.write() as tx:
            tx.take_turn()
            left, right = customer_named(tx, one).cluster, customer_named(tx, other).cluster
            found = between(tx, self.customers.matcher, left, right) if left != right else None
            if found is None:
                raise ConfigError(
                    f"nothing is to be decided between {one} and {other}",
                    where="hub review skip",
                    cause="they are one customer, or have too little in common to be asked about",
                    step="see what waits with: hub review",
                )
            known = Skip(found.weight, contents_of(tx, left, right))
            return put_skip(tx, found.a, found.b, known, author=author, reason=reason, at=micros())

    def acceptable(self, above: float, limit: int) -> list[OpenPair]:
        """The pairs that bulk accepting takes: of ``above`` bits or more, and held back by nothing but the threshold.

        Each customer is in one of them at most, so that nothing is joined but what was shown; what is left
        waits for the next time.
        """
        taken: set[str] = set()
        found: list[OpenPair] = []
        for pair in self.pairs(max(limit, WINDOW)):
            both = {pair.one.customer_id, pair.other.customer_id}
            fits = pair.why in PLAIN and pair.weight is not None and pair.weight >= above
            if fits and taken.isdisjoint(both) and len(found) < limit:
                taken |= both
                found.append(pair)
        return found

    def accept(self, pairs: Iterable[OpenPair], *, author: str = "", reason: str = "") -> Accepted:
        """Judge each of some pairs, shown before, to be one customer; those decided meanwhile are left out."""
        done: list[OpenPair] = []
        total = Resolved()
        for pair in pairs:
            try:
                _, resolved = self.same(
                    pair.one.customer_id, pair.other.customer_id, author=author, reason=reason
                )
            except ConfigError:  # somebody was quicker
                continue
            done.append(pair)
            total += resolved
        return Accepted(tuple(done), total)

    def judgements(self) -> list[dict[str, Any]]:
        """Every judgement ever made, newest first, with the records of each side; what was put off, too."""
        with self.customers.store.read() as tx:
            listed = list_judgements(tx)
            sides = judged_sides(tx, [one["id"] for one in listed])
            names = names_of(tx, {record for its in sides.values() for record, _ in its})
        return [
            {
                "id": one["id"],
                "verdict": one["verdict"],
                "author": one["author"],
                "reason": one["reason"],
                "at": iso(as_datetime(one["at"])),
                "retracted_at": None
                if one["retracted_at"] is None
                else iso(as_datetime(one["retracted_at"])),
                "sides": [
                    [names.get(record, public_id(record)) for record, its in sides[one["id"]] if its == side]
                    for side in (0, 1)
                ],
            }
            for one in listed
        ]

    def _confirm(self, one: str, other: str, author: str, reason: str) -> tuple[str, Effect] | None:
        """Write down that two records are rightly one customer; nothing, where they are not, or are no records."""
        if "/" not in one or "/" not in other:
            return None
        with self.customers.store.write() as tx:
            tx.take_turn()
            a, b = record_named(tx, one), record_named(tx, other)
            home = customer_named(tx, one)
            if a == b or home.cluster != customer_named(tx, other).cluster:
                return None
            number = judge(tx, "same", {a: 0, b: 1}, author=author, reason=reason, at=micros())
            self.customers.resolver.rejudge(tx, [a, b])
            return home.customer_id, Effect(judgement=number)

    def retract(self, numbers: Iterable[int]) -> dict[int, Effect]:
        """Take judgements back, the newest first: all is as if they had never been made, and they stay in the list."""
        numbers = sorted(set(numbers), reverse=True)
        with self.customers.store.write() as tx:
            found = judgement_rows(tx, numbers)
            for number in numbers:
                _check_in_force(number, found.get(number))
            put_off = [number for number in numbers if found[number]["verdict"] == "skip"]
            retract(tx, put_off, micros())
        return {
            number: Effect(judgement=number) if number in put_off else self.customers.take_back(number)
            for number in numbers
        }


def _check_in_force(number: int, found: dict[str, Any] | None) -> None:
    step = "see the judgements with: hub review list"
    if found is None:
        raise NotFound(f"there is no judgement {number}", where="hub review retract", step=step)
    if found["retracted_at"] is not None:
        raise ConfigError(f"{number} was taken back already", where="hub review retract", step=step)
