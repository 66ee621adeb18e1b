"""The profile of one customer: a pure function of its records, the rules and what people pinned.

Whatever order the records come in, the profile is the same to the byte; it holds no value that no
record holds and nobody pinned; and consent never widens: one denial outweighs any grant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, Literal, cast

from hub.core.merge.offers import ADDRESS, SEVERAL, Groups, Member, displayed_name, offers
from hub.core.merge.rules import DEFAULTS, RULES, UNION
from hub.core.model import Candidate, Profile, ProfileValue, SurvivorshipRule
from hub.errors import ConfigError, PluginError

__all__ = ["check", "merge"]

PINNED = "pinned"
RESTRICTIVE = "most-restrictive"

Rules = Mapping[str, SurvivorshipRule]
Choices = Mapping[str, str | Sequence[str]]


def merge(
    customer_id: str,
    members: Sequence[Member],
    *,
    rules: Rules = RULES,
    choices: Choices = DEFAULTS,
    pins: Mapping[str, Any] | None = None,
) -> Profile:
    """The profile of the customer ``members`` are records of.

    ``choices`` names the rule, or the chain of rules, of a field; what it leaves out goes by
    ``DEFAULTS``. ``pins`` are values people settled on, by field: they outrank every rule, and a
    pinned empty text hides a field. The values a profile does not show stay with it, in ``others``.
    """
    members = sorted(members, key=lambda member: (-member.modified_at, member.priority, member.key))
    fields: dict[str, ProfileValue] = {}
    for field, groups in offers(members).items():
        if field.startswith("consent."):
            fields[field] = _restrictive(groups)
            continue
        chain = _chain(field, choices)
        ranked = _ranked(field, groups, chain, rules)
        fields[field] = _chosen(ranked, ", ".join(chain), keep_all=field in SEVERAL or UNION in chain)
        if field == "full_name":
            fields |= _name_parts(ranked[0], members, fields[field])
    kind = _kind(members)
    if kind == "organization" and "full_name" not in fields and "organization" in fields:
        fields["full_name"] = _first(fields["organization"])
    if pins:
        fields = _pinned(fields, pins)
    if "addresses" in fields:
        fields = {**_flat(fields["addresses"]), **fields}
    return Profile(
        customer_id,
        kind,
        {field: fields[field] for field in sorted(fields)},
        tuple(sorted(member.key for member in members)),
    )


def check(choices: Choices, rules: Rules = RULES) -> None:
    """Raise unless every rule ``choices`` names exists."""
    for field in choices:
        for name in _chain(field, choices):
            _rule(name, field, rules)


def _kind(members: Sequence[Member]) -> Literal["person", "organization"]:
    """An organization only when no record names or marks a person and one names an organization."""
    records = [member.record for member in members]
    if any(record.has_name or record.birth_date or record.national_id for record in records):
        return "person"
    return "organization" if any(record.organization for record in records) else "person"


def _chain(field: str, choices: Choices) -> tuple[str, ...]:
    family = "custom" if field.startswith("custom.") else field
    choice = choices.get(field) or choices.get(family) or DEFAULTS[family]
    return (choice,) if isinstance(choice, str) else tuple(choice)


def _rule(name: str, field: str, rules: Rules) -> SurvivorshipRule:
    if name in rules:
        return rules[name]
    near = get_close_matches(name, rules, n=1)
    raise ConfigError(
        f"there is no survivorship rule {name!r}{f' (did you mean {near[0]}?)' if near else ''}",
        where=f"[hub.survivorship] {field}",
        step=f"write one of {', '.join(sorted(rules))}",
    )


def _ranked(field: str, groups: Groups, chain: Sequence[str], rules: Rules) -> list[list[Candidate]]:
    """The groups of a field, best first; rules see every candidate, spelled as its group is shown."""
    if len(groups) == 1:
        return list(groups.values())
    functions = [(name, _rule(name, field, rules)) for name in chain]
    if field == "addresses":
        groups = _fullest(groups)
    given = [
        (replace(candidate, value=group[0].value), group) for group in groups.values() for candidate in group
    ]
    given.sort(key=lambda pair: (-pair[0].modified_at, pair[0].priority, pair[0].key))
    group_of = {id(candidate): group for candidate, group in given}
    ranked = [candidate for candidate, _ in given]
    for name, function in reversed(functions):
        ranked = _applied(function, name, ranked)
        if not group_of.keys() >= {id(candidate) for candidate in ranked}:
            raise PluginError(
                f"the survivorship rule {name!r} returned a candidate it was not given", step=_REPORT
            )
    # A rule that drops candidates only ranks them last: nothing offered is lost.
    order = [group_of[id(candidate)] for candidate in [*ranked, *(candidate for candidate, _ in given)]]
    best = list({id(group): group for group in order}.values())
    if field == "addresses":
        best.sort(key=lambda group: "street" not in group[0].value)
    return best


def _applied(function: SurvivorshipRule, name: str, candidates: list[Candidate]) -> list[Candidate]:
    try:
        return list(function(list(candidates)))
    except Exception as error:
        raise PluginError(
            f"the survivorship rule {name!r} failed: {type(error).__name__}", step=_REPORT
        ) from error


_REPORT = "report it to the plugin's author, or choose another rule in [hub.survivorship]"


def _chosen(ranked: Sequence[list[Candidate]], rule: str, *, keep_all: bool) -> ProfileValue:
    best, *others = [group[0] for group in ranked]
    if not others:
        value = [best.value] if keep_all else best.value
        return ProfileValue(value, rule, best.connector, best.stream, best.source_id)
    value = [best.value, *(other.value for other in others)] if keep_all else best.value
    lost = tuple((other.value, other.connector, other.stream, other.source_id) for other in others)
    return ProfileValue(value, rule, best.connector, best.stream, best.source_id, lost)


def _restrictive(groups: Groups) -> ProfileValue:
    return _chosen([groups[stated] for stated in sorted(map(str, groups))], RESTRICTIVE, keep_all=False)


def _fullest(groups: Groups) -> Groups:
    """Addresses without those that only say a part of what another says."""
    known = [(cast("tuple[str, ...]", equal_by), group) for equal_by, group in groups.items()]
    return {parts: group for parts, group in known if not any(_is_part(parts, fuller) for fuller, _ in known)}


def _is_part(parts: tuple[str, ...], fuller: tuple[str, ...]) -> bool:
    pairs = zip(parts, fuller, strict=True)
    return parts != fuller and all(part in ("", known) for part, known in pairs)


def _first(shown: ProfileValue) -> ProfileValue:
    """The value alone where a rule kept several; no other field of the hub holds a list."""
    value: Any = shown.value
    return replace(shown, value=value[0]) if isinstance(value, list) else shown


def _name_parts(
    group: Sequence[Candidate], members: Sequence[Member], name: ProfileValue
) -> dict[str, ProfileValue]:
    """Given and family name as written by a record whose name won, never one from here and one from there."""
    by_key = {member.key: member for member in members}
    found: dict[str, ProfileValue] = {}
    for part in ("given_name", "family_name"):
        for candidate in group:
            if value := str(by_key[candidate.key].fields.get(part) or "").strip():
                origin = (candidate.connector, candidate.stream, candidate.source_id)
                found[part] = ProfileValue(value, name.rule, *origin)
                break
    return found


def _flat(addresses: ProfileValue) -> dict[str, ProfileValue]:
    """The parts of the first address as fields of their own."""
    first = cast("Mapping[str, Any]", addresses.value[0] if addresses.value else {})
    origin = (addresses.connector, addresses.stream, addresses.source_id)
    return {part: ProfileValue(first[part], addresses.rule, *origin) for part in ADDRESS if part in first}


def _pinned(fields: Mapping[str, ProfileValue], pins: Mapping[str, Any]) -> dict[str, ProfileValue]:
    """The fields with what people settled on in front of what records say."""
    merged = dict(fields)
    if "full_name" in pins:  # the parts of another name would contradict it
        merged = {field: merged[field] for field in merged if field not in ("given_name", "family_name")}
    elif "given_name" in pins and "family_name" in pins:
        pins = {**pins, "full_name": displayed_name(pins)}
    return merged | {field: _pin(field, value, fields.get(field)) for field, value in pins.items()}


def _pin(field: str, value: Any, before: ProfileValue | None) -> ProfileValue:
    lost: list[tuple[Any, str, str, str]] = []
    if before:
        kept_all = field in SEVERAL or UNION in before.rule.split(", ")
        first = before.value[0] if kept_all else before.value
        lost = [(first, before.connector, before.stream, before.source_id), *before.others]
    if field not in SEVERAL:
        return ProfileValue(value, PINNED, "", "", "", tuple(one for one in lost if one[0] != value))
    pinned = cast("list[Any]", value) if isinstance(value, list) else [value] if value else []
    lost = [one for one in lost if one[0] not in pinned]
    return ProfileValue([*pinned, *(one[0] for one in lost)], PINNED, "", "", "", tuple(lost))
