"""Odd sets of customers, generated and seeded, whose truth is known: what training must not be misled by.

Each is one row of a table: how people are named, which fields are known, how many copies there are of a
person, and how badly they are typed. They are for measuring training against the shipped model and for
tests; nothing that ships was learnt from them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from pypinyin import lazy_pinyin

from benchmarks.datasets import Labelled
from benchmarks.names import CHINESE_FAMILY, CITIES, ENGLISH_FAMILY, GIVEN, HAN_CITIES, HAN_GIVEN
from benchmarks.population import (
    COMPANY_TRADES,
    COMPANY_WORDS,
    HAN_COMPANY,
    HAN_STREETS,
    HAN_TRADES,
    STREET_TYPES,
    STREETS,
    SYLLABLES,
)

__all__ = ["ODD", "Odd", "mistyped", "odd_set"]

EVERYTHING: Final = ("name", "email", "phone", "city", "street", "birth_date")
POLISH: Final = (
    "Stanisław Małgorzata Łukasz Zbigniew Agnieszka Wojciech Katarzyna Krzysztof Żaneta Paweł".split()
)
POLISH_ROOTS: Final = "Wiśniew Kowal Zieliń Woźnia Szymań Dąbrow Kozłow Jankow Mazur Krawcz Piotrow".split()
RUSSIAN: Final = "Александр Мария Дмитрий Екатерина Сергей Ольга Андрей Татьяна Алексей Наталья".split()
RUSSIAN_ROOTS: Final = "Иван Смирн Кузнец Попов Василь Петр Сокол Михайл Нови Фёдор Мороз Волк".split()


@dataclass(frozen=True, slots=True)
class Odd:
    """One odd set: whom it is of, what is known of them, and how."""

    people: int
    fields: tuple[str, ...] = EVERYTHING
    kind: str = "English"
    copies: tuple[int, ...] = (1, 1, 1, 2, 3)
    """How many records there are of a person, one of these."""
    typos: float = 0.05
    """The chance that a value is mistyped."""
    missing: float = 0.25
    """The chance that a field other than the first is empty."""
    cities: int = 30


ODD: Final = {
    "name and city": Odd(1500, ("name", "city"), missing=0.0),
    "name and city, once each": Odd(1500, ("name", "city"), copies=(1,), missing=0.0),
    "name and three cities": Odd(1500, ("name", "city"), missing=0.0, cities=3),
    "Chinese": Odd(1000, kind="Chinese"),
    "Chinese, name and city": Odd(1000, ("name", "city"), kind="Chinese", missing=0.0),
    "Polish": Odd(1000, kind="Polish"),
    "Russian": Odd(1000, kind="Russian"),
    "organizations": Odd(1000, ("organization", "email", "phone", "city"), kind="organizations"),
    "organizations, name and city": Odd(1000, ("organization", "city"), kind="organizations", missing=0.0),
    "once each": Odd(1500, copies=(1,)),
    "ten times each": Odd(150, copies=(8, 10, 12)),
    "badly typed": Odd(1000, typos=0.3),
    "names alone": Odd(800, ("name",), missing=0.0),
    "mailboxes alone": Odd(800, ("email",), missing=0.0),
    "telephones alone": Odd(800, ("phone",), missing=0.0),
    "name and birth date": Odd(1500, ("name", "birth_date"), missing=0.0),
    "tiny": Odd(130),
    "small": Odd(300),
    "small, name and birth date": Odd(300, ("name", "birth_date"), missing=0.0),
}


def odd_set(odd: Odd, seed: int = 1) -> list[Labelled]:
    """The records of an odd set, in random order."""
    random = Random(seed)
    draw = _ORGANIZATION if odd.kind == "organizations" else _PERSON
    rows: list[Labelled] = []
    for number in range(odd.people):
        whole = {name: draw[name](random, odd, number) for name in draw}
        whole["email"] = _mailbox(random, odd, whole, number)
        for _ in range(random.choice(odd.copies)):
            rows.append(Labelled(f"r{len(rows)}", f"p{number}", _said(random, odd, whole)))
    random.shuffle(rows)
    return rows


def _said(random: Random, odd: Odd, whole: dict[str, str]) -> dict[str, object]:
    """What one record says of somebody: some fields are missing, some mistyped."""
    fields: dict[str, object] = {}
    for place, name in enumerate(odd.fields):
        if place and random.random() < odd.missing:
            continue
        for part, value in _parts(name, whole[name]):
            fields[part] = mistyped(random, value) if random.random() < odd.typos else value
    return {
        {"email": "emails", "phone": "phones"}.get(name, name): [value]
        if name in ("email", "phone")
        else value
        for name, value in fields.items()
    }


def _parts(name: str, value: str) -> list[tuple[str, str]]:
    if name != "name":
        return [(name, value)]
    given, _, family = value.partition(" ")
    return [("given_name", given), ("family_name", family)] if family else [("full_name", value)]


def mistyped(random: Random, value: str) -> str:
    """One character changed, dropped, doubled or transposed."""
    if len(value) < 3:
        return value
    at = random.randrange(len(value) - 1)
    like = "0123456789" if value[at].isdigit() else "abcdefghijklmnopqrstuvwxyz"
    return random.choice(
        (
            value[:at] + random.choice(like) + value[at + 1 :],
            value[:at] + value[at + 1 :],
            value[:at] + value[at] + value[at:],
            value[:at] + value[at + 1] + value[at] + value[at + 2 :],
        )
    )


def _name(random: Random, odd: Odd, number: int) -> str:
    if odd.kind == "Chinese":
        family = random.choices(list(CHINESE_FAMILY), [share for _, share in CHINESE_FAMILY.values()])[0]
        return family + _weighted(random, HAN_GIVEN)
    if odd.kind == "Polish":
        return f"{random.choice(POLISH)} {random.choice(POLISH_ROOTS)}{random.choice(('ski', 'czyk', 'ek', 'owicz'))}"
    if odd.kind == "Russian":
        return f"{random.choice(RUSSIAN)} {random.choice(RUSSIAN_ROOTS)}{random.choice(('ов', 'енко', 'ский', 'ин'))}"
    rare = "".join(random.choices(SYLLABLES, k=3)).title()
    return f"{_weighted(random, GIVEN).title()} {rare if random.random() < 0.5 else _weighted(random, ENGLISH_FAMILY).title()}"


def _organization(random: Random, odd: Odd, number: int) -> str:
    if random.random() < 0.3:
        return "".join(random.sample(HAN_COMPANY, 3)) + random.choice(HAN_TRADES) + "有限公司"
    word = random.choice(COMPANY_WORDS) + random.choice(SYLLABLES)
    return f"{word.title()} {random.choice(COMPANY_TRADES)} {random.choice(('Ltd', 'Inc.', 'GmbH'))}"


def _mailbox(random: Random, odd: Odd, whole: dict[str, str], number: int) -> str:
    if odd.kind == "organizations":
        return f"info@{''.join(lazy_pinyin(whole['organization'][:9])).lower().replace(' ', '')}{number}.com"
    name = "".join(lazy_pinyin(whole["name"])).lower().replace(" ", random.choice(("", ".")))
    name = name if name.isascii() else "user"
    return f"{name}{number}@{random.choice(('gmail.com', 'qq.com', 'outlook.com'))}"


def _city(random: Random, odd: Odd, number: int) -> str:
    towns = [town for town in CITIES if (town in HAN_CITIES) == (odd.kind == "Chinese")][: odd.cities]
    town = random.choices(towns, [CITIES[town] for town in towns])[0]
    return HAN_CITIES[town] if town in HAN_CITIES else town.title()


def _street(random: Random, odd: Odd, number: int) -> str:
    if odd.kind == "Chinese":
        return f"{random.choice(HAN_STREETS)}路{random.randint(1, 999)}号"
    return f"{random.randint(1, 300)} {random.choice(STREETS)} {random.choice(STREET_TYPES)}"


def _phone(random: Random, odd: Odd, number: int) -> str:
    return f"+861{random.choice('35789')}{random.randint(10**8, 10**9 - 1)}"


def _birth_date(random: Random, odd: Odd, number: int) -> str:
    return f"{random.randint(1940, 2005)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"


def _weighted(random: Random, shares: dict[str, float]) -> str:
    return random.choices(list(shares), list(shares.values()))[0]


Draw = Callable[[Random, Odd, int], str]
_PERSON: Final[dict[str, Draw]] = {
    "name": _name, "city": _city, "street": _street, "phone": _phone, "birth_date": _birth_date,
}  # fmt: skip
_ORGANIZATION: Final[dict[str, Draw]] = {"organization": _organization, "city": _city, "phone": _phone}
