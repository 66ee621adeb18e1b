"""Says why a pair waits for a person: worked out when it is asked, so that there is nothing to keep in step."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from hub.app.review.evidence import Evidence, evidence_on
from hub.app.review.waiting import Waiting
from hub.app.shared import shared_value
from hub.app.walk import pieces_of
from hub.core.cluster import SIZE_CAP, Held
from hub.core.match import Matcher, evidence_keys
from hub.core.model import SourceRecord
from hub.store.identity import clusters_of
from hub.store.session import Transaction

__all__ = ["Reason", "reasons"]

Pair = tuple[int, int]


class Reason(NamedTuple):
    """Why a pair waits: which kind of case it is, the case itself, and the clusters of rivals, if any."""

    why: str
    because: str
    rivals: tuple[int, ...] = ()
    held: Held | None = None


def reasons(tx: Transaction, matcher: Matcher, waiting: Collection[Waiting]) -> dict[Pair, Reason]:
    """The reason of each pair."""
    link = matcher.model.link
    linking = {(one.a, one.b) for one in waiting if one.weight is not None and one.weight >= link}
    held = _held_back(tx, matcher, linking)
    shown = {record for one in held.values() for record in (one.a, one.b)}
    home = clusters_of(tx, shown)
    told = evidence_on(
        tx, matcher, [*((one.a, one.b) for one in waiting), *((h.a, h.b) for h in held.values())]
    )
    found: dict[Pair, Reason] = {}
    for one in waiting:
        pair = one.a, one.b
        if one.weight is None:
            found[pair] = Reason(
                "contradicting judgements", "judged the same, and kept apart by another judgement"
            )
        elif pair in held:
            rivals = tuple(sorted({home[record] for record in held[pair][1:] if record in home} - one.both))
            found[pair] = _guarded(matcher, told, held[pair], pair, rivals)
        elif pair in told and one.weight < link:
            found[pair] = _weighed(matcher, told[pair], one)
        else:
            found[pair] = Reason("not resolved yet", "a resolution is under way, or was stopped")
    return found


def _held_back(tx: Transaction, matcher: Matcher, linking: Collection[Pair]) -> dict[Pair, Held]:
    """What held back each of some links: their pieces, clustered as they are."""
    if not linking:
        return {}
    pieces = pieces_of(tx, matcher, {record for pair in linking for record in pair})
    return {pair: held for piece in pieces for pair, held in piece.held_back.items() if pair in linking}


def _guarded(
    matcher: Matcher, told: dict[Pair, Evidence], held: Held, pair: Pair, rivals: tuple[int, ...]
) -> Reason:
    if held.guard == "split":
        return Reason(
            "contradicts a judgement", "a link would join customers that a judgement keeps apart", (), held
        )
    if held.guard == "size":
        return Reason("held back", f"together they are more than {SIZE_CAP} records", (), held)
    clash = told[held.a, held.b]
    if held.guard == "too close":
        fits = "a record fits two customers about equally well that clearly are two"
        return Reason("too close to call", f"{fits}: {_called(clash.a)} and {_called(clash.b)}", rivals, held)
    if _is_kind(clash):
        return Reason("held back", "one of the two is a person, and the other an organization", (), held)
    named = f"{_called(clash.a)} and {_called(clash.b)}"
    if {held.a, held.b} == {*pair}:
        return Reason("held back", f"{named} are clearly two people", (), held)
    return Reason("held back", f"their records name {named}, who are clearly two people", (), held)


def _weighed(matcher: Matcher, evidence: Evidence, one: Waiting) -> Reason:
    """The reason of a pair that is under the threshold."""
    link, told = matcher.model.link, evidence.told
    takes = f"{told.weight / 100:.1f} of the {link / 100:.1f} bits a link takes"
    if one.parted:
        return Reason("evidence gone", f"they were one customer until the data changed; now {takes}")
    full = matcher.weight(evidence.a, evidence.b)
    if full >= link and evidence.generic:
        values = "; ".join(_generic(matcher, evidence))
        return Reason(
            "generic value", f"{values}, so it is no evidence; with it, {full / 100:.1f} bits would link them"
        )
    if (
        _is_kind(evidence)
        and told.weight - sum(step.weight for step in told.steps if step.name == "kind") >= link
    ):
        return Reason("held back", "one of the two is a person, and the other an organization")
    against = "" if told.alternative == "strangers" else f"; they may be {_ALTERNATIVE[told.alternative]}"
    return Reason("under the threshold", takes + against)


_ALTERNATIVE = {"household": "two of one household", "colleagues": "two colleagues"}


def _generic(matcher: Matcher, evidence: Evidence) -> Iterator[str]:
    """The values both records have that too many others have as well."""
    both = {*evidence_keys(evidence.a)} & {*evidence_keys(evidence.b)} & evidence.generic
    for key in sorted(both or evidence.generic):
        holder = evidence.a if key in evidence_keys(evidence.a) else evidence.b
        yield f"{shared_value(key, holder)} is shared by more than {matcher.limits.of(key):,} records"


def _is_kind(evidence: Evidence) -> bool:
    return any(step.name == "kind" for step in evidence.told.steps)


def _called(record: SourceRecord) -> str:
    """What a record calls its customer."""
    name = record.han or " ".join(filter(None, (record.given, record.middle, record.family))).title()
    return name or record.organization.title() or "somebody"
