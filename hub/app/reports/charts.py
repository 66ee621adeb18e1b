"""Tables of a report as charts: Vega-Lite, declared once, drawn here as PNG or SVG or by any browser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hub.app.reports.catalogue import title, word
from hub.app.reports.table import Table, called

__all__ = ["CHARTS", "chart", "has_chinese_font", "rendered"]

Spec = dict[str, Any]

FONTS = (
    "Noto Sans, Noto Sans CJK SC, Source Han Sans SC, PingFang SC, Microsoft YaHei, WenQuanYi Micro Hei, "
    "DejaVu Sans, sans-serif"
)
COLORS = ("#2a6f97", "#e07a5f", "#81b29a", "#f2cc8f", "#6d597a", "#3d405b", "#b56576", "#84a59d")
OF_ONE_MODEL = ("customers", "before", "trend")
"""Charts that show the first model alone."""
MOST = 12
"""As many bars as can be read."""
PLAIN = {"format": ",.0f", "grid": True, "tickCount": 6}
"""Whole numbers, few enough for the labels of millions to stand apart."""
SCALE = 2.0


def chart(table: Table, lang: str = "en") -> Spec | None:
    """The chart of a table, or ``None`` where a table says it better or has no rows."""
    if table.name not in CHARTS or table.frame.is_empty():
        return None
    heading: Spec = {"text": title(table.name, lang), "anchor": "start", "fontSize": 15, "offset": 12}
    if table.name in OF_ONE_MODEL and len(table.models) > 1:
        heading |= {"subtitle": word(table.models[0], lang), "subtitleColor": "#666"}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": heading,
        "width": 620,
        "background": "white",
        "config": {
            "font": FONTS,
            "range": {"category": list(COLORS)},
            "axis": {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "labelLimit": 260,
                     "domainColor": "#999", "tickColor": "#999", "gridColor": "#e6e6e6"},
            "legend": {"labelFontSize": 12, "titleFontSize": 12, "orient": "top", "labelLimit": 260},
            "view": {"stroke": None},
        },
        **CHARTS[table.name](table, lang),
    }  # fmt: skip


def rendered(spec: Spec, ending: str) -> bytes:
    """A chart as ``.png`` or ``.svg``; whatever it shows is in it, nothing is fetched."""
    import vl_convert

    if ending == ".svg":
        return vl_convert.vegalite_to_svg(spec).encode()
    return vl_convert.vegalite_to_png(spec, scale=SCALE)


def has_chinese_font() -> bool:
    """Whether this machine can draw Chinese: a character does not look like one that no font has."""
    import vl_convert

    drawn = [
        vl_convert.svg_to_png(
            f'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><text y="30" font-size="30" font-family="{FONTS}">{sign}</text></svg>'
        )
        for sign in ("渠", "\U0010fffd")
    ]
    return drawn[0] != drawn[1]


def _earned(table: Table, lang: str) -> Spec:
    """Bars of value, a colour a model; with one model, what it cost is a stroke beside them."""
    key = table.keys[-1]
    rows = _most([row for row in table.rows() if row["value"] or row["cost"]], key, "value")
    data = [
        {"name": called(key, row[key], lang), "model": word(row["model"], lang), "value": row["value"], "cost": row["cost"]}
        for row in rows
    ]  # fmt: skip
    bars = _bars(data, lang, key, "model", [word(model, lang) for model in table.models])
    if len(table.models) > 1:
        return bars
    alone = {name: value for name, value in bars["encoding"].items() if name not in ("color", "yOffset")}
    paid = {"y": alone["y"], "x": {"field": "cost", "type": "quantitative"}}
    tick = {"type": "tick", "color": "#b00020", "thickness": 3, "height": 18}
    legend = {"subtitle": f"▬ {word('value', lang)}   ┃ {word('cost', lang)}", "subtitleColor": "#666"}
    heading = {"text": title(table.name, lang), "anchor": "start", "fontSize": 15, "offset": 12, **legend}
    return {
        "data": bars["data"], "height": {"step": 26}, "title": heading,
        "layer": [
            {"mark": {**bars["mark"], "color": COLORS[0]}, "encoding": alone},
            {"transform": [{"filter": "datum.cost > 0"}], "mark": tick, "encoding": paid},
        ],
    }  # fmt: skip


def _customers(table: Table, lang: str) -> Spec:
    kinds = ("new_conversions", "returning_conversions", "unknown_conversions")
    key, first = table.keys[-1], table.models[0]
    rows = [row for row in table.rows() if row["model"] == first and any(row[kind] for kind in kinds)]
    return _parts(rows, key, kinds, lang, stacked=True)


def _assists(table: Table, lang: str) -> Spec:
    return _parts(table.rows(), table.keys[-1], ("assisted", "last"), lang)


def _before(table: Table, lang: str) -> Spec:
    key, first = table.keys[-1], table.models[0]
    rows = [row for row in table.rows() if row["model"] == first]
    return _parts(rows, key, ("value", "value_before"), lang)


def _paths(table: Table, lang: str) -> Spec:
    rows = [row for row in table.rows() if row["path"] not in ("(none)", "(other)")][:MOST]
    data = [{"name": called("path", row["path"], lang), "value": row["conversions"]} for row in rows]
    spec = _bars(data, lang, "path", None, [])
    spec["encoding"]["x"]["title"] = word("conversions", lang)
    spec["encoding"]["y"]["axis"] = {"labelLimit": 380, "title": None}
    return {**spec, "width": 420}


def _columns(table: Table, lang: str) -> Spec:
    key = table.keys[0]
    data = [{"name": called(key, row[key], lang), "value": row["conversions"]} for row in table.rows()]
    x = {
        "field": "name",
        "type": "nominal",
        "sort": None,
        "title": word(key, lang),
        "axis": {"labelAngle": 0},
    }
    y = {"field": "value", "type": "quantitative", "title": word("conversions", lang), "axis": PLAIN}
    bar = {"type": "bar", "color": COLORS[0], "cornerRadiusEnd": 2}
    return {"data": {"values": data}, "height": 240, "mark": bar, "encoding": {"x": x, "y": y}}


def _cohorts(table: Table, lang: str) -> Spec:
    """Squares as dark as what a cohort was worth so many periods later."""
    rows = [row for row in table.rows() if row["since"] is not None]
    data = [{"name": row["cohort"], "since": row["since"], "value": row["value"]} for row in rows]
    places: Spec = {
        "x": {"field": "since", "type": "ordinal", "title": word("since", lang), "axis": {"labelAngle": 0}},
        "y": {"field": "name", "type": "ordinal", "title": word("cohort", lang)},
    }
    shade = {"field": "value", "type": "quantitative", "title": word("value", lang), "legend": {"format": ",.0f", "gradientLength": 320},
             "scale": {"range": ["#e8f1f5", "#2a6f97"], "domainMin": 0, "clamp": True}}  # fmt: skip
    most = max((row["value"] for row in rows), default=0)
    ink = {"condition": {"test": f"datum.value > {most * 0.55}", "value": "white"}, "value": "#222"}
    text = {"field": "value", "type": "quantitative", "format": ",.0f"}
    return {
        "data": {"values": data}, "height": {"step": 30}, "encoding": places,
        "layer": [
            {"mark": "rect", "encoding": {"color": shade}},
            {"mark": {"type": "text", "fontSize": 11}, "encoding": {"text": text, "color": ink}},
        ],
    }  # fmt: skip


def _trend(table: Table, lang: str) -> Spec:
    """Columns of value with a line of cost; by something, a line for each of the first model."""
    by = table.keys[-1]
    periods = sorted({row["period"] for row in table.rows()})
    days = [{"year": day.year, "month": day.month, "date": day.day} for day in periods]
    axis = {"format": "%Y-%m-%d", "labelAngle": -35, **({"values": days} if len(days) <= MOST else {})}
    x = {"field": "period", "type": "temporal", "title": None, "axis": axis}
    if by != "period":
        rows = [row for row in table.rows() if row["model"] == table.models[0]]
        data = [
            {"period": f"{row['period']}T00:00:00", "name": called(by, row[by], lang), "value": row["value"]}
            for row in _most(rows, by, "value", 8)
        ]
        y = {"field": "value", "type": "quantitative", "title": word("value", lang), "axis": PLAIN}
        color = {"field": "name", "type": "nominal", "title": None}
        encoding = {"x": x, "y": y, "color": color}
        return {
            "data": {"values": data},
            "height": 280,
            "mark": {"type": "line", "point": True},
            "encoding": encoding,
        }
    data = [
        {"period": f"{row['period']}T00:00:00", "name": word(name, lang), "value": row[name]}
        for row in table.rows()
        for name in ("value", "cost")
    ]
    names = [word("value", lang), word("cost", lang)]
    scale = {"domain": names, "range": [COLORS[0], "#b00020"]}
    color = {"field": "name", "type": "nominal", "title": None, "scale": scale}
    y = {"field": "value", "type": "quantitative", "title": None, "axis": PLAIN}
    mark = {"type": "line", "point": {"size": 40}, "strokeWidth": 2}
    return {
        "data": {"values": data}, "height": 260, "mark": mark, "encoding": {"x": x, "y": y, "color": color},
    }  # fmt: skip


def _confidence(table: Table, lang: str) -> Spec:
    """A point for each figure and a line over its interval."""
    key = table.keys[-1]
    data = [
        {"name": called(key, row[key], lang), "model": word(row["model"], lang), "value": row["value"],
         "low": row["value_low"], "high": row["value_high"]}
        for row in _most(table.rows(), key, "value")
    ]  # fmt: skip
    models = [word(model, lang) for model in table.models]
    spec = _bars(data, lang, key, "model", models)
    y, color, offset = (spec["encoding"][name] for name in ("y", "color", "yOffset"))
    shared = {"y": y, "yOffset": offset, "color": color}
    low = {"field": "low", "type": "quantitative", "title": word("value", lang), "axis": PLAIN}
    point = {"field": "value", "type": "quantitative"}
    return {
        "data": spec["data"], "height": spec["height"],
        "layer": [
            {"mark": {"type": "rule", "strokeWidth": 2}, "encoding": {**shared, "x": low, "x2": {"field": "high"}}},
            {"mark": {"type": "point", "filled": True, "size": 60}, "encoding": {**shared, "x": point}},
        ],
    }  # fmt: skip


CHARTS: Mapping[str, Callable[[Table, str], Spec]] = {
    **dict.fromkeys(("channels", "sources", "campaigns", "contents"), _earned),
    "customers": _customers,
    "assists": _assists,
    "paths": _paths,
    "lengths": _columns,
    "lag": _columns,
    "cohorts": _cohorts,
    "trend": _trend,
    "before": _before,
    "confidence": _confidence,
}
"""Report to what draws it."""


def _most(rows: list[dict[str, Any]], key: str, measure: str, most: int = MOST) -> list[dict[str, Any]]:
    """The rows of the names that have the most, under any model."""
    top: dict[str, float] = {}
    for row in rows:
        top[row[key]] = max(top.get(row[key], 0), row[measure])
    kept = sorted(top, key=lambda name: -top[name])[:most]
    return [row for row in rows if row[key] in kept]


def _parts(
    rows: list[dict[str, Any]], key: str, kinds: tuple[str, ...], lang: str, *, stacked: bool = False
) -> Spec:
    """Bars of several measures of each row, beside each other or one after the other."""
    rows = rows[:MOST]
    data = [
        {"name": called(key, row[key], lang), "kind": word(kind, lang), "value": row[kind]}
        for row in rows
        for kind in kinds
    ]
    spec = _bars(data, lang, key, "kind", [word(kind, lang) for kind in kinds])
    spec["encoding"]["x"]["title"] = word("value" if "value" in kinds else "conversions", lang)
    if stacked:
        del spec["encoding"]["yOffset"]
        spec["height"] = {"step": 26}
    return spec


def _bars(data: list[dict[str, Any]], lang: str, key: str, group: str | None, groups: list[str]) -> Spec:
    names = list(dict.fromkeys(row["name"] for row in data))
    y = {"field": "name", "type": "nominal", "sort": names, "title": None}
    x: Spec = {"field": "value", "type": "quantitative", "title": word("value", lang), "axis": PLAIN}
    encoding: Spec = {"x": x, "y": y}
    step: Spec = {"step": 26}
    if group is not None:
        color = {
            "field": group,
            "type": "nominal",
            "title": None,
            "sort": groups,
            "scale": {"domain": groups},
        }
        encoding |= {"color": color, "yOffset": {"field": group, "type": "nominal", "sort": groups}}
        step = {"step": max(13, 26 // max(len(groups), 1)), "for": "offset"} if len(groups) > 1 else step
    mark: Spec = {"type": "bar", "cornerRadiusEnd": 2, **({} if group else {"color": COLORS[0]})}
    return {"data": {"values": data}, "height": step, "mark": mark, "encoding": encoding}
