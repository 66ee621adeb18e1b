"""Exports: every format gives back what was written, money exact, formulas disarmed, files whole."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.app import export as room
from hub.app.export import ENDINGS, export
from hub.app.hub import Hub
from hub.errors import ConfigError

FRAME = pl.DataFrame(
    {
        "name": ["=1+1", "+86", "-x", "@cmd", "\tt", "李雷", "", None, "a,b\n\"c\""],
        "value": [Decimal("0.1"), Decimal("-0.1"), Decimal("9007199254.740991"), Decimal("0"), None, *[Decimal("1")] * 4],
        "at": [datetime(2026, 1, 1, 8, tzinfo=UTC)] * 9,
        "n": [-1, *range(8)],
    },
    schema={"name": pl.String, "value": pl.Decimal(38, 6), "at": pl.Datetime("us", "UTC"), "n": pl.Int64},
)  # fmt: skip


@pytest.fixture
def written(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "WHAT", {"frame": lambda hub, question: FRAME})

    def write(ending):
        path = tmp_path / f"out{ending}"
        assert export(SimpleNamespace(), "frame", path) == len(FRAME)  # type: ignore[arg-type]
        return path

    return write


def test_csv_disarms_formulas_in_text_and_leaves_numbers_alone(written):
    back = pl.read_csv(written(".csv"), infer_schema=False)
    assert back["name"].to_list() == ["'=1+1", "'+86", "'-x", "'@cmd", "'\tt", "李雷", None, None, 'a,b\n"c"']
    assert back["value"].to_list()[:4] == ["0.100000", "-0.100000", "9007199254.740991", "0.000000"]
    assert back["n"].to_list()[0] == "-1"
    assert back["at"][0] == "2026-01-01T08:00:00.000000Z"


def test_jsonl_has_a_document_on_each_line(written):
    rows = [json.loads(line) for line in written(".jsonl").read_text().splitlines()]
    assert [row["name"] for row in rows] == FRAME["name"].to_list()
    assert [row["value"] for row in rows][:5] == [0.1, -0.1, 9007199254.740991, 0.0, None]
    assert rows[0]["at"] == "2026-01-01T08:00:00.000000Z"


def test_parquet_gives_back_the_very_frame(written):
    assert pl.read_parquet(written(".parquet")).equals(FRAME)


def test_xlsx_holds_text_as_text_and_no_formula(written):
    path = written(".xlsx")
    back = pl.read_excel(path)
    assert back["name"].to_list()[:6] == ["=1+1", "+86", "-x", "@cmd", "\tt", "李雷"]
    assert back["value"].to_list()[:4] == [0.1, -0.1, 9007199254.740991, 0.0]
    sheet = zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet


def test_a_sheet_that_would_lose_rows_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "WHAT", {"frame": lambda hub, question: FRAME})
    monkeypatch.setattr("hub.app.written.SHEET", 3)
    with pytest.raises(ConfigError, match="more than an xlsx sheet holds"):
        export(SimpleNamespace(), "frame", tmp_path / "out.xlsx")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_a_failed_export_leaves_the_old_file_and_nothing_beside_it(tmp_path, monkeypatch):
    def torn(frame, path):
        path.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(room, "WHAT", {"frame": lambda hub, question: FRAME})
    monkeypatch.setattr(room, "ENDINGS", {**ENDINGS, ".csv": torn})
    target = tmp_path / "out.csv"
    target.write_text("old")
    with pytest.raises(ConfigError, match="No space left"):
        export(SimpleNamespace(), "frame", target)  # type: ignore[arg-type]
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@settings(max_examples=60, deadline=None)
@given(st.integers(-(2**63) + 1, 2**63 - 1))
def test_micro_units_become_units_exactly(micro):
    frame = pl.DataFrame({"value": [micro]}, schema={"value": pl.Int64}).select(room._money("value"))
    assert frame["value"][0] == Decimal(micro).scaleb(-6)


CONFIG = """\
[hub]
database = "{database}"
currency = "USD"
[connectors.crm]
type = "files"
path = "crm.csv"
record = "customer"
key = "id"
[connectors.crm.fields]
given_name = "first"
family_name = "last"
emails = ["email", "email_2"]
street = "street"
city = "city"
"custom.tier" = "tier"
[connectors.orders]
type = "files"
path = "orders.csv"
record = "order"
key = "id"
customers = "crm"
[connectors.orders.fields]
customer_ref = "who"
ordered_at = "at"
amount = "total"
currency = "currency"
[connectors.touches]
type = "files"
path = "touches.csv"
record = "interaction"
key = "id"
customers = "crm"
[connectors.touches.fields]
customer_ref = "who"
occurred_at = "at"
source = "source"
"""


@pytest.fixture
def hub(tmp_path, database, monkeypatch):
    config = CONFIG.format(database=database)
    if not database.startswith("sqlite"):
        monkeypatch.setenv("HUB_TEST_DATABASE", database)
        config = config.replace(f'"{database}"', '{ env = "HUB_TEST_DATABASE" }')
    (tmp_path / "connectors.toml").write_text(config)
    (tmp_path / "crm.csv").write_text(
        "id,first,last,email,email_2,street,city,tier\n1,Ann,Lee,ann@lee.org,a.lee@work.com,12 Oak Street,Boston,gold\n2,Bob,Ray,bob@ray.net,,,,\n"
    )
    (tmp_path / "orders.csv").write_text(
        "id,who,at,total,currency\no1,1,2026-01-05,100.01,USD\no2,2,2026-01-06,5.5,USD\no3,1,2026-01-07,7,EUR\n"
    )
    (tmp_path / "touches.csv").write_text(
        "id,who,at,source\nt1,1,2026-01-01,google\nt2,1,2026-01-02,bing\nt3,1,2026-01-03,x\n"
    )
    with Hub.open(tmp_path) as hub:
        assert [run.error for run in hub.sync()] == [None] * 3
        hub.resolve()
        yield hub


def read(hub, what, tmp_path, **options):
    path = tmp_path / f"{what}.parquet"
    export(hub, what, path, **options)
    return pl.read_parquet(path)


def test_crosswalk_has_every_landed_customer_record(hub, tmp_path):
    frame = read(hub, "crosswalk", tmp_path)
    assert frame.columns == ["customer_id", "connector", "stream", "source_id"]
    assert frame.drop("customer_id").rows() == [("crm", "customers", "1"), ("crm", "customers", "2")]


def test_customers_have_a_row_each_and_lists_are_joined(hub, tmp_path):
    frame = read(hub, "customers", tmp_path)
    (ann,) = frame.filter(pl.col("given_name") == "Ann").to_dicts()
    assert ann["emails"] == "ann@lee.org; a.lee@work.com"
    assert (ann["street"], ann["city"], ann["custom.tier"]) == ("12 Oak Street", "Boston", "gold")
    assert ann["kind"] == "person"
    assert len(frame) == 2
    assert frame["customer_id"].is_unique().all()


def test_customers_come_out_the_same_in_small_portions(hub, tmp_path, monkeypatch):
    whole = read(hub, "customers", tmp_path)
    monkeypatch.setattr(room, "CHUNK", 1)
    assert read(hub, "customers", tmp_path).equals(whole)


def test_interactions_name_their_customer_and_channel(hub, tmp_path):
    frame = read(hub, "interactions", tmp_path)
    assert frame["source_id"].to_list() == ["t1", "t2", "t3"]
    assert frame["channel"].to_list()[:2] == ["Organic Search", "Organic Search"]
    assert frame["customer_id"].n_unique() == 1
    assert frame["customer_id"][0] in read(hub, "customers", tmp_path)["customer_id"]


def test_credits_of_every_model_sum_to_what_was_sold(hub, tmp_path):
    from hub.app.attribution import Question

    frame = read(hub, "credits", tmp_path, question=Question(models=("linear", "first")))
    sums = frame.group_by("model", "conversion").agg(pl.col("value").sum(), pl.col("share").sum())
    assert {(model, name, value) for model, name, value, _ in sums.rows()} == {
        (model, f"orders/orders/{name}", Decimal(value))
        for model in ("linear", "first")
        for name, value in (("o1", "100.01"), ("o2", "5.5"), ("o3", "7"))
    }
    assert sums["share"].to_list() == pytest.approx([1.0] * 6)
    alone = frame.filter(pl.col("channel") == "(none)")
    assert set(alone["conversion"]) == {"orders/orders/o2"}
    assert alone["touch"].null_count() == len(alone)
    assert set(frame["touch"].drop_nulls()) == {f"touches/interactions/t{n}" for n in (1, 2, 3)}


def test_an_empty_hub_exports_headers(tmp_path):
    (tmp_path / "connectors.toml").write_text("")
    with Hub.open(tmp_path) as hub:
        for what in room.WHAT:
            assert read(hub, what, tmp_path).height == 0
            assert read(hub, what, tmp_path).width >= 4
