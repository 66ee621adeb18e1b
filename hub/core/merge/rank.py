"""Ranks what is offered for one field, best first, by a chain of survivorship rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from hub.core.merge.offers import Groups, Member, Offer
from hub.core.model import Candidate, SurvivorshipRule
from hub.errors import PluginError

__all__ = ["Chain", "newest_first", "ranked"]

Chain = tuple[tuple[str, SurvivorshipRule], ...]
"""Rules by name, of which a later one decides what the earlier ones left even."""


def ranked(field: str, groups: Groups, chain: Chain | None) -> list[list[Offer]]:
    """The groups of a field, best first."""
    if chain is None:
        return [groups[stated] for stated in sorted(map(str, groups))]
    known = _fullest(groups) if field == "addresses" else groups
    best = list(known.values())
    if chain and len(best) > 1:
        best = _by_rules(best, chain)
    if field == "addresses":
        best.sort(key=lambda group: "street" not in group[0][1])
    return best


def newest_first(member: Member) -> tuple[int, int, int]:
    """Sorts records newest first, then most trusted, then by key."""
    return -member.modified_at, member.priority, member.key


def _by_rules(groups: Sequence[list[Offer]], chain: Chain) -> list[list[Offer]]:
    """Groups as the rules rank them, which see every candidate, spelled as its group is shown."""
    offered = [(member, group) for group in groups for _, _, member in group]
    offered.sort(key=lambda one: newest_first(one[0]))
    given = [_candidate(group[0][1], member) for member, group in offered]
    group_of = {id(candidate): group for candidate, (_, group) in zip(given, offered, strict=True)}
    best = given
    for name, function in reversed(chain):
        best = _applied(function, name, best)
        if not all(id(candidate) in group_of for candidate in best):
            raise PluginError(
                f"the survivorship rule {name!r} returned a candidate it was not given", step=_REPORT
            )
    # A rule that drops candidates only ranks them last: nothing offered is lost.
    order = [group_of[id(candidate)] for candidate in [*best, *given]]
    return list({id(group): group for group in order}.values())


def _candidate(value: Any, by: Member) -> Candidate:
    return Candidate(value, by.key, by.connector, by.stream, by.source_id, by.modified_at, by.priority)


def _applied(function: SurvivorshipRule, name: str, candidates: list[Candidate]) -> list[Candidate]:
    try:
        return list(function(list(candidates)))
    except Exception as error:
        raise PluginError(
            f"the survivorship rule {name!r} failed: {type(error).__name__}", step=_REPORT
        ) from error


_REPORT = "report it to the plugin's author, or choose another rule in [hub.survivorship]"


def _fullest(groups: Groups) -> Groups:
    """Addresses without those that only say a part of what another says."""
    known = [(cast("tuple[str, ...]", equal_by), group) for equal_by, group in groups.items()]
    return {parts: group for parts, group in known if not any(_is_part(parts, fuller) for fuller, _ in known)}


def _is_part(parts: tuple[str, ...], fuller: tuple[str, ...]) -> bool:
    pairs = zip(parts, fuller, strict=True)
    return parts != fuller and all(part in ("", known) for part, known in pairs)
