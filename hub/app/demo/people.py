"""The people of the demo: who there is, and the difficult cases a newcomer should see decided.

Nobody here exists. Mailboxes lie under the reserved ``example`` domains and foreign phones in ranges kept
for fiction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from hub.app.demo.dice import Dice

__all__ = ["CAST", "PLACEHOLDER", "Person", "population"]

PLACEHOLDER = "13800138000"
"""The phone number people in China type when they do not want to give theirs."""
CROWD = 196


@dataclass(frozen=True, slots=True)
class Person:
    """One person as they are, before any system writes down its part of them."""

    number: int
    given: str
    family: str
    han: str = ""
    """Simplified Chinese, family name first."""
    traditional: str = ""
    nickname: str = ""
    email: str = ""
    mobile: str = ""
    landline: str = ""
    street: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = "CN"
    organization: str = ""
    handle: str = ""
    """``network:name``."""
    tells_handle: bool = False
    """Whether they also write their handle into forms."""

    @property
    def latin(self) -> str:
        """The name in Latin letters, given name first."""
        return f"{self.given} {self.family}"

    @property
    def name(self) -> str:
        """The name as they write it themselves."""
        return self.han or self.latin


_HOME: dict[str, Any] = {
    "street": "文三路 478 号 3 幢 1201 室",
    "city": "杭州",
    "region": "浙江",
    "postal_code": "310012",
}
_MILLERS: dict[str, Any] = {
    "landline": "+44 161 496 0182", "street": "18 Rosemary Close", "city": "Manchester", "region": "",
    "postal_code": "M20 2AB", "country": "GB",
}  # fmt: skip
_TRADERS: dict[str, Any] = {
    "email": "info@huaxin-trade.example", "organization": "华信贸易有限公司", "street": "人民路 88 号",
    "city": "宁波", "region": "浙江", "postal_code": "315000",
}  # fmt: skip

CAST: dict[str, Person] = {
    "zhang_wei": Person(
        1, "Wei", "Zhang", "张伟", "張偉", email="wei.zhang1986@example.com", mobile="13955521407",
        handle="wechat:zhangwei_tea", tells_handle=True, **_HOME,
    ),
    "wang_jianguo": Person(
        2, "Jianguo", "Wang", "王建国", email="wangjianguo@example.net", mobile="13655520932",
        landline="021-55501876", street="衡山路 9 弄 5 号 602 室", city="上海", region="上海", postal_code="200031",
    ),
    "wang_lijuan": Person(
        3, "Lijuan", "Wang", "王丽娟", email="lijuan.w@example.com", mobile="13755526618",
        landline="021-55501876", street="衡山路 9 弄 5 号 602 室", city="上海", region="上海", postal_code="200031",
    ),
    "robert_miller": Person(
        4, "Robert", "Miller", nickname="Bob", email="bob.miller@example.org", mobile="+44 7700 900118",
        handle="mastodon:bobmiller@social.example", tells_handle=True, **_MILLERS,
    ),
    "susan_miller": Person(
        5, "Susan", "Miller", email="susan.miller@example.org", mobile="+44 7700 900119", **_MILLERS,
    ),
    "liu_yang": Person(6, "Yang", "Liu", "刘洋", mobile="13555523301", **_TRADERS),
    "zhao_min": Person(7, "Min", "Zhao", "赵敏", mobile="13555527845", **_TRADERS),
    "sun_lei": Person(8, "Lei", "Sun", "孙磊", mobile="13555529012", **_TRADERS),
    "chen_jing": Person(
        9, "Jing", "Chen", "陈静", email="chenjing.gz@example.com", mobile=PLACEHOLDER, city="广州",
        region="广东", postal_code="510000",
    ),
    "huang_tao": Person(
        10, "Tao", "Huang", "黄涛", email="huangtao77@example.net", mobile=PLACEHOLDER, city="成都",
        region="四川", postal_code="610000",
    ),
    "lin_xia": Person(
        11, "Xia", "Lin", "林霞", email="linxia@example.org", mobile=PLACEHOLDER, city="厦门",
        region="福建", postal_code="361000",
    ),
    "first_wang_fang": Person(
        12, "Fang", "Wang", "王芳", email="wangfang.bj@example.com", mobile="13155524410", city="北京",
        region="北京", postal_code="100020",
    ),
    "other_wang_fang": Person(
        13, "Fang", "Wang", "王芳", email="fangfang0611@example.net", mobile="13255528093", city="北京",
        region="北京", postal_code="100081",
    ),
}  # fmt: skip
"""The cases: one person under three spellings, two households, a shared mailbox, a placeholder phone,
and two people of one name in one city."""

_SURNAMES = (
    "李 Li,王 Wang,张 Zhang 張,刘 Liu 劉,陈 Chen 陳,杨 Yang 楊,赵 Zhao 趙,黄 Huang 黃,周 Zhou,吴 Wu 吳,徐 Xu,孙 Sun 孫,"
    "马 Ma 馬,朱 Zhu,胡 Hu,郭 Guo,何 He,高 Gao,林 Lin,罗 Luo 羅,梁 Liang,宋 Song,郑 Zheng 鄭,谢 Xie 謝,韩 Han 韓,唐 Tang"
)
_GIVEN = (
    "浩然 Haoran,欣怡 Xinyi,子轩 Zixuan 子軒,雨桐 Yutong,志强 Zhiqiang 志強,晓燕 Xiaoyan 曉燕,建华 Jianhua 建華,美玲 Meiling,"
    "文博 Wenbo,思远 Siyuan 思遠,海燕 Haiyan,国栋 Guodong 國棟,嘉怡 Jiayi,宇航 Yuhang,秀兰 Xiulan 秀蘭,明哲 Mingzhe,"
    "佳琪 Jiaqi,鹏飞 Pengfei 鵬飛,诗涵 Shihan 詩涵,俊杰 Junjie,晨曦 Chenxi,立新 Lixin,婷婷 Tingting,大勇 Dayong"
)
_GIVEN_EN = (
    "Alice,Benjamin Ben,Charlotte,Daniel Dan,Eleanor,Frederick Fred,Grace,Henry,Isabel,Jonathan Jon,Katherine Kate,"
    "Lawrence,Margaret Maggie,Nicholas Nick,Olivia,Patricia Pat,Rebecca Becky,Samuel Sam,Theodore Ted,Victoria Vicky"
)
_FAMILY_EN = "Abbott,Barlow,Carver,Dalton,Ellison,Fletcher,Grayson,Holloway,Ingram,Jarvis,Kendrick,Langley,Mercer,Norwood"
_PLACES = (
    ("杭州", "浙江", "310000"), ("上海", "上海", "200000"), ("北京", "北京", "100000"), ("广州", "广东", "510000"),
    ("深圳", "广东", "518000"), ("成都", "四川", "610000"), ("南京", "江苏", "210000"), ("武汉", "湖北", "430000"),
    ("西安", "陕西", "710000"), ("厦门", "福建", "361000"),
)  # fmt: skip
_ROADS = "解放路,中山路,建设路,和平路,长江路,新华路,学院路,滨江大道,朝阳路,光明路".split(",")
_TOWNS = (
    ("London", "SE1 9"),
    ("Bristol", "BS1 4"),
    ("Leeds", "LS2 7"),
    ("Glasgow", "G2 1"),
    ("Cardiff", "CF10 3"),
)
_STREETS = "Orchard Road,Mill Lane,Station Road,Church Street,Victoria Avenue,Kings Way,Park Crescent".split(
    ","
)
_COMPANIES = (
    ("云岭茶馆", "yunling-tea"), ("东方酒店", "dongfang-hotel"), ("绿野超市", "lvye-market"), ("蓝海设计", "lanhai"),
    ("Harbour Cafe Ltd", "harbour-cafe"), ("Brightside Hotels Ltd", "brightside"),
)  # fmt: skip
_NETWORKS = (("wechat", 5), ("weibo", 3), ("xiaohongshu", 2))


def population() -> list[Person]:
    """The cast, and a crowd around it; the same people every time."""
    dice = Dice("people")
    chinese, english = _chinese(dice), _english(dice)
    crowd = [next(english) if number % 4 == 3 else next(chinese) for number in range(CROWD)]
    numbered = (replace(one, number=100 + number) for number, one in enumerate(crowd))
    return [*CAST.values(), *(_reachable(one, dice) for one in numbered)]


def _chinese(dice: Dice) -> Iterator[Person]:
    for family, given in _mixed(_SURNAMES.split(","), _GIVEN.split(","), dice):
        city, region, postal_code = dice.one(_PLACES)
        family_han, family_latin, family_old = _spelt(family)
        given_han, given_latin, given_old = _spelt(given)
        yield Person(
            0, given_latin, family_latin, family_han + given_han, family_old + given_old,
            street=f"{dice.one(_ROADS)} {dice.between(1, 400)} 号 {dice.between(101, 2605)} 室", city=city,
            region=region, postal_code=postal_code,
        )  # fmt: skip


def _english(dice: Dice) -> Iterator[Person]:
    for family, given in _mixed(_FAMILY_EN.split(","), _GIVEN_EN.split(","), dice):
        given, _, nickname = given.partition(" ")
        city, district = dice.one(_TOWNS)
        yield Person(
            0, given, family, nickname=nickname, street=f"{dice.between(1, 180)} {dice.one(_STREETS)}",
            city=city, postal_code=f"{district}{dice.one('ABDEFGHJ')}{dice.one('LNPQRSTU')}", country="GB",
        )  # fmt: skip


def _mixed(families: Sequence[str], givens: Sequence[str], dice: Dice) -> Iterator[tuple[str, str]]:
    """Every combination once, in a thrown order."""
    pairs = [(dice.below(1 << 30), pair) for pair in product(families, givens)]
    return (pair for _, pair in sorted(pairs))


def _spelt(name: str) -> tuple[str, str, str]:
    """Simplified, Latin, traditional."""
    simplified, latin, *traditional = name.split(" ")
    return simplified, latin, traditional[0] if traditional else simplified


def _reachable(person: Person, dice: Dice) -> Person:
    """The person with a mailbox, a phone and perhaps a company and a handle."""
    is_abroad = person.country != "CN"
    given, family = person.given.lower(), person.family.lower()
    company, domain = (
        dice.one(_COMPANIES[4:] if is_abroad else _COMPANIES[:4]) if dice.chance(0.18) else ("", "")
    )
    mailbox = dice.one(
        (f"{given}.{family}", f"{family}{given}{dice.between(70, 99)}", f"{given}{dice.between(1, 999)}")
    )
    email = (
        f"{given}.{family}@{domain}.example"
        if domain
        else f"{mailbox}@example.{dice.one(('com', 'net', 'org'))}"
    )
    mobile = (
        f"+44 7700 900{200 + person.number}"
        if is_abroad
        else f"1{dice.one('356789')}{dice.one('1256')}555{dice.between(10000, 99999)}"
    )
    network = "mastodon" if is_abroad else dice.by_weight(_NETWORKS)
    handle = f"{network}:{given}{family[0]}{person.number}{'@social.example' if is_abroad else ''}"
    return replace(
        person, email=email, mobile=mobile, organization=company,
        handle=handle if dice.chance(0.55) else "", tells_handle=dice.chance(0.7),
    )  # fmt: skip
