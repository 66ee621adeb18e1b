"""E-mail addresses: one spelling for one mailbox, and what kind of mailbox it is."""

from __future__ import annotations

import re
from typing import Literal

from hub.core.normalize.text import half_width

__all__ = ["MailboxKind", "email", "emails_in", "mailbox_kind"]

MailboxKind = Literal["personal", "role", "placeholder"]
"""A personal mailbox identifies a person, a role mailbox only a company, a placeholder nobody."""

_CANONICAL_DOMAIN = {
    "googlemail.com": "gmail.com", "protonmail.com": "proton.me", "pm.me": "proton.me",
    "me.com": "icloud.com", "mac.com": "icloud.com", "yandex.com": "yandex.ru", "ya.ru": "yandex.ru",
}  # fmt: skip
"""Domains that are one and the same mailbox at their provider."""
_PLUS_TAGS = frozenset(
    "gmail.com proton.me icloud.com yandex.ru outlook.com hotmail.com live.com msn.com fastmail.com fastmail.fm "
    "zoho.com hey.com tuta.com pobox.com mailbox.org posteo.de runbox.com gmx.com hotmail.co.uk".split()
)
_NO_DOTS = frozenset({"gmail.com"})
_ROLES = frozenset(
    "info information sales sale marketing support help helpdesk service services customerservice customercare "
    "care contact contacts contactus office admin administrator administration hello team hr jobs job careers "
    "career recruiting recruitment billing invoice invoices accounts accounting accountspayable payable ap ar "
    "finance payments orders order shop store enquiries enquiry inquiries inquiry feedback press media pr news "
    "newsletter webmaster postmaster hostmaster abuse security noc legal privacy compliance purchasing "
    "procurement export import logistics shipping reception secretary mail email post general business "
    "partners partner kontakt buero vertrieb rechnung einkauf verwaltung bewerbung contacto ventas compras "
    "administracion commercial direction accueil kefu xiaoshou caiwu renshi zhaopin shichang caigou swhz "
    "客服 销售 銷售 市场 人事 财务 采购 招聘 商务 售后 服务 咨询 行政 前台".split()
)
_ROLE_TAILS = frozenset(
    "cn us uk eu de fr jp hk sg au ca in asia emea apac global china world team dept department desk center "
    "centre customer client group web online main en zh manager the".split()
)
_NOBODY = frozenset(
    "test tests testing tester testuser none null nil unknown na nobody noone noemail nomail noreply donotreply "
    "noresponse nomailplease anonymous example dummy fake asdf qwerty xxx xxxx aaa aaaa mailerdaemon bounce "
    "bounces unsubscribe void email undefined 无 没有 测试 未知".split()
)
_NOWHERE = frozenset(
    "test.com none.com no.com na.com null.com noemail.com nomail.com noreply.com unknown.com fake.com xxx.com "
    "asdf.com test.test none.none localhost.localdomain notprovided.com".split()
)
_PLAIN = re.compile(
    r"[a-z0-9_%-]+(?:[.+][a-z0-9_%+-]+)*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]"
)
_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*")
_SEPARATOR = re.compile(r"[;,，；、\n|]+|(?<=[\w>])\s+(?=<?[^\s@<>]+@)|\s*/\s*(?=[^\s/@]+@)")
_STRAY_SPACE = re.compile(r"\s*([@.])\s*")
_PARTS = re.compile(r"[^\W\d_]+")


def email(raw: str) -> str:
    """The address as its provider reads it, or nothing if it is none or a placeholder."""
    text = raw.strip().lower()
    if not _PLAIN.fullmatch(text):
        text = _tidy(text)
    local, at, domain = text.rpartition("@")
    if not at:
        return ""
    domain = _CANONICAL_DOMAIN.get(domain, domain)
    if "+" in local and domain in _PLUS_TAGS:
        local = local[: local.index("+")].rstrip(".")
    if domain in _NO_DOTS:
        local = local.replace(".", "")
    if not local or len(local) > 64 or len(domain) > 253:
        return ""
    address = f"{local}@{domain}"
    return "" if _is_nobody(local, domain) else address


def emails_in(raw: str) -> tuple[str, ...]:
    """Every address in a text that may hold several, sorted."""
    if raw.count("@") < 2:
        one = email(raw)
        return (one,) if one else ()
    return tuple(sorted({found for part in _SEPARATOR.split(raw) if (found := email(part))}))


def mailbox_kind(address: str) -> MailboxKind:
    """Whom a normalized address stands for."""
    local, at, domain = address.rpartition("@")
    if not at or not local or _is_nobody(local, domain):
        return "placeholder"
    if local in _ROLES or local == domain.partition(".")[0]:
        return "role"
    parts = _PARTS.findall(local)
    if "".join(parts) in _ROLES:
        return "role"
    roles = sum(part in _ROLES for part in parts)
    return "role" if roles and all(part in _ROLES or part in _ROLE_TAILS for part in parts) else "personal"


def _is_nobody(local: str, domain: str) -> bool:
    if local in _NOBODY or domain in _NOWHERE or domain.endswith((".invalid", ".localhost")):
        return True
    label = domain.partition(".")[0]
    if local == label and (local.isdecimal() or not local.strip(local[0])):
        return True
    if local.isalnum():
        return False
    bare = "".join(_PARTS.findall(local))
    return bare in _NOBODY or bare.startswith(("noreply", "donotreply"))


def _tidy(text: str) -> str:
    """An unusual spelling as ``local@domain``, or nothing."""
    text = half_width(text).lower()
    if "<" in text and ">" in text:
        text = text[text.rindex("<") + 1 :].partition(">")[0]
    text = text.strip(" \t\r\n\"'<>()[].,;:").removeprefix("mailto:").partition("?")[0]
    local, at, domain = _STRAY_SPACE.sub(r"\1", text).rpartition("@")
    if not at or not _LOCAL.fullmatch(local):
        return ""
    try:
        host = domain.strip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
    address = f"{local}@{host}"
    return address if _PLAIN.fullmatch(f"x@{host}") else ""
