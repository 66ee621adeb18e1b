"""A report as one HTML file that stands alone: no script, nothing fetched; charts are drawn into it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from hub.app.reports.basis import Basis
from hub.app.reports.catalogue import title, word
from hub.app.reports.charts import chart, rendered
from hub.app.reports.conversions import behind
from hub.app.reports.table import Table, called, text
from hub.app.reports.tables import REPORTS, Asked, Asking, made

__all__ = ["CHAPTERS", "chapters", "page"]

CHAPTERS = (
    "overview", "trend", "channels", "before", "confidence", "effects", "campaigns", "sources", "contents", "customers", "assists", "paths",
    "lengths", "lag", "cohorts", "quality",
)  # fmt: skip
"""The order a marketer reads them in."""
BIGGEST = 10


def chapters(asking: Asking, asked: Asked) -> tuple[Basis, list[Table]]:
    """Every table there can be: without dates there is no period before, without a model that learns no interval, without a chain no effects."""
    from hub.core.attribution import Learner, Markov

    basis = asking.basis()
    dated = asking.question.start is not None and asking.question.end is not None
    earlier = asking.earlier() if dated else None
    learns, chains = (
        any(isinstance(one, kind) for one in basis.models.values()) for kind in (Learner, Markov)
    )
    there = {"before": dated, "confidence": learns, "effects": chains}
    left_out = {name for name, given in there.items() if not given}
    return basis, [
        made(name, basis, asked, earlier) for name in CHAPTERS if name in REPORTS and name not in left_out
    ]


def page(
    asking: Asking,
    *,
    asked: Asked,
    lang: str,
    now: datetime,
    heading: str = "",
    read: tuple[Basis, list[Table]] | None = None,
) -> str:
    """The whole page in a language: figures, charts, tables, and the biggest conversions touch by touch.

    ``read`` are its chapters, where they were read already.
    """
    basis, tables = read or chapters(asking, asked)
    model = next(iter(basis.credits))
    biggest = behind(asking.store, basis, model, {}, limit=BIGGEST)
    body = "".join(
        [
            *_head(basis, lang, now, heading),
            *(_chapter(one, lang) for one in tables),
            *_biggest(biggest, lang),
        ]
    )
    name = escape(heading or word("report", lang))
    return (
        f'<!doctype html>\n<html lang="{"zh-Hans" if lang == "zh" else "en"}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{name}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


def _head(basis: Basis, lang: str, now: datetime, heading: str) -> Iterator[str]:
    asked = basis.question
    since = str(asked.start or word("from_the_start", lang))
    dates = (
        since
        if asked.start is None and asked.end is None
        else word("until", lang).format(since, asked.end or "…")
    )
    models = ", ".join(word(name, lang) for name in basis.models)
    made_at = f"{now.astimezone(ZoneInfo(basis.rules.timezone)):%Y-%m-%d %H:%M}"
    sold = basis.converted
    ties = word("ties", lang).format(
        text(int((sold["value"] >= 0).sum()), "count"), text(int(sold["value"].sum()) / 1_000_000, "money")
    )
    lines = (
        dates, word("money_in", lang).format(basis.currency), word("models", lang).format(models),
        word("lookback", lang).format(asked.lookback or basis.rules.lookback), word("made", lang).format(made_at),
    )  # fmt: skip
    yield f"<h1>{escape(heading or word('report', lang))}</h1>\n<p class=about>{escape(' · '.join(lines))}</p>\n"
    yield f"<p class=about>{escape(ties)}</p>\n"


def _chapter(table: Table, lang: str) -> str:
    told = f'<section id="{table.name}">\n<h2>{escape(title(table.name, lang))}</h2>\n'
    if table.name == "overview":
        return f"{told}{_cards(table, lang)}</section>\n"
    if table.frame.is_empty():
        return f"{told}<p>{escape(word('nothing', lang))}</p>\n</section>\n"
    drawn = chart(table, lang)
    if drawn is not None:
        below = drawn["title"].get("subtitle", "")  # the page's heading says the rest
        drawn["title"] = {
            "text": below,
            "anchor": "start",
            "fontSize": 12,
            "fontWeight": "normal",
            "color": "#666",
        }
        told += f"<figure>{_inline(rendered(drawn, '.svg').decode(), table.name)}</figure>\n"
    heads, rows = table.texts(lang, WIDE.get(table.name, ()))
    return f"{told}{_table(heads, rows, len([k for k in table.keys if k != 'model']), bool(table.total))}</section>\n"


def _inline(svg: str, name: str) -> str:
    """A drawing as part of a page, its ids its own: every drawing numbers them from 0."""
    return re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", svg[svg.index("<svg") :])


WIDE: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(
        ("channels", "sources", "campaigns", "contents"), ("conversions", "value", "cpa", "roas")
    ),
    "customers": ("new_conversions", "new_value", "returning_conversions", "returning_value", "cac"),
    "before": ("value", "value_before", "value_change"),
    "confidence": ("value", "value_low", "value_high"),
}
"""What is shown of each of several models side by side."""


def _cards(table: Table, lang: str) -> str:
    heads, rows = table.texts(lang)
    cards = (
        f"<div class=card><span>{escape(row[0])}</span><b>{escape(row[1] or '–')}</b>"
        + (
            f"<span>{escape(heads[2])} {escape(row[2] or '–')}  {escape(row[3])}</span>"
            if len(row) > 2
            else ""
        )
        + "</div>\n"
        for row in rows
    )
    return f"<div class=cards>\n{''.join(cards)}</div>\n"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], names: int, summed: bool) -> str:
    head = "".join(
        f"<th{'' if place < names else ' class=n'}>{escape(one)}</th>" for place, one in enumerate(heads)
    )
    told = [f"<div class=wide><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n"]
    for number, row in enumerate(rows):
        cells = "".join(
            f"<td{'' if place < names else ' class=n'}>{escape(cell)}</td>" for place, cell in enumerate(row)
        )
        told.append(f"<tr{' class=total' if summed and number == len(rows) - 1 else ''}>{cells}</tr>\n")
    return "".join([*told, "</tbody>\n</table></div>\n"])


def _biggest(told: Mapping[str, Any], lang: str) -> Iterator[str]:
    if not told["conversions"]:
        return
    yield f'<section id="conversions">\n<h2>{escape(word("biggest", lang))}</h2>\n'
    heads = [
        word(name, lang)
        for name in ("when", "channel", "source", "campaign", "raw_record", "share", "credit")
    ]
    for one in told["conversions"]:
        about = f"{one['at'][:16].replace('T', ' ')} UTC · {one['customer_id'] or '–'} · {text(one['value'], 'money')}"
        yield f"<h3>{escape(about)}</h3>\n<p class=about>{escape(word('conversion', lang))}: {escape(str(one['conversion']))}</p>\n"
        rows = [
            [
                (touch["at"] or "")[:16].replace("T", " "), called("channel", touch["channel"], lang), touch["source"],
                touch["campaign"], touch["raw_record"] or "", text(touch["share"], "percent"), text(touch["credit"], "money"),
            ]
            for touch in one["touches"]
        ]  # fmt: skip
        yield _table(heads, rows, 5, False) if rows else f"<p>{escape(word('(none)', lang))}</p>\n"
    yield "</section>\n"


STYLE = """
:root { color-scheme: light; }
body { margin: 0; background: #f4f5f7; color: #1d2733;
  font: 15px/1.5 system-ui, "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "WenQuanYi Micro Hei", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 24px; }
h1 { margin: 0 0 4px; font-size: 26px; }
h2 { margin: 0 0 12px; font-size: 18px; }
h3 { margin: 20px 0 0; font-size: 15px; }
.about { margin: 0 0 6px; color: #5a6675; font-size: 13px; overflow-wrap: anywhere; }
section { margin: 20px 0; padding: 20px; background: white; border-radius: 8px; box-shadow: 0 1px 2px #0002; }
figure { margin: 0 0 16px; }
figure svg { max-width: 100%; height: auto; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(190px, 1fr)); gap: 12px; }
.card { display: flex; flex-direction: column; padding: 10px 12px; background: #f4f5f7; border-radius: 6px; }
.card b { font-size: 20px; font-variant-numeric: tabular-nums; }
.card span { color: #5a6675; font-size: 12px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: #5a6675; border-bottom: 2px solid #dfe3e8; vertical-align: bottom; }
th, td { padding: 5px 10px; }
td { border-bottom: 1px solid #eef0f3; overflow-wrap: anywhere; }
td:first-child { min-width: 8em; }
.n { text-align: right; white-space: nowrap; }
.total td { font-weight: 600; border-top: 2px solid #dfe3e8; border-bottom: 0; }
@media print { body { background: white; } section { box-shadow: none; break-inside: avoid; } }
"""
