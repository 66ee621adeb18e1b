"""The profile of one customer: a pure function of its records, the rules and what people pinned.

Whatever order the records come in, the profile is the same to the byte; it holds no value that no
record holds and nobody pinned; and consent never widens: one denial outweighs any grant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Literal, NamedTuple, cast

from hub.core.merge.offers import ADDRESS, SEVERAL, Member, Offer, displayed_name, grouped, offers
from hub.core.merge.rank import Chain, newest_first, ranked
from hub.core.merge.rules import AS_THEY_COME, DEFAULTS, RULES, UNION
from hub.core.model import Profile, ProfileValue, SurvivorshipRule
from hub.errors import ConfigError

__all__ = ["Survivorship", "check", "merge"]

PINNED = "pinned"
RESTRICTIVE = "most-restrictive"
REMEMBERED = 1000
"""Fields whose choice is made once; the names of custom fields are without end."""

Rules = Mapping[str, SurvivorshipRule]
Choices = Mapping[str, str | Sequence[str]]


class Choice(NamedTuple):
    """How the value of one field is chosen."""

    chain: Chain | None
    """The rules to which values that come newest first leave something to do.

    ``None`` for consent, which leaves nothing to choose: the most restrictive wins.
    """
    rule: str
    """The chain as a profile shows it."""
    keep_all: bool


class Survivorship:
    """The rules in force, and which of them each field goes by.

    ``choices`` names the rule, or the chain of rules, of a field; what it leaves out goes by ``DEFAULTS``.
    """

    def __init__(self, rules: Rules = RULES, choices: Choices = DEFAULTS) -> None:
        self.rules = rules
        self.choices = choices
        self._made: dict[str, Choice] = {}

    def merge(
        self, customer_id: str, members: Sequence[Member], pins: Mapping[str, Any] | None = None
    ) -> Profile:
        """The profile of the customer ``members`` are records of.

        ``pins`` are values people settled on, by field: they outrank every rule, and a pinned empty
        text hides a field. The values a profile does not show stay with it, in ``others``.
        """
        return self.merge_all([(customer_id, members, pins)])[0]

    def merge_all(
        self, customers: Sequence[tuple[str, Sequence[Member], Mapping[str, Any] | None]]
    ) -> list[Profile]:
        """The profiles of many customers, each by its id, members and pins, one step after the other."""
        members = [sorted(its, key=newest_first) if len(its) > 1 else its for _, its, _ in customers]
        named = [any(member.record.has_name for member in its) for its in members]
        found = [offers(its, named=told) for its, told in zip(members, named, strict=True)]
        fields = [self._fields(offered) for offered in found]
        return [
            _profile(customer_id, its, told, chosen, pins)
            for (customer_id, _, pins), its, told, chosen in zip(
                customers, members, named, fields, strict=True
            )
        ]

    def _fields(self, found: Mapping[str, list[Offer]]) -> dict[str, ProfileValue]:
        """What the rules choose of what is offered."""
        fields: dict[str, ProfileValue] = {}
        for field, offered in found.items():
            choice = self._made.get(field) or self._choice(field)
            # one offer leaves nothing to choose, as in most fields of most customers
            best_first = [offered] if len(offered) == 1 else ranked(field, grouped(offered), choice.chain)
            fields[field] = _chosen(best_first, choice)
            if field == "full_name":
                fields |= _name_parts(best_first[0], choice.rule)
        return fields

    def _choice(self, field: str) -> Choice:
        if field.startswith("consent."):
            choice = Choice(None, RESTRICTIVE, keep_all=False)
        else:
            chain = _chain(field, self.choices)
            keep_all = field in SEVERAL or UNION in chain
            choice = Choice(_at_work(field, chain, self.rules), ", ".join(chain), keep_all)
        if len(self._made) < REMEMBERED:
            self._made[field] = choice
        return choice


def merge(
    customer_id: str,
    members: Sequence[Member],
    *,
    rules: Rules = RULES,
    choices: Choices = DEFAULTS,
    pins: Mapping[str, Any] | None = None,
) -> Profile:
    """The profile of one customer; for many under the same rules, make a ``Survivorship`` once."""
    return Survivorship(rules, choices).merge(customer_id, members, pins)


def check(choices: Choices, rules: Rules = RULES) -> None:
    """Raise unless every rule ``choices`` names exists."""
    for field in choices:
        for name in _chain(field, choices):
            _rule(name, field, rules)


def _profile(
    customer_id: str,
    members: Sequence[Member],
    named: bool,
    fields: dict[str, ProfileValue],
    pins: Mapping[str, Any] | None,
) -> Profile:
    """The profile with the fields chosen, and what follows from them and from pins."""
    kind = "person" if named else _kind(members)
    if kind == "organization" and "full_name" not in fields and "organization" in fields:
        fields = {**fields, "full_name": _first(fields["organization"])}
    if pins:
        fields = _pinned(fields, pins)
    if "addresses" in fields:
        fields = _flat(fields["addresses"]) | fields
    return Profile(customer_id, kind, fields, tuple(sorted([member.key for member in members])))


def _kind(members: Sequence[Member]) -> Literal["person", "organization"]:
    """Of records that name no person: an organization when one names one and none marks a person."""
    records = [member.record for member in members]
    if any(record.birth_date or record.national_id for record in records):
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


def _at_work(field: str, chain: Sequence[str], rules: Rules) -> Chain:
    """The rules of a chain without those at its end that leave values as they come: newest first."""
    named = [(name, _rule(name, field, rules)) for name in chain]
    while named and named[-1][1] in AS_THEY_COME:
        named.pop()
    return tuple(named)


def _chosen(ranked: Sequence[Sequence[Offer]], choice: Choice) -> ProfileValue:
    _, value, by = ranked[0][0]
    if len(ranked) == 1:
        shown = [value] if choice.keep_all else value
        return ProfileValue(shown, choice.rule, by.connector, by.stream, by.source_id)
    others = tuple([(lost, its.connector, its.stream, its.source_id) for (_, lost, its), *_ in ranked[1:]])
    shown = [value, *[lost for lost, *_ in others]] if choice.keep_all else value
    return ProfileValue(shown, choice.rule, by.connector, by.stream, by.source_id, others)


def _first(shown: ProfileValue) -> ProfileValue:
    """The value alone where a rule kept several; no other field of the hub holds a list."""
    value: Any = shown.value
    return shown._replace(value=value[0]) if isinstance(value, list) else shown


def _name_parts(group: Sequence[Offer], rule: str) -> dict[str, ProfileValue]:
    """Given and family name as written by a record whose name won, never one from here and one from there."""
    found: dict[str, ProfileValue] = {}
    for part in ("given_name", "family_name"):
        for _, _, by in group:
            if part in by.fields and (value := str(by.fields[part] or "").strip()):
                found[part] = ProfileValue(value, rule, by.connector, by.stream, by.source_id)
                break
    return found


def _flat(addresses: ProfileValue) -> dict[str, ProfileValue]:
    """The parts of the first address as fields of their own."""
    first = cast("Mapping[str, Any]", addresses.value[0] if addresses.value else {})
    chosen = addresses[1:5]  # by which rule, from which record
    return {part: ProfileValue(first[part], *chosen) for part in ADDRESS if part in first}


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
