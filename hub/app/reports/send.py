"""Sends a report by mail: its figures and a chart in the mail itself, the page and the workbook attached.

On its schedule a report is sent once for each period, whoever's scheduler is first; asked for, it is sent again. It
counts as sent when a mail server took it for anybody, and is noted right after that: a sender that is killed
between the two leaves a report that is sent once more, never one that is not sent.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from hub.app.attribution import Question
from hub.app.clock import micros
from hub.app.config import Config, MailConfig, ReportConfig
from hub.app.reports.catalogue import title, word
from hub.app.reports.charts import chart, rendered
from hub.app.reports.files import write_workbook
from hub.app.reports.page import WIDE, chapters, page
from hub.app.reports.table import Table
from hub.app.reports.tables import Asked, Asking
from hub.app.secrets import make_settings
from hub.errors import ConfigError, HubError, LeaseHeld, TransientError
from hub.store.runs import acquire, new_holder, release
from hub.store.session import Store
from hub.store.streams import remember, remembered

__all__ = ["days_of", "drafted", "question_of", "send", "sent_once"]

TIMEOUT = 60
EVERY: Mapping[str, str] = {"day": "day", "week": "day", "month": "week", "quarter": "month"}
"""A report's period to that of its trend."""


def days_of(period: str, today: date) -> tuple[date, date]:
    """The first and the last day of the last whole period before today."""
    if period == "day":
        return today - timedelta(days=1), today - timedelta(days=1)
    if period == "week":
        monday = today - timedelta(days=today.weekday())
        return monday - timedelta(days=7), monday - timedelta(days=1)
    begun = today.replace(day=1)
    if period == "quarter":
        begun = begun.replace(month=(today.month - 1) // 3 * 3 + 1)
    last = begun - timedelta(days=1)
    first = last.replace(day=1)
    return (first if period == "month" else first.replace(month=last.month - 2)), last


def question_of(report: ReportConfig, today: date) -> Question:
    """What a report asks on a day."""
    first, last = days_of(report.period, today)
    return Question(
        models=report.models, conversion=report.conversion, lookback=report.lookback, start=first, end=last
    )


def sent_once(
    store: Store, name: str, config: Config, asking: Asking, now: datetime
) -> dict[str, Any] | None:
    """Send what is due; ``None`` when it was sent for this period, or another sender is at it."""
    key, period = f"report {name}", f"{asking.question.start} {asking.question.end}"

    def note() -> None:
        with store.write() as tx:
            remember(tx, key, period)

    try:
        with store.write() as tx:
            lease = acquire(tx, key, new_holder(), micros())
            if remembered(tx, key) == period:
                release(tx, lease)
                return None
    except LeaseHeld:
        return None
    try:
        return send(name, config, asking, now, taken=note)
    finally:
        with store.write() as tx:
            release(tx, lease)


def send(
    name: str, config: Config, asking: Asking, now: datetime, taken: Callable[[], None] = lambda: None
) -> dict[str, Any]:
    """Send a report now; to whom it went and what about. ``taken`` is called once a server took it for anybody."""
    report = config.report(name)
    where = f"{config.path.name} [mail]"
    if not config.mail:
        raise ConfigError("no mail server is set", where=where, step="write [mail] with host and sender")
    mail = make_settings(MailConfig, config.mail, where=where, base=config.base)
    message = drafted(report, asking, now, mail.sender)
    refused = _delivered(message, mail, where)
    if len(refused) < len(report.to):
        taken()
    if refused:
        raise ConfigError(
            f"the mail server takes no mail for {', '.join(sorted(refused))}", where=f"[reports.{name}]",
            cause="the others have it" if len(refused) < len(report.to) else "", step="correct the address in to",
        )  # fmt: skip
    return {
        "report": name, "to": list(report.to), "subject": message["Subject"],
        "from": str(asking.question.start), "until": str(asking.question.end),
    }  # fmt: skip


def drafted(report: ReportConfig, asking: Asking, now: datetime, sender: str) -> EmailMessage:
    """The mail: text, the same with a chart, and what is attached."""
    lang, heading = report.lang, report.title or word("report", report.lang)
    dates = word("until", lang).format(asking.question.start, asking.question.end)
    asked = Asked(every=EVERY[report.period])
    read = chapters(asking, asked)
    tables = read[1]
    overview, channels = (
        next(one for one in tables if one.name == name) for name in ("overview", "channels")
    )
    message = EmailMessage()
    message["Subject"] = f"{heading} · {dates}"
    message["From"] = sender
    message["To"] = ", ".join(report.to)
    message["Date"] = format_datetime(now.astimezone(ZoneInfo(asking.rules.timezone)))
    message["Message-ID"] = make_msgid(domain=Address(addr_spec=sender).domain)
    message["Auto-Submitted"] = "auto-generated"
    told = [_plainly(one, lang) for one in (overview, channels)]
    message.set_content(f"{heading}\n{dates}\n\n" + "\n\n".join(told))
    drawn = chart(channels, lang)
    place = make_msgid(domain="chart.invalid")
    picture = (
        ""
        if drawn is None
        else f'<p><img src="cid:{place[1:-1]}" width="640" alt="{escape(title("channels", lang))}"></p>'
    )
    grids = "".join(
        f"<h2>{escape(title(one.name, lang))}</h2>{_grid(one, lang)}" for one in (overview, channels)
    )
    message.add_alternative(
        f'<html lang="{lang}"><body style="font-family:sans-serif"><h1>{escape(heading)}</h1><p>{escape(dates)}</p>'
        f"{picture}{grids}</body></html>", subtype="html",
    )  # fmt: skip
    if drawn is not None:
        (_, html) = message.iter_parts()
        html.add_related(rendered(drawn, ".png"), "image", "png", cid=place)  # type: ignore[attr-defined]
    stem = f"report-{asking.question.start}-{asking.question.end}"
    if "html" in report.attach:
        text = page(asking, asked=asked, lang=lang, now=now, heading=report.title, read=read)
        message.add_attachment(text, subtype="html", filename=f"{stem}.html")
    if "xlsx" in report.attach:
        kind = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        message.add_attachment(_workbook(tables, lang), "application", kind, filename=f"{stem}.xlsx")
    return message


def _workbook(tables: list[Table], lang: str) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "report.xlsx"
        write_workbook(tables, path, lang)
        return path.read_bytes()


def _plainly(table: Table, lang: str) -> str:
    from rich.cells import cell_len

    heads, rows = table.texts(lang, WIDE.get(table.name, ()))
    columns = list(zip(heads, *rows, strict=True))
    widths = [max(map(cell_len, column)) for column in columns]
    lines = (
        "  ".join(
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in (heads, *rows)
    )
    return "\n".join((title(table.name, lang), *lines))


def _grid(table: Table, lang: str) -> str:
    heads, rows = table.texts(lang, WIDE.get(table.name, ()))
    lines = [
        "<tr>" + "".join(f"<{tag} align={'left' if not place else 'right'}>{escape(cell)}</{tag}>" for place, cell in enumerate(row)) + "</tr>"
        for tag, row in (("th", heads), *(("td", row) for row in rows))
    ]  # fmt: skip
    return f'<table cellpadding="4" style="border-collapse:collapse;font-size:13px">{"".join(lines)}</table>'


def _delivered(message: EmailMessage, mail: MailConfig, where: str) -> Mapping[str, Any]:
    """Hand the mail over; the addresses that were refused."""
    fault: HubError
    try:
        with _connected(mail) as server:
            if mail.username and mail.password is not None:
                server.login(mail.username, mail.password.get_secret_value())
            return server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        return error.recipients
    except smtplib.SMTPResponseException as error:
        said = (
            error.smtp_error.decode("utf-8", "replace")
            if isinstance(error.smtp_error, bytes)
            else error.smtp_error
        )
        kind = ConfigError if error.smtp_code >= 500 else TransientError
        fault = kind(
            f"the mail server {mail.host} answered {error.smtp_code} {said}", where=where,
            step="check username, password and sender" if kind is ConfigError else "try again later",
        )  # fmt: skip
    except (smtplib.SMTPException, ssl.SSLError) as error:
        fault = ConfigError(
            f"the mail server {mail.host} cannot be used as configured ({error})", where=where,
            step="check port and security",
        )  # fmt: skip
    except OSError as error:
        fault = TransientError(
            f"the mail server {mail.host}:{mail.port} cannot be reached ({error.strerror or error})", where=where,
            step="check host, port and the network, then send it again",
        )  # fmt: skip
    raise fault


def _connected(mail: MailConfig) -> smtplib.SMTP:
    if mail.security == "tls":
        return smtplib.SMTP_SSL(mail.host, mail.port, timeout=TIMEOUT, context=ssl.create_default_context())
    server = smtplib.SMTP(mail.host, mail.port, timeout=TIMEOUT)
    if mail.security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server
