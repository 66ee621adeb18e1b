"""Merges, splits, keeps apart and takes back: a person's judgements about customers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from hub.app.attribution import Question, Rules
from hub.app.clock import micros
from hub.app.customers.effect import Effect, changes, credit_changes, scene
from hub.app.customers.find import customer, customer_named, record_named
from hub.core.model import AttributionModel, Verdict, public_id
from hub.errors import ConfigError
from hub.store.identity import clusters_of, members_of
from hub.store.judgements import (
    judge,
    judgement_rows,
    judgements_of,
    restore,
    retract,
    said_at,
    taken_back_at,
)
from hub.store.profiles import customer_rows
from hub.store.review import judged_sides
from hub.store.session import Store, Transaction

if TYPE_CHECKING:
    from hub.app.recompute import Change
    from hub.app.resolve import Resolved, Resolver

__all__ = ["Judge", "Work", "apart", "same", "split_off", "taken_back"]


class Said(NamedTuple):
    """What was written down: the records it is about, whose customer to show, and the judgements it moved."""

    records: set[int]
    asked: str
    number: int
    cause: str
    taken_back: tuple[int, ...] = ()
    restored: tuple[int, ...] = ()
    sides: tuple[frozenset[int], ...] = ()
    """Of a merge that is taken back: the records that should no longer be one customer for its sake."""


Work = Callable[[Transaction], Said]


class _Undo(Exception):
    """Raised to roll a preview back."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Writes judgements down, recomputes what hangs on them, and tells what that changes."""

    store: Store
    resolver: Resolver
    rules: Rules
    models: Callable[[], Mapping[str, AttributionModel]]

    def decide(self, work: Work, *, dry_run: bool, question: Question | None) -> tuple[str, Effect]:
        """The id to show from now on, and the effect; with a ``question``, also on history and credit.

        With ``dry_run`` all of it happens, is looked at, and is rolled back.
        """
        shown, effect = "", Effect()
        try:
            with self.store.write() as tx:
                tx.take_turn()  # from here on, what others see is what was before
                said = work(tx)
                resolved, labels = self._rejudge(tx, said.records, said.cause)
                together = self._still_one(tx, said)
                shown = customer(tx, said.asked).customer_id if said.asked else ""
                effect = Effect(
                    resolved.records, resolved.customers, resolved.merges, resolved.splits,
                    said.number, said.taken_back, said.restored, together,
                )  # fmt: skip
                if question is not None:
                    effect = self._measured(tx, effect, labels, question)
                if dry_run:
                    raise _Undo
        except _Undo:
            pass
        return shown, effect

    def _rejudge(self, tx: Transaction, records: set[int], cause: str) -> tuple[Resolved, set[int]]:
        """Recompute; the clusters that were touched, by their names before and after."""
        labels: set[int] = set()

        def watch(change: Change) -> None:
            labels.update(change.before.values(), change.after.values())

        worker = replace(self.resolver, profiler=self.resolver.profiler.because(cause, watch))
        resolved = worker.rejudge(tx, records)
        return resolved, labels | set(clusters_of(tx, records).values())

    def _measured(self, tx: Transaction, effect: Effect, labels: set[int], question: Question) -> Effect:
        with self.store.read() as past:
            before = scene(past, labels, question, self.rules, self.models)
        after = scene(tx, labels, question, self.rules, self.models)
        return replace(
            effect,
            changes=changes(before, after),
            model=question.models[0],
            credit=credit_changes(before, after),
        )

    def _still_one(self, tx: Transaction, said: Said) -> str:
        """The customer that both sides of a merge taken back still are, by their data."""
        one, other = (set(clusters_of(tx, list(side)).values()) for side in said.sides or ((), ()))
        rows = customer_rows(tx, one & other)
        return min((row.customer_id for row in rows.values()), default="")


def same(one: str, other: str, *, author: str = "", reason: str = "") -> Work:
    """That two customers are one."""

    def work(tx: Transaction) -> Said:
        a, b = customer_named(tx, one), customer_named(tx, other)
        if a.cluster == b.cluster:
            raise ConfigError(f"{one} and {other} are the same customer already", where="hub customers merge")
        members = members_of(tx, [a.cluster, b.cluster])
        return _say(tx, "same", members[a.cluster], members[b.cluster], a.customer_id, author, reason)

    return work


