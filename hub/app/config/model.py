"""What ``connectors.toml`` may say, setting by setting; the configuration reference is made from here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    StrictBool,
    model_validator,
)

from hub.app.config.frozen import Frozen
from hub.app.config.limits import LimitsConfig
from hub.app.secrets import closest
from hub.core.merge import DEFAULTS
from hub.errors import NotFound

__all__ = [
    "KEYS",
    "ChannelRule",
    "Config",
    "ConnectorConfig",
    "HubConfig",
    "JourneyConfig",
    "MailConfig",
    "ReportConfig",
]


def _timezone(name: str) -> str:
    from zoneinfo import ZoneInfo, available_timezones

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        near = get_close_matches(name, available_timezones(), n=1)
        raise ValueError(
            f"is no IANA time zone{f' (did you mean {near[0]}?)' if near else ', such as Asia/Shanghai'}"
        ) from None
    return name


def _code(length: int, what: str) -> AfterValidator:
    def check(code: str) -> str:
        if not re.fullmatch(rf"[A-Za-z]{{{length}}}", code):
            raise ValueError(f"is no {what}")
        return code.upper()

    return AfterValidator(check)


def _database(url: str) -> str:
    if not re.match(r"(sqlite|postgresql)(\+\w+)?://", url):
        raise ValueError("must begin with sqlite:/// or postgresql+psycopg://")
    return url


def _survivorship(choices: Mapping[str, str | tuple[str, ...]]) -> Mapping[str, str | tuple[str, ...]]:
    for field in choices:
        if field in DEFAULTS or field.startswith("custom."):
            continue
        raise ValueError(f"{field}: {_NO_CHOICE.get(field) or f'no such field{closest(field, DEFAULTS)}'}")
    return choices


_NO_CHOICE = {
    "consent": "has no choice: the most restrictive wins",
    **dict.fromkeys(("given_name", "family_name"), "goes with full_name; set that instead"),
    **dict.fromkeys(
        ("street", "street_2", "city", "region", "postal_code", "country"),
        "goes with the whole address; set addresses instead",
    ),
}

Patterns = str | tuple[str, ...]


class ChannelRule(Frozen):
    """One ``[[hub.channels]]``: a touch that meets every condition given belongs to the channel ``name``.

    A condition is one pattern or a list of which one must match, in any case; ``*`` stands for any
    text and ``?`` for any sign. Custom rules come before the hub's own, in the order written.
    """

    name: str = Field(min_length=1)
    """The channel's name in reports."""
    source: Patterns = ()
    """What the source (``utm_source``) must be."""
    medium: Patterns = ()
    """What the medium (``utm_medium``) must be."""
    campaign: Patterns = ()
    """What the campaign (``utm_campaign``) must be."""
    content: Patterns = ()
    """What the content (``utm_content``) must be."""
    term: Patterns = ()
    """What the term (``utm_term``) must be."""
    referrer: Patterns = ()
    """What the referring host must be."""
    site: Patterns = ()
    """What kind of site that is: search, social, video, shopping or ai."""
    channel: Patterns = ()
    """What the channel named by the source itself must be."""
    kind: Patterns = ()
    """What kind of touch it must be: visit, form, mail, call, message, meeting, or the source's own word."""
    direction: Patterns = ()
    """inbound or outbound."""

    @model_validator(mode="after")
    def _has_condition(self) -> ChannelRule:
        if self.model_fields_set <= {"name"}:
            raise ValueError(f"the channel {self.name!r} has no condition, so it would take every touch")
        return self


def _window(text: str) -> str:
    if text != "all" and not re.fullmatch(r"[0-9]+[hdw]", text):
        raise ValueError("is no lookback; write 90d, 12h, 8w, or all for no window")
    return text


Window = Annotated[str, AfterValidator(_window)]


