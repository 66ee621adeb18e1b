from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest
import xlsxwriter

from hub.errors import ConfigError


@pytest.fixture
def workbook(folder):
    """Writes rows of cells to a workbook of one sheet, dates as dates."""

    def write(*rows, name="rows.xlsx", sheet="Kunden"):
        with xlsxwriter.Workbook(str(folder.path / name), {"default_date_format": "yyyy-mm-dd"}) as book:
            page = book.add_worksheet(sheet)
            for place, row in enumerate(rows):
                page.write_row(place, 0, row)
        return folder

    return write


def test_a_workbook_is_read_as_its_cells_show(workbook):
    folder = workbook(
        ["编号", "姓名", "生日", "手机", "电邮", "Rate"],
        [1.0, "王伟", datetime(1990, 5, 6), 13912345678, "a@x.com", 1.5],  # noqa: DTZ001
        [None] * 6,
        ["A-2", "李娜", "1991-01-02", "021-5555", None, True],
    )
    fields = {"full_name": "姓名", "birth_date": "生日", "phones": "手机", "emails": "电邮"}
    assert folder.read("rows.xlsx", key="编号", fields=fields).records == [
        {
            "id": "1",
            "full_name": "王伟",
            "birth_date": "1990-05-06",
            "phones": ["13912345678"],
            "emails": ["a@x.com"],
            "custom": {"Rate": "1.5"},
        },
        {
            "id": "A-2",
            "full_name": "李娜",
            "birth_date": "1991-01-02",
            "phones": ["021-5555"],
            "custom": {"Rate": "true"},
        },
    ]


def test_rows_of_a_sheet_are_numbered_and_shown_when_rejected(workbook):
    folder = workbook(["id", "at", "sum"], [1, "2025-04-03", 5], [2, "2025-04-03", "five"])
    reading = folder.read("rows.xlsx", record="order", fields={"ordered_at": "at", "amount": "sum"})
    assert reading.ids == ["1"]
    assert "line 3: column 'sum': 'five' is no number" in reading.reason
    assert reading.rejected[0].raw == '{"id": "2", "at": "2025-04-03", "sum": "five"}'


def test_a_sheet_is_chosen_by_name(workbook):
    folder = workbook(["id"], [1])
    assert folder.read("rows.xlsx", sheet="Kunden").ids == ["1"]
    with pytest.raises(ConfigError, match="no sheet 'Customers'; the workbook has Kunden"):
        folder.read("rows.xlsx", sheet="Customers")


def test_the_lock_excel_leaves_beside_an_open_workbook_is_passed_over(workbook):
    folder = workbook(["id"], [1])
    folder.write("~$rows.xlsx", b"\x05admin")
    assert folder.read("*.xlsx").ids == ["1"]


@pytest.mark.parametrize("name", ["rows.xlsx", "rows.parquet"])
@pytest.mark.parametrize(
    ("content", "looks"),
    [(b"id,name\n1,x\n", "plain text"), (b"<html><table>", "HTML"), (b"\x1f\x8b\x08\0\xff", "gzip")],
)
def test_a_file_that_is_not_what_its_ending_says_is_told(folder, name, content, looks):
    folder.write(name, content)
    with pytest.raises(ConfigError, match="is not") as caught:
        folder.connector(name).check()
    assert looks in caught.value.cause
    assert name in caught.value.where


def test_an_empty_sheet_is_an_error(workbook):
    folder = workbook()
    with pytest.raises(ConfigError):
        folder.read("rows.xlsx")


def test_parquet_values_become_canonical(folder):
    pl.DataFrame(
        {
            "id": [1.0, 2.0],
            "at": [datetime(2025, 4, 3, 9, 30), datetime(2025, 4, 4)],  # noqa: DTZ001
            "amount": [Decimal("19.90"), Decimal("5.00")],
            "emails": [["a@x.com"], []],
            "born": [date(1990, 1, 2), None],
            "seen": [datetime(2025, 1, 1, tzinfo=UTC), None],
            "inner": [{"a": 1, "b": "x"}, {"a": None, "b": None}],
        }
    ).write_parquet(folder.path / "o.parquet")
    reading = folder.read("o.parquet", record="order", fields={"ordered_at": "at"})
    first, second = reading.records
    assert first == {
        "id": "1",
        "ordered_at": "2025-04-03T09:30:00+08:00",
        "amount": "19.90",
        "emails": ["a@x.com"],
        "custom": {"born": "1990-01-02", "seen": "2025-01-01T00:00:00+00:00", "inner.a": 1, "inner.b": "x"},
    }
    assert second == {"id": "2", "ordered_at": "2025-04-04T00:00:00+08:00", "amount": "5.00"}


def test_parquet_of_many_batches_keeps_its_order(folder):
    pl.DataFrame({"id": range(25_000)}).write_parquet(folder.path / "o.parquet", row_group_size=7000)
    assert folder.read("o.parquet").ids == [str(number) for number in range(25_000)]


def test_a_parquet_file_without_rows_still_must_have_its_columns(folder):
    pl.DataFrame({"id": pl.Series([], dtype=pl.String)}).write_parquet(folder.path / "o.parquet")
    assert folder.read("o.parquet").records == []
    with pytest.raises(ConfigError, match="no column 'name'"):
        folder.read("o.parquet", fields={"full_name": "name"})


def test_nul_in_parquet_rejects_its_row_alone(folder):
    pl.DataFrame({"id": ["1", "2"], "a": ["x\0", None]}).write_parquet(folder.path / "o.parquet")
    reading = folder.read("o.parquet")
    assert reading.ids == ["2"]
    assert (reading.rejected[0].source_id, "NUL" in reading.reason) == ("1", True)


def test_a_field_that_nests_must_be_a_list(folder):
    pl.DataFrame({"id": ["1"], "at": ["2025-04-03"], "amount": [1], "lines": ["tea"]}).write_parquet(
        folder.path / "o.parquet"
    )
    reading = folder.read("o.parquet", record="order", fields={"ordered_at": "at"})
    assert "column 'lines': a list is expected" in reading.reason


def test_a_date_cell_under_custom_is_a_date(workbook):
    folder = workbook(["id", "since"], [1, datetime(2020, 2, 3)])  # noqa: DTZ001
    assert folder.read("rows.xlsx").one["custom"] == {"since": "2020-02-03"}