def split_off(customer_id: str, records: Sequence[str], *, author: str = "", reason: str = "") -> Work:
    """That some records of a customer are somebody else."""

    def work(tx: Transaction) -> Said:
        row = customer(tx, customer_id)
        members = set(members_of(tx, [row.cluster])[row.cluster])
        leaving = {record_named(tx, name) for name in records}
        strange = leaving - members
        if strange or not leaving or leaving == members:
            raise ConfigError(
                "not all records are of this customer" if strange else "these records cannot be split off",
                where=customer_id,
                cause="they are all the customer has" if leaving == members else "a name or id is mistaken",
                step=f"see its records with: hub customers show {customer_id}",
            )
        return _say(tx, "apart", members - leaving, leaving, public_id(min(leaving)), author, reason)

    return work


def apart(one: str, other: str, *, author: str = "", reason: str = "") -> Work:
    """That two customers are two."""

    def work(tx: Transaction) -> Said:
        a, b = customer_named(tx, one), customer_named(tx, other)
        if a.cluster == b.cluster:
            raise ConfigError(
                f"{one} and {other} are one customer",
                where=a.customer_id,
                step=f"take records out of it with: hub customers split {a.customer_id} RECORD",
            )
        members = members_of(tx, [a.cluster, b.cluster])
        return _say(tx, "apart", members[a.cluster], members[b.cluster], a.customer_id, author, reason)

    return work


def taken_back(number: int) -> Work:
    """That a judgement holds no more: all is as if it had never been made, what it had taken back included."""

    def work(tx: Transaction) -> Said:
        found = judgement_rows(tx, [number]).get(number)
        if found is None or found["retracted_at"] is not None:
            raise ConfigError(
                f"there is no judgement {number}" if found is None else f"{number} was taken back already",
                where="hub review retract",
                step="see the judgements with: hub review list",
            )
        moment, verdict = found["at"], found["verdict"]
        mine = judged_sides(tx, [number])[number]
        records = {record for record, _ in mine}
        sides = [frozenset(record for record, its in mine if its == side) for side in (0, 1)]
        if verdict == "same":
            _nothing_later(tx, number, sides)
        left_over = [one for one in said_at(tx, moment) if one != number] if verdict == "apart" else []
        restored = taken_back_at(tx, moment, but=verdict)
        retract(tx, [number, *left_over], micros())
        restore(tx, restored)
        also = judged_sides(tx, [*left_over, *restored]).values()
        return Said(
            records.union(*({record for record, _ in its} for its in also)), "", number, f"judgement {number} taken back",
            restored=tuple(restored), sides=tuple(sides) if verdict == "same" else (),
        )  # fmt: skip

    return work


def _say(
    tx: Transaction, verdict: Verdict, left: Sequence[int] | set[int], right: Sequence[int] | set[int],
    asked: str, author: str, reason: str,
) -> Said:  # fmt: skip
    """Write a judgement between two sets of records, and take back what said the opposite.

    All of it bears one moment, by which it is undone together. Of a merge that is split, what it says of
    the records on either side of the split holds on.
    """
    left, right, at = set(left), set(right), micros()
    contrary = [
        one for one in judgements_of(tx, list(left | right))
        if one.verdict != verdict and _crosses(one.sides, left, right)
    ]  # fmt: skip
    retract(tx, [one.id for one in contrary], at)
    sides = dict.fromkeys(left, 0) | dict.fromkeys(right, 1)
    number = judge(tx, verdict, sides, author=author, reason=reason, at=at)
    for one in contrary if verdict == "apart" else ():
        for part in (left, right):
            rest = {record: side for record, side in one.sides if record in part}
            if len(set(rest.values())) == 2:
                judge(tx, "same", rest, author=one.author, reason=one.reason, at=at)
    return Said(left | right, asked, number, f"judgement {number}", tuple(one.id for one in contrary))


def _nothing_later(tx: Transaction, number: int, sides: Sequence[frozenset[int]]) -> None:
    """Raise when a later merge was made of what this one had made: nothing says whose its records would be."""
    later = [
        one.id for one in judgements_of(tx, list(sides[0] | sides[1]))
        if one.verdict == "same" and one.id > number
        and any(all(side & {key for key, its in one.sides if its == place} for side in sides) for place in (0, 1))
    ]  # fmt: skip
    if later:
        order = [*sorted(later, reverse=True), number]
        raise ConfigError(
            f"judgement {number} cannot be taken back before {', '.join(map(str, order[:-1]))}",
            where="hub review retract",
            cause="a later merge was made of the customer this one had made",
            step=", then ".join(f"hub review retract {one}" for one in order),
        )


def _crosses(sides: Sequence[tuple[int, int]], left: set[int], right: set[int]) -> bool:
    """Whether a judgement holds records of both sets on different sides."""
    on = {side: {key for key, its in sides if its == side} for _, side in sides}
    return any(on[one] & left and on[other] & right for one in on for other in on if one != other)
