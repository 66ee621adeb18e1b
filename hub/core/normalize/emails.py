"""E-mail addresses: one spelling for one mailbox, and what kind of mailbox it is."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

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
_PLAIN = re.compile(r"[a-z0-9_%-]+(?:[.+][a-z0-9_%+-]+)*")
_PLAIN_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*")
_SEPARATOR = re.compile(r"[;,，；、\n|]+|(?<=[\w>])\s+(?=<?[^\s@<>]+@)|\s*/\s*(?=[^\s/@]+@)")
_STRAY_SPACE = re.compile(r"\s*([@.])\s*")
_PARTS = re.compile(r"[^\W\d_]+")
_LETTERS = {code: code if chr(code).isalpha() else None for code in range(128)}


class _Host(NamedTuple):
    """What a domain says of every address there; few domains have most of the addresses."""

    is_plain: bool
    """Whether it is written as domains are."""
    has_tags: bool
    """Whether what follows a plus is no part of the mailbox."""
    has_dots: bool
    """Whether dots tell mailboxes apart."""
    is_nowhere: bool
    label: str
    """What comes first in it, often the name of a company."""


@lru_cache(maxsize=1 << 14)
def _host(domain: str) -> _Host:
    return _Host(
        is_plain=len(domain) <= 253 and _PLAIN_HOST.fullmatch(domain) is not None,
        has_tags=domain in _PLUS_TAGS,
        has_dots=domain not in _NO_DOTS,
        is_nowhere=domain in _NOWHERE or domain.endswith((".invalid", ".localhost")),
        label=domain.partition(".")[0],
    )


def email(raw: str) -> str:
    """The address as its provider reads it, or nothing if it is none or a placeholder."""
    text = raw.strip().lower()
    local, _, domain = text.rpartition("@")
    if not (_PLAIN.fullmatch(local) and _host(domain).is_plain):
        local, at, domain = _tidy(text).rpartition("@")
        if not at:
            return ""
    domain = _CANONICAL_DOMAIN.get(domain, domain)
    host = _host(domain)
    if "+" in local and host.has_tags:
        local = local[: local.index("+")].rstrip(".")
    if "." in local and not host.has_dots:
        local = local.replace(".", "")
    if not local or len(local) > 64 or _is_nobody(local, host):
        return ""
    return f"{local}@{domain}"


def emails_in(raw: str) -> tuple[str, ...]:
    """Every address in a text that may hold several, sorted."""
    if raw.count("@") < 2:
        one = email(raw)
        return (one,) if one else ()
    return tuple(sorted({found for part in _SEPARATOR.split(raw) if (found := email(part))}))


def mailbox_kind(address: str) -> MailboxKind:
    """Whom a normalized address stands for."""
    local, at, domain = address.rpartition("@")
    host = _host(domain)
    if not at or not local or _is_nobody(local, host):
        return "placeholder"
    if local in _ROLES or local == host.label:
        return "role"
    parts = _PARTS.findall(local)
    if "".join(parts) in _ROLES:
        return "role"
    roles = sum(part in _ROLES for part in parts)
    return "role" if roles and all(part in _ROLES or part in _ROLE_TAILS for part in parts) else "personal"


def _is_nobody(local: str, host: _Host) -> bool:
    if local in _NOBODY or host.is_nowhere:
        return True
    if local == host.label and (local.isdecimal() or not local.strip(local[0])):
        return True
    if local.isalnum():
        return False
    bare = local.translate(_LETTERS) if local.isascii() else "".join(_PARTS.findall(local))
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
    return address if _host(host).is_plain else ""
