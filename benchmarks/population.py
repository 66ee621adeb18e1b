"""A generated company's customers, seeded: who they are is known, what the sources say of them is not clean.

Households share a roof, a family name and sometimes a telephone; colleagues share an employer, a switchboard
and a role mailbox; people are misspelt, go by nicknames, swap their names, write in characters or in
pinyin, move, and have two mailboxes; half of what each source knows is missing; many records are only the
party of a mail or an order. How often each happens stands in ``benchmarks.rates``. Fields are canonical and raw,
as a connector would land them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Final

from pypinyin import lazy_pinyin

from benchmarks.datasets import Labelled
from benchmarks.names import CHINESE_FAMILY, CITIES, ENGLISH_FAMILY, GIVEN, HAN_CITIES, HAN_GIVEN, NICKNAMES
from benchmarks.rates import RATES

__all__ = ["population"]

STREETS: Final = "Oak Maple Church Station Park Victoria Mill Queen High River Lake Hill Garden Green".split()
STREET_TYPES: Final = "Street Road Avenue Lane Drive Place".split()
HAN_STREETS: Final = "中山 人民 解放 建设 和平 新华 长江 黄河 南京 北京 文化 学府 科技 滨江 朝阳 胜利".split()
COMPANY_WORDS: Final = """acme vertex orbit lumen harbor cedar summit beacon quantum stellar nova apex pioneer
granite falcon ember delta coral maple zenith atlas matrix fusion echo""".split()
COMPANY_TRADES: Final = "Systems Foods Logistics Textiles Energy Media Motors Pharma Tools Trading".split()
HAN_COMPANY: Final = "华 信 达 通 盛 远 恒 瑞 嘉 宏 鼎 泰 博 科 创 汇 德 金 新 天".split()
HAN_TRADES: Final = "科技 贸易 机械 电子 食品 物流 服饰 医药 传媒 能源".split()
FREE: Final = ("gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com")
HAN_FREE: Final = ("qq.com", "163.com", "126.com", "sina.com", "foxmail.com")
SOURCES: Final = ("web", "mail", "social", "erp", "order")


SYLLABLES: Final = (
    "ka ro mi ten dor vel sha lin bru go na ri zet pol mar wick ham ber sen ov ko tz sky ga".split()
)


class Shares:
    """Names to draw by their shares."""

    def __init__(self, shares: Mapping[str, float]) -> None:
        self.names = list(shares)
        self.upto = list(accumulate(shares.values()))

    def draw(self, random: Random) -> str:
        return random.choices(self.names, cum_weights=self.upto)[0]


FAMILIES: Final = Shares(ENGLISH_FAMILY)
GIVENS: Final = Shares({name: GIVEN[name] for name in list(GIVEN)[: list(GIVEN).index("wei")]})
FAMILIES_HAN: Final = Shares({han: share for han, (_, share) in CHINESE_FAMILY.items()})
GIVENS_HAN: Final = Shares(HAN_GIVEN)
GIVEN_CHARACTERS: Final = "".join(HAN_GIVEN)
SHORT_FORMS: Final = {group[0]: group[1:] or group for group in reversed(NICKNAMES)}
CITY_NAMES: Final = {
    chinese: Shares(
        {
            HAN_CITIES.get(city, city): share
            for city, share in CITIES.items()
            if (city in HAN_CITIES) == chinese
        }
    )
    for chinese in (False, True)
}


@dataclass(slots=True)
class Company:
    id: str
    name: str
    legal: str
    domain: str
    switchboard: str
    city: str
    street: str
    postal_code: str
    chinese: bool


@dataclass(slots=True)
class Person:
    id: str
    given: str
    family: str
    han: str
    emails: list[str]
    mobile: str
    landline: str
    handle: str
    street: str
    city: str
    postal_code: str
    company: Company | None
    old_address: tuple[str, str, str] | None


def population(rows: int, seed: int = 20261121) -> list[Labelled]:
    """About ``rows`` records of a company's customers, in random order."""
    random = Random(seed)
    companies = [_company(random, i) for i in range(max(2, rows // 40))]
    people: list[Person] = []
    records: list[Labelled] = []
    while len(records) < rows:
        household = _household(random, len(people), companies)
        people += household
        for person in household:
            for _ in range(random.choices((1, 2, 3, 4, 5), (40, 30, 18, 8, 4))[0]):
                fields = _person_record(random, person)
                records.append(Labelled(f"r{len(records)}", person.id, fields))
    for company in companies:
        for _ in range(random.choice((0, 1, 1, 2, 3))):
            records.append(Labelled(f"r{len(records)}", company.id, _company_record(random, company)))
    random.shuffle(records)
    return records[:rows]


def _happens(random: Random, what: str) -> bool:
    return random.random() < RATES[what]


def _rare(random: Random, part: str) -> str:
    """For some, a name nobody else is likely to have."""
    if not _happens(random, f"an English {part} name is unheard of"):
        return ""
    return "".join(random.choices(SYLLABLES, k=random.choice((2, 3))))


def _household(random: Random, first: int, companies: list[Company]) -> list[Person]:
    chinese = _happens(random, "a household is Chinese")
    size = random.choices((1, 2, 3, 4), (62, 22, 10, 6))[0]
    street, city, code = _address(random, chinese)
    family_han = FAMILIES_HAN.draw(random)
    family = CHINESE_FAMILY[family_han][0] if chinese else _rare(random, "family") or FAMILIES.draw(random)
    landline = _landline(random, chinese) if _happens(random, "a household has a landline") else ""
    members: list[Person] = []
    for place in range(size):
        if chinese:
            if place and _happens(random, "a Chinese member has a family name of their own"):
                family_han = FAMILIES_HAN.draw(random)
                family = CHINESE_FAMILY[family_han][0]
            given_han = GIVENS_HAN.draw(random)
            if _happens(random, "a Chinese given name is of two characters at random"):
                given_han = "".join(random.sample(GIVEN_CHARACTERS, 2))
            given, han = "".join(lazy_pinyin(given_han)), family_han + given_han
        else:
            given, han = _rare(random, "given") or GIVENS.draw(random), ""
        if any(given == other.given for other in members):
            continue
        works = _happens(random, "a person works for a company, if it speaks their language")
        company = random.choice(companies) if works else None
        if company is not None and company.chinese != chinese:
            company = None
        old = _address(random, chinese) if _happens(random, "a person has moved") else None
        number = first + len(members)
        members.append(
            Person(
                f"p{number}", given, family, han,
                _mailboxes(random, given, family, company, chinese, number), _mobile(random, chinese), landline,
                f"{random.choice(('mastodon', 'weibo', 'x'))}:{given}{family}{number % 9973}",
                street, city, code, company, old,
            )
        )  # fmt: skip
    return members


def _person_record(random: Random, person: Person) -> dict[str, object]:
    source = random.choices(SOURCES, (30, 20, 12, 25, 13))[0]
    if source == "mail":
        return _party(random, person, named=_happens(random, "a mail names its sender"))
    if source == "order":
        return _party(random, person, named=_happens(random, "an order names its buyer"))
    fields: dict[str, object] = _names(random, person)
    if source == "social":
        fields["handles"] = [person.handle]
        if _happens(random, "a social profile shows a mailbox"):
            fields["emails"] = [random.choice(person.emails)]
        if _happens(random, "a social profile shows a city"):
            fields["city"] = person.city
        return fields
    if _happens(random, "a form or ERP record has a mailbox of the person"):
        fields["emails"] = [_typed(random, random.choice(person.emails), "a typo in a mailbox")]
    elif person.company is not None and _happens(random, "one without it has its company's role mailbox"):
        fields["emails"] = [f"{random.choice(('info', 'sales'))}@{person.company.domain}"]
    if _happens(random, "a form or ERP record has a phone"):
        fields["phones"] = [_shown_phone(random, _telephone(random, person, source))]
    if source == "erp" or _happens(random, "a form has an address, as every ERP record"):
        street, city, code = person.street, person.city, person.postal_code
        if person.old_address is not None and _happens(random, "an address of a mover is the old one"):
            street, city, code = person.old_address
        fields |= {"street": _typed(random, street, "a typo in a street"), "city": city, "postal_code": code}
    if person.company is not None and _happens(random, "a form or ERP record names the employer"):
        fields["organization"] = random.choice((person.company.name, person.company.legal))
    return fields


def _telephone(random: Random, person: Person, source: str) -> str:
    erp = source == "erp" and person.company is not None
    if erp and _happens(random, "a phone in the ERP is the company's switchboard"):
        return person.company.switchboard
    if person.landline and _happens(random, "a phone is the landline of the household"):
        return person.landline
    return person.mobile


def _party(random: Random, person: Person, *, named: bool) -> dict[str, object]:
    """The other side of a mail or an order: an address or a number, at times with a name."""
    fields: dict[str, object] = _names(random, person) if named else {}
    if _happens(random, "a mail or an order is of a mailbox, not a phone"):
        fields["emails"] = [random.choice(person.emails)]
    else:
        fields["phones"] = [_shown_phone(random, person.mobile)]
    return fields


def _company_record(random: Random, company: Company) -> dict[str, object]:
    fields: dict[str, object] = {"organization": random.choice((company.name, company.legal))}
    if random.random() < 0.7:
        fields["emails"] = [f"{random.choice(('info', 'sales', 'office'))}@{company.domain}"]
    if random.random() < 0.6:
        fields["phones"] = [company.switchboard]
    if random.random() < 0.7:
        fields |= {"city": company.city, "street": company.street, "postal_code": company.postal_code}
    return fields


def _names(random: Random, person: Person) -> dict[str, object]:
    if person.han:
        if _happens(random, "a Chinese name is in characters, not in pinyin"):
            return {"full_name": person.han}
        family, given = person.family.title(), person.given.title()
        return {"full_name": random.choice((f"{family} {given}", f"{given} {family}"))}
    given, family = person.given, person.family
    dice = random.random()
    group = SHORT_FORMS.get(given)
    if (
        dice < (nickname := RATES["a nickname stands for the given name, or an initial, if there is none"])
        and group
    ):
        given = random.choice(group)
    elif dice < nickname + RATES["an initial stands for the given name all the same"]:
        given = given[0]
    given = _typed(random, given, "a typo in the given name")
    family = _typed(random, family, "a typo in the family name")
    if _happens(random, "given and family name are swapped"):
        given, family = family, given
    if _happens(random, "both names are in one field"):
        return {"full_name": f"{given} {family}".title()}
    return {"given_name": given.title(), "family_name": family.title()}


def _typed(random: Random, text: str, what: str) -> str:
    """The text as typed: at times one letter is wrong, missing, doubled or transposed."""
    if len(text) < 3 or not _happens(random, what):
        return text
    at = random.randrange(1, len(text) - 1)
    letter = random.choice("abcdefghijklmnopqrstuvwxyz")
    return random.choice(
        (
            text[:at] + letter + text[at + 1 :],
            text[:at] + text[at + 1 :],
            text[:at] + text[at] + text[at:],
            text[:at] + text[at + 1] + text[at] + text[at + 2 :],
        )
    )


def _mailboxes(
    random: Random, given: str, family: str, company: Company | None, chinese: bool, number: int
) -> list[str]:
    boxes: list[str] = []
    tag = random.choice(("", "", str(number % 89), str(1950 + number % 55)))
    shapes = (
        f"{given}.{family}{tag}",
        f"{given[0]}{family}{tag}",
        f"{family}{given}{tag}",
        f"{given}{number}",
    )
    if chinese and random.random() < 0.5:
        boxes.append(f"{100_000_000 + number * 7919 % 899_999_999}@qq.com")
    else:
        # The mailbox is made unlike any other person's: two people never truly share a personal one.
        boxes.append(f"{random.choice(shapes[:3])}{number}@{random.choice(HAN_FREE if chinese else FREE)}")
    if company is not None:
        boxes.append(f"{given}.{family}{number}@{company.domain}")
    elif _happens(random, "a person without a company has a second mailbox"):
        boxes.append(f"{random.choice(shapes)}x{number}@{random.choice(HAN_FREE if chinese else FREE)}")
    return boxes


def _company(random: Random, number: int) -> Company:
    chinese = _happens(random, "a company is Chinese")
    street, city, code = _address(random, chinese)
    if chinese:
        name = "".join(random.sample(HAN_COMPANY, 3)) + random.choice(HAN_TRADES)
        legal = f"{name}有限公司"
    else:
        word = random.choice(COMPANY_WORDS) + random.choice(SYLLABLES)
        name = f"{word.title()} {random.choice(COMPANY_TRADES)}"
        legal = f"{name} {random.choice(('Ltd', 'Inc.', 'GmbH', 'LLC'))}"
    domain = f"{''.join(lazy_pinyin(name)).lower().replace(' ', '')}{number}.{'cn' if chinese else 'com'}"
    return Company(f"c{number}", name, legal, domain, _landline(random, chinese), city, street, code, chinese)


def _address(random: Random, chinese: bool) -> tuple[str, str, str]:
    city = CITY_NAMES[chinese].draw(random)
    if chinese:
        street = f"{random.choice(HAN_STREETS)}{random.choice('东西南北中')}路{random.randint(1, 999)}号"
    else:
        street = (
            f"{random.randint(1, 300)} {random.choice(STREETS)}{random.choice(SYLLABLES)} "
            f"{random.choice(STREET_TYPES)}"
        )
    return street, city, str(random.randint(10000, 99999) * (10 if chinese else 1))


def _mobile(random: Random, chinese: bool) -> str:
    if chinese:
        return f"+861{random.choice('35789')}{random.randint(10**8, 10**9 - 1)}"
    return f"+1{random.choice((212, 312, 415, 617, 206))}{random.randint(2, 9)}{random.randint(10**5, 10**6 - 1)}"


def _landline(random: Random, chinese: bool) -> str:
    return (
        f"+86{random.choice((10, 21))}{random.randint(6 * 10**7, 9 * 10**7)}"
        if chinese
        else _mobile(random, False)
    )


def _shown_phone(random: Random, phone: str) -> str:
    return (
        phone
        if _happens(random, "a phone is written without blanks")
        else f"{phone[:3]} {phone[3:6]}-{phone[6:]}"
    )
