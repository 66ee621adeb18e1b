"""What the other systems would export: messages as jsonl, ERP customers as csv, orders as xlsx, ad spend as csv."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import timedelta

from hub.app.demo.dice import Dice
from hub.app.demo.people import CAST, Person
from hub.app.demo.story import FIRST_DAY, LAST_DAY, Message, Purchase

__all__ = ["customers", "messages", "orders", "spend"]

_SAID = ("这款茶真香！", "好久不见，又来买茶了。", "请问门店在哪里？", "包装很漂亮，送礼合适。", "有优惠吗？")
_SAID_EN = (
    "Lovely tea!",
    "When is the next tasting?",
    "Do you ship to the UK?",
    "Beautiful tins.",
    "Any offers?",
)
_ANSWERED, _ANSWERED_EN = "谢谢喜欢！详情请私信。", "Thank you! Write to us any time."

_PLANS = (
    ("baidu", "cpc", "spring-tea", 74_000),
    ("google", "cpc", "spring-tea", 61_000),
    ("weibo", "cpc", "tea-stories", 52_000),
    ("xiaohongshu", "cpc", "tea-stories", 38_000),
    ("newsletter", "email", "monthly", 7_500),
)
"""Source, medium, campaign and about what a week costs, in cents."""


def messages(told: Iterable[Message]) -> bytes:
    """A listening tool's export, one message a line."""
    lines: list[str] = []
    for number, message in enumerate(told, start=1):
        person = message.person
        said = _SAID if person.han else _SAID_EN
        answer = _ANSWERED if person.han else _ANSWERED_EN
        row = {
            "id": f"m{number:05}",
            "time": message.at.isoformat(),
            "network": person.handle.partition(":")[0],
            "author": person.handle,
            "author_name": person.name if message.topic % 3 == 0 else "",
            "direction": "out" if message.outbound else "in",
            "text": answer if message.outbound else said[message.topic % len(said)],
        }
        lines.append(json.dumps(row, ensure_ascii=False))
    return ("\n".join(lines) + "\n").encode()


def customers(purchases: Sequence[Purchase]) -> bytes:
    """The ERP's customer list in its own code page, with a few people entered twice."""
    header = ["客户编号", "姓名", "手机", "固定电话", "邮箱", "单位", "地址", "城市", "省份", "邮编", "国家"]
    rows = [_customer(person) for person in _buyers(purchases)]
    rows += [_again(person) for person in _buyers(purchases) if _is_entered_twice(person)]
    return _csv(header, rows).encode("gb18030")


def orders(purchases: Sequence[Purchase]) -> bytes:
    """The ERP's orders as a workbook; the same bytes every time."""
    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        book.set_properties({"created": LAST_DAY.replace(tzinfo=None)})
        sheet = book.add_worksheet("orders")
        sheet.write_row(0, 0, ["order_no", "customer_no", "ordered_at", "amount", "currency", "status"])
        for place, one in enumerate(purchases, start=1):
            again = _is_entered_twice(one.person) and place % 2 == 0
            number = _number(one.person, again=again)
            said = [f"S{place:05}", number, f"{one.at:%Y-%m-%d %H:%M:%S}", one.cents / 100, "CNY", one.status]
            sheet.write_row(place, 0, said)
    return file.getvalue()


def spend() -> bytes:
    """What advertising cost, a row a week and campaign; one cell was never filled in."""
    dice = Dice("spend")
    rows: list[list[str]] = []
    day = FIRST_DAY
    while day < LAST_DAY:
        for source, medium, campaign, cents in _PLANS:
            cost = f"{cents * dice.between(80, 120) / 10000:.2f}"
            rows.append([f"{day:%Y-%m-%d}", source, medium, campaign, cost])
        day += timedelta(days=7)
    rows.append([f"{LAST_DAY:%Y-%m-%d}", "douyin", "cpc", "tea-stories", "待定"])
    return _csv(["Day", "Platform", "Medium", "Campaign", "Cost"], rows).encode()


def _buyers(purchases: Iterable[Purchase]) -> list[Person]:
    found = {one.person.number: one.person for one in purchases}
    return [found[number] for number in sorted(found)]


def _customer(person: Person) -> list[str]:
    email = "" if person.number % 7 == 3 and person.mobile and person not in CAST.values() else person.email
    return [
        _number(person), person.name, person.mobile, person.landline, email, person.organization, person.street,
        person.city, person.region, person.postal_code, person.country,
    ]  # fmt: skip


def _again(person: Person) -> list[str]:
    """The same person, entered by a colleague who did not look first."""
    name = person.latin if person in CAST.values() else person.traditional or person.latin
    return [
        _number(person, again=True),
        name,
        person.mobile,
        "",
        "",
        "",
        "",
        person.city,
        "",
        "",
        person.country,
    ]


def _is_entered_twice(person: Person) -> bool:
    return person == CAST["zhang_wei"] or (person.number % 17 == 5 and person not in CAST.values())


def _number(person: Person, *, again: bool = False) -> str:
    return f"K{(5000 if again else 1000) + person.number}"


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return file.getvalue()
