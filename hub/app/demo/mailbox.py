"""Mails as an mbox archive, the way Thunderbird or Takeout would have saved the shop's mailbox."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from email.charset import BASE64, QP, Charset
from email.header import Header
from email.message import Message
from email.utils import format_datetime, formataddr

from hub.app.demo.people import Person
from hub.app.demo.spelling import spelt
from hub.app.demo.story import FIRST_DAY, Mail

__all__ = ["OWN", "mbox"]

OWN = "lantern-tea.example"
SHOP = ("Lantern Tea 灯笼茶业", f"hello@{OWN}")

_TOPICS = (
    ("龙井还有货吗？", "你好，请问今年的明前龙井还有货吗？想订两盒。", "您好，有的，今天可以发货。"),
    ("关于送货时间", "请问周末可以送货吗？", "可以的，周六上午送到。"),
    ("发票", "麻烦开一张增值税发票，谢谢。", "好的，发票随货寄出。"),
    ("普洱怎么保存", "请问普洱茶饼要放冰箱吗？", "不用，阴凉通风的地方就好。"),
)
_TOPICS_EN = (
    (
        "Your spring oolong",
        "Hello, do you ship the spring oolong abroad?",
        "Hello, yes: it takes about a week.",
    ),
    ("A question about my order", "Could you add a tin of jasmine?", "Gladly, it is in the parcel."),
    (
        "Wholesale prices",
        "We run a small cafe. Do you sell by the kilo?",
        "We do; the price list is attached.",
    ),
    ("Tasting set", "Is the tasting set back in stock?", "It is, since this morning."),
)


def mbox(mails: Iterable[Mail]) -> bytes:
    """The archive: people's threads, a supplier's newsletter, and notices nobody wrote."""
    written = [(mail.at, _letter(mail)) for mail in mails]
    written += [(at, _notice(number, at)) for number, at in enumerate(_weekly())]
    written.sort(key=lambda one: one[0])
    return b"".join(_stored(at, letter) for at, letter in written)


def _letter(mail: Mail) -> Message:
    """One turn of a thread: the person writes, the shop answers."""
    person = mail.person
    topics = _TOPICS if person.han else _TOPICS_EN
    subject, question, answer = topics[mail.topic % len(topics)]
    is_answer = mail.turn % 2 == 1
    who = (spelt(person, mail.spelling), person.email)
    sender, recipient = (SHOP, who) if is_answer else (who, SHOP)
    letter = _message(
        sender, recipient, f"Re: {subject}" if mail.turn else subject, mail.at, _charset(person)
    )
    letter["Message-ID"] = _message_id(mail, mail.turn)
    if mail.turn:
        letter["In-Reply-To"] = _message_id(mail, mail.turn - 1)
        letter["References"] = " ".join(_message_id(mail, turn) for turn in range(mail.turn))
    _fill(letter, answer if is_answer else question, _charset(person))
    return letter


def _notice(number: int, at: datetime) -> Message:
    """What fills every mailbox and is nobody's customer."""
    if number % 2:
        letter = _message(
            ("Tea Growers Weekly", "news@tea-growers.example"), SHOP, f"Harvest letter {number}", at, "utf-8"
        )
        letter["List-Id"] = "<weekly.tea-growers.example>"
    else:
        letter = _message(
            ("顺风快递", "no-reply@courier.example"), SHOP, f"运单 {80000 + number} 已签收", at, "utf-8"
        )
    letter["Message-ID"] = f"<notice-{number}@notices.example>"
    _fill(letter, "This mail was sent automatically. 本邮件由系统自动发送。", "utf-8")
    return letter


def _weekly() -> list[datetime]:
    return [FIRST_DAY + timedelta(days=4 * number, hours=6) for number in range(40)]


def _charset(person: Person) -> str:
    """Every sixth Chinese writer uses an old client."""
    return "gb18030" if person.han and person.number % 6 == 0 else "utf-8"


def _message(
    sender: tuple[str, str], recipient: tuple[str, str], subject: str, at: datetime, charset: str
) -> Message:
    letter = Message()
    letter["From"] = _address(sender, charset)
    letter["To"] = _address(recipient, charset)
    letter["Subject"] = Header(subject, charset).encode()
    letter["Date"] = format_datetime(at)
    return letter


def _address(who: tuple[str, str], charset: str) -> str:
    name, email = who
    return formataddr((name, email)) if name.isascii() else f"{Header(name, charset).encode()} <{email}>"


def _message_id(mail: Mail, turn: int) -> str:
    return f"<{mail.thread}.{turn}@{OWN if turn % 2 else 'mail.example'}>"


def _fill(letter: Message, text: str, charset: str) -> None:
    letter["MIME-Version"] = "1.0"
    encoding = Charset(charset)
    encoding.body_encoding = QP if text.isascii() else BASE64
    letter.set_payload(text.encode(charset), encoding)


def _stored(at: datetime, letter: Message) -> bytes:
    envelope = f"From {letter['From'].rpartition('<')[2].rstrip('>')} {(at - timedelta(hours=8)):%a %b %d %H:%M:%S %Y}\n"
    return envelope.encode() + letter.as_bytes(unixfrom=False).rstrip(b"\n") + b"\n\n"
