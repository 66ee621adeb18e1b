"""Companies as an ERP, a CRM and web forms write them, generated and seeded, whose truth is known.

Each company has one name in full; a record writes it with another legal form or none, in short, with an
abbreviation, an article, a branch in brackets or a slip, and knows some of its address, switchboard,
mailbox and tax id. One in twenty-five shares its first word, door and switchboard with a sister that is a
customer of its own. The rates are ours, made up; nothing that ships was learnt from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from pypinyin import lazy_pinyin

from benchmarks.datasets import Labelled
from benchmarks.names import CITIES, ENGLISH_FAMILY, HAN_CITIES
from benchmarks.odd_sets import mistyped
from benchmarks.population import HAN_COMPANY, HAN_STREETS, STREETS, SYLLABLES

__all__ = ["companies"]

TRADES: Final = (
    "Systems|Foods|Logistics|Energy|Media|Motors|Trading|Consulting Group|Dental Clinic|Medical Center|Manufacturing"
    "|Plumbing and Heating|Building Services|International|Insurance Services|Technologies|Design Studio|Hotel"
    "|Freight International|Tool Manufacturing|Restaurant|Marketing Associates|Garden Center|Packaging Company"
).split("|")
FORMS: Final = (
    ("Inc.", "Inc", "Incorporated", "INC."),
    ("LLC", "L.L.C.", "Llc"),
    ("Ltd", "Ltd.", "Limited"),
    ("GmbH", "GmbH & Co. KG"),
    ("Corporation", "Corp.", "Corp"),
    ("",),
)
SHORT: Final = {
    "International": ("Intl", "Int'l", "Intl."),
    "Manufacturing": ("Mfg", "Mfg."),
    "Brothers": ("Bros", "Bros."),
    "Services": ("Svcs", "Services"),
    "Associates": ("Assoc.", "Assoc"),
    "Center": ("Ctr", "Centre"),
    "Company": ("Co", "Co."),
    "Technologies": ("Tech",),
}
ORDINALS: Final = {
    "1st": "First",
    "2nd": "Second",
    "3rd": "Third",
    "5th": "Fifth",
    "7th": "Seventh",
    "9th": "Ninth",
}
SIDES: Final = {"North": "N.", "South": "S.", "East": "E", "West": "W."}
ROADS: Final = {"Street": "St", "Avenue": "Ave.", "Road": "Rd", "Boulevard": "Blvd."}
HAN_TRADE: Final = "科技 贸易 电子科技 食品 物流 医疗器械 信息技术 建筑工程 服饰 机械设备".split()
HAN_FORMS: Final = ("有限公司", "有限责任公司", "股份有限公司", "", "集团有限公司")


@dataclass(frozen=True, slots=True)
class Company:
    """A company as it truly is."""

    words: tuple[str, ...]
    """Of a Chinese one: its city, what it calls itself, its trade."""
    form: int
    city: str
    house: str
    road: tuple[str, str, str]
    """Side, name and kind; of a Chinese one its name alone."""
    code: str
    phones: tuple[str, ...]
    domain: str
    tax_id: str

    @property
    def chinese(self) -> bool:
        """Whether it writes itself in Chinese characters."""
        return not self.words[0].isascii()


def companies(count: int = 1500, seed: int = 1) -> list[Labelled]:
    """Records of so many companies, in random order."""
    random = Random(seed)
    all_of_them: list[Company] = []
    while len(all_of_them) < count:
        all_of_them.append(made := _company(random))
        if random.random() < 0.04:
            all_of_them.append(_sister(random, made))
    rows: list[Labelled] = []
    for number, company in enumerate(all_of_them[:count]):
        for _ in range(random.choice((1, 1, 2, 3))):
            rows.append(Labelled(f"r{len(rows)}", f"c{number}", _said(random, company)))
    random.shuffle(rows)
    return rows


def _company(random: Random) -> Company:
    chinese = random.random() < 0.3
    towns = [town for town in CITIES if (town in HAN_CITIES) == chinese]
    town = random.choices(towns, [CITIES[one] for one in towns])[0]
    if chinese:
        city = HAN_CITIES[town]
        words = (city, "".join(random.sample(HAN_COMPANY, 2)), random.choice(HAN_TRADE))
        phones = (
            f"+8610{random.randint(6 * 10**7, 9 * 10**7)}",
            f"+8610{random.randint(6 * 10**7, 9 * 10**7)}",
        )
        road, box = ("", random.choice(HAN_STREETS), "路"), "".join(lazy_pinyin(words[1]))
    else:
        city, words = town.title(), (*_called(random), *random.choice(TRADES).split())
        phones = tuple(
            [
                f"+1 {random.randint(201, 989)}-{random.randint(200, 999)}-{random.randint(0, 9999):04}"
                for _ in "ab"
            ]
        )
        name = random.choice(list(ORDINALS)) if random.random() < 0.2 else random.choice(STREETS)
        side = random.choice(list(SIDES)) if random.random() < 0.25 else ""
        road, box = (side, name, random.choice(list(ROADS))), words[0].lower()
    return Company(
        words, random.randrange(len(FORMS)), city, str(random.randint(1, 2500)), road,
        f"{random.randint(10000, 99999)}{random.randint(0, 9) if chinese else ''}", phones,
        f"{box}{''.join(random.choices(SYLLABLES, k=3))}.{'com' if not chinese else 'cn'}", f"{random.randint(10**8, 10**9)}",
    )  # fmt: skip


def _called(random: Random) -> tuple[str, ...]:
    """The words that tell a company from others of its trade."""
    kind = random.random()
    coined = "".join(random.choices(SYLLABLES, k=random.choice((2, 3)))).title()
    founder = random.choice(list(ENGLISH_FAMILY)).title()
    if kind < 0.5:
        return (coined,)
    if kind < 0.65:
        return founder, random.choice(("Brothers", "and Sons"))
    return (founder,) if kind < 0.8 else (random.choice(STREETS), coined)


def _sister(random: Random, company: Company) -> Company:
    """Another company of the same owner at the same door, behind the same switchboard."""
    other = _company(random)
    while other.chinese != company.chinese or other.words[-1] == company.words[-1]:
        other = _company(random)
    first = company.words[:2] if company.chinese else company.words[:1]
    return Company(
        (*first, *other.words[2 if company.chinese else 1 :]), other.form, company.city, company.house, company.road,
        company.code, company.phones, company.domain, other.tax_id,
    )  # fmt: skip


def _said(random: Random, company: Company) -> dict[str, object]:
    """What one record says of a company: its name, and some of the rest."""
    fields: dict[str, object] = {
        "organization": (_chinese_name if company.chinese else _name)(random, company)
    }
    moved = random.random() < 0.08  # a record of another site
    if random.random() < 0.75:
        fields["city"] = company.city
        if random.random() < 0.8:
            fields["street"] = (
                f"{random.randint(1, 2500)} {random.choice(STREETS)} St"
                if moved
                else _street(random, company)
            )
            if random.random() < 0.6 and not moved:
                fields["postal_code"] = company.code
    if random.random() < 0.6:
        fields["phones"] = [random.choices(company.phones, (0.85, 0.15))[0]]
    if random.random() < 0.5:
        box = random.choice(
            ("info", "sales", "office", *[random.choice(list(ENGLISH_FAMILY)) for _ in range(3)])
        )
        fields["emails"] = [f"{box}@{company.domain}"]
    if random.random() < 0.25:
        fields["tax_id"] = company.tax_id
    return fields


def _name(random: Random, company: Company) -> str:
    words = [
        random.choice(SHORT[word]) if word in SHORT and random.random() < 0.3 else word
        for word in company.words
    ]
    if len(words) > 2 and random.random() < 0.12:
        words.pop()
    if len(words) == 2 and random.random() < 0.03:
        words.reverse()
    name = " ".join(words)
    if random.random() < 0.5:
        name = name.replace(" and ", " & ")
    if random.random() < 0.07:
        name = mistyped(random, name)
    if random.random() < 0.65:
        name = f"{name} {random.choice(FORMS[company.form])}".strip()
    if random.random() < 0.06:
        name = random.choice((f"The {name}", f"{name}, The"))
    if random.random() < 0.05:
        name += f" ({company.city})"
    return name.upper() if random.random() < 0.15 else name


def _chinese_name(random: Random, company: Company) -> str:
    city, called, trade = company.words
    form = HAN_FORMS[company.form % len(HAN_FORMS)] if random.random() < 0.75 else ""
    return random.choices(
        (
            f"{city}{called}{trade}{form}",
            f"{city}市{called}{trade}{form}",
            f"{called}（{city}）{trade}{form}",
            f"{called}{trade}{form}",
            f"{called}{trade[:2]}",
        ),
        (0.5, 0.1, 0.1, 0.2, 0.1),
    )[0]


def _street(random: Random, company: Company) -> str:
    side, name, kind = company.road
    if company.chinese:
        return f"{name}路{company.house}号"
    name = ORDINALS.get(name, name) if random.random() < 0.5 else name
    side = SIDES[side] if side and random.random() < 0.5 else side
    return f"{company.house} {side} {name} {ROADS[kind] if random.random() < 0.5 else kind}".replace(
        "  ", " "
    )