class JourneyConfig(Frozen):
    """The table ``[hub.journeys]``: how journeys are walked back from a conversion, unless a question says otherwise."""

    lookback: Window = "90d"
    """How old a touch may be at the conversion: ``12h``, ``90d``, ``8w``, or ``all``."""
    lookbacks: Mapping[str, Window] = {}
    """Channels for which it is another: ``{ "Display" = "7d", "Email" = "30d" }``."""
    repeat: Literal["reuse", "reset"] = "reuse"
    """What a touch counts for when its customer converts several times: with ``reuse`` for every conversion
    whose window it lies in, with ``reset`` only for the next one."""
    path: Literal["unique", "exposure", "first", "frequency"] = "unique"
    """How repeated touches of one channel are folded: ``unique`` keeps every touch, ``exposure`` makes one step
    of a run, ``first`` keeps the first of each channel, ``frequency`` that and says how often it was there."""


def _rates(written: Mapping[str, Any]) -> dict[str, dict[date, Decimal]]:
    """Currency to the rates that hold from a day on; a single rate holds always."""
    told: dict[str, dict[date, Decimal]] = {}
    for code, rates in written.items():
        if not re.fullmatch(r"[A-Za-z]{3}", code):
            raise ValueError(f"{code} is no ISO 4217 currency code, such as CNY")
        days: Mapping[str, Any] = rates if isinstance(rates, Mapping) else {"0001-01-01": rates}
        try:
            told[code.upper()] = {date.fromisoformat(day): Decimal(str(rate)) for day, rate in days.items()}
        except (ValueError, ArithmeticError):
            raise ValueError(f'{code} is no rate; write {code} = 7.8, or {{ "2026-01-01" = 7.8 }}') from None
        if not all(rate.is_finite() and rate > 0 for rate in told[code.upper()].values()):
            raise ValueError(f"{code}: a rate is above 0")
    return told


class HubConfig(Frozen):
    """The table ``[hub]``: what holds for all connectors."""

    database: Annotated[str, AfterValidator(_database)] = Field(default="sqlite:///hub.db", repr=False)
    """Where the hub keeps its records: ``sqlite:///FILE`` (relative to this file's folder) or
    ``postgresql+psycopg://...``; an address with a password is given by reference, ``{ env = "NAME" }``."""
    timezone: Annotated[str, AfterValidator(_timezone)] = "UTC"
    """The IANA time zone of schedules, days in reports, and times a source writes without one."""
    currency: Annotated[str, _code(3, "ISO 4217 currency code, such as CNY")] = "USD"
    """The ISO 4217 currency of amounts that name none."""
    region: Annotated[str, _code(2, "ISO 3166 country code, such as CN")] = "US"
    """The ISO 3166 country whose numbering a phone number without a country code follows."""
    sources: tuple[str, ...] = ()
    """Connector names, the most trusted first; read by the survivorship rule ``source-priority``."""
    websites: tuple[str, ...] = ()
    """The company's own host names; coming from one of them is no new touch."""
    survivorship: Annotated[Mapping[str, str | tuple[str, ...]], AfterValidator(_survivorship)] = {}
    """Field to the rule that chooses among its values, or a list of rules of which a later one decides
    what the earlier ones left even."""
    limits: LimitsConfig = LimitsConfig()
    """How many records may share a value before it is generic, in a table of their own, ``[hub.limits]``."""
    channels: tuple[ChannelRule, ...] = ()
    """Custom channel rules, each an ``[[hub.channels]]``."""
    rates: Annotated[Mapping[str, Mapping[date, Decimal]], BeforeValidator(_rates)] = {}
    """What one unit of another currency is worth in the hub's: ``EUR = 7.8``, or by the day from which a rate
    holds, ``EUR = { "2026-01-01" = 7.8, "2026-02-01" = 7.9 }``. Amounts in a currency without a rate are
    reported apart."""
    journeys: JourneyConfig = JourneyConfig()
    """How journeys are walked, in a table of their own, ``[hub.journeys]``."""


class MailConfig(Frozen):
    """The table ``[mail]``: the SMTP server by which reports are sent."""

    host: str = Field(min_length=1)
    """The server's name."""
    port: int = Field(default=587, ge=1, le=65535)
    """Its port: 587 with starttls, 465 with tls, as a rule."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is encrypted; ``none`` is for a server on this machine."""
    username: str = ""
    """Left out: the server asks for no login."""
    password: SecretStr | None = None
    """By reference only."""
    sender: str = Field(pattern=r"@")
    """The address mails are from."""


Address = Annotated[str, Field(pattern=r"^[^@\s,;]+@[^@\s,;]+$")]


