"""The small pages of the web face, in English and Chinese; every value on them is escaped."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from html import escape
from typing import Any

__all__ = ["CSS_HASH", "health_page", "message_page"]

CSS = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:3rem auto;max-width:60rem;padding:0 1rem;color:#1c2024}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.4rem .8rem;border-bottom:1px solid #ddd}"
    "td.n,th.n{text-align:right}.bad{color:#b3261e}.off{color:#777}"
)
CSS_HASH = "sha256-" + b64encode(sha256(CSS.encode()).digest()).decode()
"""Lets the browser apply this style and no other."""

TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "thanks": "Thank you",
        "thanks_text": "We have received your message.",
        "sorry": "Sorry",
        "sorry_text": "This could not be received:",
        "health": "Is data flowing?",
        "name": "Connector",
        "type": "Type",
        "status": "Status",
        "last_run": "Last run",
        "lag_seconds": "Behind by",
        "records": "Records",
        "rejects": "Rejects",
        "off": "off",
        "never": "never",
        "none": "No connector is configured yet: hub connectors add",
    },
    "zh": {
        "thanks": "谢谢",
        "thanks_text": "我们已收到您的信息。",
        "sorry": "抱歉",
        "sorry_text": "未能接收：",
        "health": "数据是否在流动？",
        "name": "连接器",
        "type": "类型",
        "status": "状态",
        "last_run": "上次运行",
        "lag_seconds": "滞后",
        "records": "记录数",
        "rejects": "被拒记录",
        "off": "已停用",
        "never": "从未",
        "none": "还没有配置连接器：hub connectors add",
    },
}
COLUMNS = ("name", "type", "status", "last_run", "lag_seconds", "records", "rejects")
BAD = {"failed", "interrupted", "error", "broken"}
NUMBERS = {"lag_seconds", "records", "rejects"}
SPANS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def health_page(health: Mapping[str, Any], language: str) -> str:
    """One row a connector."""
    texts = TEXTS[language]
    connectors = health.get("connectors") or []
    head = "".join(f"<th{_number(name)}>{texts[name]}</th>" for name in COLUMNS)
    rows = "".join(_row(connector, texts) for connector in connectors)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return _page(texts["health"], language, table if connectors else f"<p>{texts['none']}</p>")


def message_page(kind: str, language: str, reason: str = "") -> str:
    """``thanks`` or ``sorry``, with an escaped reason."""
    texts = TEXTS[language]
    return _page(texts[kind], language, f"<p>{texts[kind + '_text']} {reason}</p>")


def _row(connector: Mapping[str, Any], texts: Mapping[str, str]) -> str:
    cells = "".join(f"<td{_number(name)}>{escape(_shown(name, connector, texts))}</td>" for name in COLUMNS)
    enabled = connector.get("enabled", True)
    bad = enabled and connector.get("status") in BAD
    return f'<tr class="{"bad" if bad else "" if enabled else "off"}">{cells}</tr>'


def _shown(name: str, connector: Mapping[str, Any], texts: Mapping[str, str]) -> str:
    value = connector.get(name)
    if name == "status" and not connector.get("enabled", True):
        return texts["off"]
    if name == "last_run":
        return (
            value.isoformat(" ", "seconds") if isinstance(value, datetime) else str(value or texts["never"])
        )
    if name == "lag_seconds" and isinstance(value, int | float):
        size, unit = next(((size, unit) for size, unit in SPANS if value >= size), SPANS[-1])
        return f"{value / size:.0f} {unit}"
    if isinstance(value, int):
        return f"{value:,}"
    return "" if value is None else str(value)


def _number(name: str) -> str:
    return ' class="n"' if name in NUMBERS else ""


def _page(title: str, language: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{CSS}</style></head>'
        f"<body><h1>{title}</h1>{body}</body></html>"
    )
