"""Reports as the command line gives them: every figure that of ``hub attribution``, down to the touches."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import polars as pl
import pytest

from hub.app.attribution import Question
from hub.app.hub import Hub
from hub.app.reports import LANGUAGES, TITLES, WORDS, chart, made
from hub.app.reports.charts import CHARTS, has_chinese_font, rendered
from hub.app.reports.table import Table

DATES = ("--from", "2026-01-01", "--to", "2026-02-28")


def test_channels_are_those_of_attribution_on_both_databases(both):
    both.hub("sync")
    theirs = both.told("attribution", "--model", "linear,last")
    ours = both.told("report", "channels", "--model", "linear,last")
    for model, rows in theirs["models"].items():
        mine = [{key: row[key] for key in rows[0]} for row in ours["models"][model]]
        assert mine == rows
    for name in ("conversions", "value", "cost", "cpa", "roas"):
        assert ours["totals"][name] == theirs["totals"][name]


def test_every_report_is_shown_and_told_as_json(synced):
    for name in TITLES:
        told = synced.told("report", name, *DATES, "--model", "linear,markov-1")
        assert told["report"] == name
        assert told["currency"] == "USD"
        for lang in LANGUAGES:
            shown = synced.hub("report", name, *DATES, "--model", "markov-1", "--lang", lang).stdout
            assert len(shown.splitlines()) > 1


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "xlsx", "svg", "png"])
def test_every_report_is_written_in_every_format(synced, ending):
    for name in TITLES:
        target = synced.folder / f"{name}.{ending}"
        code = 2 if ending in ("svg", "png") and name not in CHARTS else 0
        told = synced.told("report", name, *DATES, "--model", "markov-1", "-o", str(target), code=code)
        if code:
            assert "no chart" in told["error"]["what"]
            assert not target.exists()
        elif ending in ("csv", "jsonl"):
            assert len(target.read_text().splitlines()) == told["rows"] + (ending == "csv")
        elif ending == "parquet":
            assert len(pl.read_parquet(target)) == told["rows"]
        else:
            signs = {"svg": b"<svg", "png": b"\x89PNG", "xlsx": b"PK"}
            assert target.read_bytes().startswith(signs[ending])


def test_a_workbook_has_a_typed_filtered_sheet_for_each_table(synced):
    from fastexcel import read_excel

    target = synced.folder / "all.xlsx"
    told = synced.told("report", "workbook", *DATES, "--model", "linear,markov-1", "-o", str(target))
    book = read_excel(target)
    assert len(book.sheet_names) == len(told["sheets"]) == len(TITLES)
    sheet = book.load_sheet("Channels").to_polars()
    total = sheet.filter(pl.col("channel") == "total")
    assert total["linear value"].to_list() == [157.35]
    assert sheet["linear value"].dtype == pl.Float64
    assert sheet.filter(pl.col("channel") != "total")["linear value"].sum() == pytest.approx(157.35)
    trend = book.load_sheet("Trend").to_polars()
    assert trend.columns[0] == "period"
    import zipfile

    with zipfile.ZipFile(target) as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
        assert all(b"<autoFilter" in parts.read(name) for name in sheets)
    synced.hub("report", "workbook", "-o", str(synced.folder / "zh.xlsx"), "--lang", "zh")
    assert "渠道" in read_excel(synced.folder / "zh.xlsx").sheet_names
    assert "no workbook" in synced.told("report", "workbook", "-o", "x.csv", code=2)["error"]["what"]


COLUMNS = {
    "channels": "channel", "sources": "source", "campaigns": "campaign", "contents": "content", "paths": "path",
    "lengths": "touches", "lag": "days", "cohorts": "cohort", "trend": "month",
}  # fmt: skip


@pytest.mark.parametrize("model", ["linear", "markov-1"])
def test_every_figure_drills_down_to_conversions_that_sum_to_it(synced, model):
    for report, column in COLUMNS.items():
        told = synced.told("report", report, "--model", model)
        sums: dict[str, list[float]] = {}
        for row in told["models"][model] if "models" in told else told["rows"]:
            had = sums.setdefault(row["period" if column == "month" else column], [0, 0])
            had[0] += row["conversions"]
            had[1] += row["value"]
        for name, (conversions, value) in sums.items():
            found = synced.told("report", "conversions", "--model", model, "--where", f"{column}={name}")
            assert found["totals"]["conversions"] == pytest.approx(conversions), (column, name)
            assert found["totals"]["value"] == pytest.approx(value), (column, name)
            assert sum(one["credit"] for one in found["conversions"]) == pytest.approx(value)
            for one in found["conversions"]:
                whole = sum(touch["credit"] for touch in one["touches"]) if one["touches"] else one["value"]
                assert whole == pytest.approx(one["value"])


def test_new_and_returning_drill_down_too(synced):
    (total,) = [synced.told("report", "customers", "--model", "linear")["totals"]]
    for kind in ("new", "returning", "unknown"):
        found = synced.told("report", "conversions", "--where", f"customers={kind}")["totals"]
        assert found["value"] == pytest.approx(total[f"{kind}_value"])


def test_a_conversion_shows_its_customer_its_touches_and_their_raw_records(synced):
    words = ("report", "conversions", "--model", "linear", "--where", "channel=paid search")
    (one,) = synced.told(*words, "--raw")["conversions"]
    assert one["conversion"] == "orders/orders/o1"
    assert one["customer_id"] == synced.customer("ann.lee")
    assert (one["value"], one["credit"]) == (100.1, 50.05)
    assert [touch["raw_record"] for touch in one["touches"]] == [
        "touches/interactions/t1",
        "touches/interactions/t2",
    ]
    assert [touch["credit"] for touch in one["touches"]] == [50.05, 50.05]
    assert one["record"]["amount"] == "100.10"
    assert one["touches"][0]["record"]["campaign"] == "spring"
    shown = synced.hub(*words).stdout
    assert "touches/interactions/t1" in shown
    assert "50.05 of it" in shown
    alone = synced.hub("report", "conversions", "--where", "channel=(none)").stdout
    assert "no touch led to it" in alone
    target = synced.folder / "behind.csv"
    assert synced.told(*words, "-o", str(target))["rows"] == 2
    assert target.read_text().splitlines()[1].startswith("orders/orders/o1,")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("conversions", "--where", "weather=fine"), "no report has a column"),
        (("conversions", "--where", "channel"), "is not COLUMN=ROW"),
        (("conversions", "--where", "customers=old"), "no kind of customer"),
        (("conversions", "-o", "x.pdf"), "which format"),
        (("channels", "-o", "x.pdf"), "which format"),
        (("before",), "no period before"),
        (("channels", "--model", "liner"), "did you mean linear?"),
        (("trend", "--every", "hour"), "is not one of"),
    ],
)
def test_what_cannot_be_answered_says_why(synced, words, said):
    assert said in synced.told("report", *words, code=2)["error"]["what"]


class Outline(HTMLParser):
    """What a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [
            value for name, value in attrs if name in ("src", "href", "action", "data") and value
        ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_stands_alone_and_has_every_table_and_chart(synced, lang):
    synced.write("crm-1.csv", "id,first,last,email,phone\n1,<script>,Lee,ann.lee@gmail.com,\n")
    touches = synced.folder / "in" / "touches.jsonl"
    touches.write_text(touches.read_text().replace("spring", "<img src=x>"))
    synced.hub("sync")
    target = synced.folder / "page.html"
    words = ("report", "html", *DATES, "--model", "linear,markov-1", "--lang", lang, "-o", str(target))
    synced.told(*words)
    page = target.read_text(encoding="utf-8")
    outline = Outline()
    outline.feed(page)
    assert not {"script", "img", "link", "iframe", "object"} & set(outline.tags)
    assert not outline.addresses
    assert not re.search(r"url\((?!#)|@import", page)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert {name.split(")")[0] for name in re.findall(r"url\(#([^)]*)", page)} <= set(ids)
    assert "&lt;img src=x&gt;" in page
    assert [name for name in TITLES if f'id="{name}"' not in page] == []
    assert outline.tags.count("svg") >= 10
    assert ("营销报告" if lang == "zh" else "Marketing report") in page
    assert "157.35" in page
    assert "touches/interactions/t1" in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_figures_of_a_page_are_those_of_the_command(synced, lang):
    target = synced.folder / "page.html"
    synced.hub("report", "html", "--model", "linear", "--lang", lang, "-o", str(target))
    page = target.read_text(encoding="utf-8")
    for report in ("channels", "paths", "cohorts", "trend"):
        shown = page.split(f'<section id="{report}">')[1].split("</section>")[0]
        cells = re.findall(r"<td[^>]*>([^<]*)</td>", shown)
        told = synced.told("report", report, "--model", "linear")
        rows = told["models"]["linear"] if "models" in told else told["rows"]
        assert [f"{row['value']:,.2f}" for row in rows if f"{row['value']:,.2f}" not in cells] == []
        assert f"{told['totals']['value']:,.2f}" in cells


def test_a_picture_that_cannot_show_its_chinese_says_so(synced, monkeypatch):
    target = synced.folder / "c.png"
    monkeypatch.setattr("hub.app.reports.charts.has_chinese_font", lambda: False)
    assert "boxes" in synced.hub("report", "lag", "--lang", "zh", "-o", str(target)).stderr
    assert "boxes" not in synced.hub("report", "lag", "-o", str(target)).stderr


def test_a_page_of_all_time_leaves_out_what_needs_dates_or_a_model_that_learns(synced):
    target = synced.folder / "page.html"
    synced.hub("report", "html", "-o", str(target), "--title", "Tea & more")
    page = target.read_text(encoding="utf-8")
    assert 'id="before"' not in page
    assert 'id="confidence"' not in page
    assert "▬ value   ┃ cost" in page, "what the strokes in its bars are"
    assert "<h1>Tea &amp; more</h1>" in page


def test_the_figures_of_a_chart_are_those_of_the_command(synced):
    told = synced.told("report", "channels", "--model", "linear,last")["models"]
    with Hub.open(synced.config) as hub:
        table = made("channels", hub.reports(Question(models=("linear", "last"))).basis())
    spec = chart(table)
    assert spec is not None
    drawn = {(one["model"], one["name"]): (one["value"], one["cost"]) for one in spec["data"]["values"]}
    rows = {(model, row["channel"]): (row["value"], row["cost"]) for model in told for row in told[model]}
    assert drawn == {key: figures for key, figures in rows.items() if any(figures)}


def test_chinese_is_drawn_where_there_is_a_font_for_it():
    frame = pl.DataFrame({"days": ["0"], "conversions": [1], "value": [5]})
    table = Table("lag", ("days",), ("conversions", "value"), frame)
    spec = chart(table, "zh")
    assert spec is not None
    assert "转化天数" in rendered(spec, ".svg").decode()
    assert has_chinese_font() in (True, False)
    assert chart(Table("lag", ("days",), (), frame.clear())) is None


def test_every_word_is_there_in_both_languages():
    assert all(len(words) == len(LANGUAGES) and all(words) for words in WORDS.values())


def test_help_of_the_family_names_every_report(synced):
    said = synced.hub("report", "--help").stdout
    assert all(name in said for name in (*TITLES, "conversions", "html", "workbook"))
    assert json.loads(synced.hub("report", "lag", "--json").stdout)["report"] == "lag"


def test_removal_effects_are_those_of_the_chain_and_their_parts_are_what_it_credits(synced):
    told = synced.told("report", "effects", *DATES, "--model", "linear,markov-1,markov-2")
    assert list(told["models"]) == ["markov-1", "markov-2"]
    credited = synced.told("attribution", *DATES, "--model", "markov-1")
    earned = {row["channel"]: row["conversions"] for row in credited["models"]["markov-1"]}
    whole = sum(count for channel, count in earned.items() if channel != "(none)")
    rows = told["models"]["markov-1"]
    assert rows
    assert all(0 < row["effect"] <= 1 for row in rows)
    assert {row["channel"]: row["part"] * whole for row in rows} == pytest.approx(
        {row["channel"]: earned[row["channel"]] for row in rows}
    )
    error = synced.told("report", "effects", "--model", "linear", code=2)["error"]
    assert "markov-1" in error["step"]