class ReportConfig(Frozen):
    """A table ``[reports.NAME]``: a report that is mailed on a schedule, or by ``hub report send NAME``."""

    to: tuple[Address, ...] = Field(min_length=1)
    """Whom it is sent to."""
    schedule: str = ""
    """Cron expression in the hub's time zone, such as ``0 8 * * 1``; left out: only on demand."""
    title: str = ""
    """The subject and the heading."""
    period: Literal["day", "week", "month", "quarter"] = "month"
    """Which days: the last whole day, week from Monday, month or quarter, beside the one before."""
    models: tuple[str, ...] = ("last-non-direct",)
    """Attribution models; the first one leads."""
    conversion: str = "order"
    """What counts as a conversion, as for ``hub attribution``."""
    lookback: str = ""
    """How old a touch may be; left out: as in ``[hub.journeys]``."""
    lang: Literal["en", "zh"] = "en"
    """English or Chinese."""
    attach: tuple[Literal["html", "xlsx"], ...] = ("html", "xlsx")
    """What goes along: the page with every table and chart, the workbook."""


class ConnectorConfig(Frozen):
    """A table ``[connectors.NAME]``: one instance of a connector.

    Every key not listed here is a setting of the connector itself; ``hub plugins`` lists those.
    """

    name: str = Field(exclude=True)
    """The instance's name: letters, digits, ``_`` and ``-``. It stays with the records; renaming it
    makes another source of them."""
    type: str = Field(min_length=1)
    """Which connector, as ``plugin`` or ``plugin.connector``: ``email.imap``."""
    enabled: StrictBool = True
    """Whether ``hub sync`` and the scheduler run it."""
    schedule: str = ""
    """Cron expression in the hub's time zone, such as ``*/5 * * * *``; left out: only on demand."""
    customers: str = ""
    """The connector whose customer ids ``customer_ref`` uses; left out: this connector's own."""
    make_customers: StrictBool = True
    """Whether an interaction or order nobody is known for yet makes a new customer."""
    mirrors: str = ""
    """The connector whose events this one has, too. An event of the same kind with the same id (an order's
    number, a mail's Message-ID) is then counted once, as that connector has it; both copies are kept."""
    settings: Mapping[str, Any] = Field(default={}, repr=False)
    """The connector's own settings as written, references unresolved."""
    where: str = ""
    """File, line and table, for messages."""


KEYS = frozenset(ConnectorConfig.model_fields) - {"name", "settings", "where"}
"""The keys of ``[connectors.NAME]`` that belong to the hub; no connector may use them for its own."""


class Config(Frozen):
    """Everything ``connectors.toml`` says."""

    path: Path
    """The file, absolute."""
    hub: HubConfig = HubConfig()
    connectors: dict[str, ConnectorConfig] = Field(default={})
    """By instance name, in the order of the file."""
    mail: Mapping[str, Any] = Field(default={}, repr=False)
    """``[mail]`` as written, references unresolved; see ``MailConfig``."""
    reports: dict[str, ReportConfig] = Field(default={})
    """By name, in the order of the file."""

    @property
    def base(self) -> Path:
        """The folder relative paths start from."""
        return self.path.parent

    @property
    def database(self) -> str:
        """The database's address, a relative SQLite file made absolute."""
        scheme, separator, file = self.hub.database.partition(":///")
        if not scheme.startswith("sqlite") or not file or file.startswith((":memory:", "file:")):
            return self.hub.database
        return f"{scheme}{separator}{self.base / Path(file).expanduser()}"

    def report(self, name: str) -> ReportConfig:
        """The mailed report called ``name``."""
        if name in self.reports:
            return self.reports[name]
        raise NotFound(
            f"there is no report named {name!r}{closest(name, self.reports)}",
            where=self.path.name,
            step=f"write [reports.{name}] with to and schedule",
        )

    def connector(self, name: str) -> ConnectorConfig:
        """The instance called ``name``."""
        if name in self.connectors:
            return self.connectors[name]
        raise NotFound(
            f"there is no connector named {name!r}{closest(name, self.connectors)}",
            where=self.path.name,
            step="see the names with: hub connectors list",
        )
