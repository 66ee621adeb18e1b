from __future__ import annotations

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.errors import ConfigError, TransientError

HEADER = "id,full_name,city\n"


@pytest.mark.parametrize(("mark", "ending"), [(",", "csv"), (";", "csv"), ("\t", "tsv"), ("|", "txt")])
def test_the_delimiter_is_found(folder, mark, ending):
    lines = ["id;full_name;city", "1;Lee, Ann;Köln", "2;Doe, Jo, Jr;Bonn"]
    text = (
        "\n".join(lines).replace(";", mark)
        if mark != ","
        else 'id,full_name,city\n1,"Lee, Ann",Köln\n2,"a;b;c",x'
    )
    folder.write(f"rows.{ending}", text)
    reading = folder.read(f"rows.{ending}")
    assert reading.rejected == []
    assert reading.records[0] == {"id": "1", "full_name": "Lee, Ann", "city": "Köln"}


def test_a_set_delimiter_is_not_sniffed(folder):
    reading = folder.csv("id;full_name;x\n1;a;b\n", key="id;full_name;x", delimiter="tab")
    assert reading.ids == ["1;a;b"]


def test_excels_own_delimiter_line_is_obeyed(folder):
    reading = folder.csv("sep=;\nid;city\n1;a,b\n")
    assert reading.one == {"id": "1", "city": "a,b"}


def test_a_file_of_one_column_reads(folder):
    assert folder.csv("id\n1\n2\n").ids == ["1", "2"]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_line_ending_and_quoted_newlines_read(folder, newline):
    reading = folder.csv(f'id,note,city{newline}1,"a{newline}b",x{newline}{newline}2,,y')
    assert reading.ids == ["1", "2"]
    assert reading.records[0]["custom"] == {"note": f"a{newline}b"}


def test_blank_rows_are_no_rejects(folder):
    reading = folder.csv("\n\n" + HEADER + "\n,,\n1,a,b\n\n")
    assert reading.one["id"] == "1"


def test_a_row_with_too_few_or_too_many_cells_is_set_aside_with_line_and_counts(folder):
    reading = folder.csv(HEADER + "1,a,b\n2,a\n3,Lee, Ann,b\n4,a,b\n")
    assert reading.ids == ["1", "4"]
    few, many = reading.rejected
    assert few.reason == "rows.csv, line 3: the row has 2 cells where the header has 3"
    assert many.reason.startswith(
        "rows.csv, line 4: the row has 4 cells where the header has 3; is there a ','"
    )
    assert (few.raw, few.source_id, many.raw, many.source_id) == ("2,a", "2", "3,Lee, Ann,b", "3")
    assert reading.complete


def test_a_quote_that_is_never_closed_takes_no_neighbour_with_it(folder):
    rows = "".join(f"{number},n{number},c\n" for number in range(3, 3000))
    reading = folder.csv(HEADER + '1,a,b\n2,"open,b\n' + rows)
    assert reading.ids == ["1", *map(str, range(3, 3000))]
    assert "rows.csv, line 3: the quotes do not match" in reading.reason
    assert reading.rejected[0].raw == '2,"open,b'
    assert not reading.complete


def test_a_stray_quote_that_a_later_row_seems_to_close_does_not_join_two_rows(folder):
    reading = folder.csv(HEADER + '1,"Bob,x\n2,"Ann",y\n3,Cy,z\n')
    assert reading.ids == ["2", "3"]
    assert "line 2" in reading.reason


def test_lines_are_numbered_as_in_an_editor(folder):
    reading = folder.csv('id,note,city\n1,"a\nb\nc",x\n,k,l\n')
    assert "line 5: the key is empty: column 'id'" in reading.reason
    assert reading.rejected[0].raw == ",k,l"
    assert reading.complete


def test_a_last_line_cut_in_the_middle_is_told_and_nothing_is_swept(folder):
    reading = folder.csv(HEADER + "1,a,b\n27,c")
    assert reading.ids == ["1"]
    assert "the file ends in the middle of it" in reading.reason
    assert reading.rejected[0].source_id == ""
    assert not reading.complete


def test_bytes_that_are_not_text_reject_their_row_alone(folder):
    reading = folder.csv(HEADER.encode() + "1,王伟,b\n".encode() + b"2,\xff\xfe,b\n" + "3,c,Köln\n".encode())
    assert reading.ids == ["1", "3"]
    assert "line 3: the row holds bytes that are not utf-8; set encoding" in reading.reason
    assert (reading.rejected[0].raw, reading.rejected[0].source_id) == ("2,\\xff\\xfe,b", "2")
    assert reading.complete


def test_nul_characters_reject_their_row_alone(folder):
    reading = folder.csv(HEADER + "1,a,b\n2,\0,b\n3,c,d\n")
    assert reading.ids == ["1", "3"]
    assert "line 3: the row holds NUL" in reading.reason
    assert "\0" not in reading.rejected[0].raw


def test_a_line_too_long_is_set_aside_with_its_size_and_reading_goes_on(folder):
    reading = folder.csv(HEADER + "1,a,b\n2," + "x" * 5000 + ",b\n3,c,d\n", max_line=1000)
    assert reading.ids == ["1", "3"]
    assert reading.reason == "rows.csv, line 3: the line has 5004 characters, more than max_line = 1000"
    assert reading.rejected[0].raw.startswith("2,xxx")
    assert len(reading.rejected[0].raw) < 2100
    assert not reading.complete


def test_a_long_last_line_without_an_end_is_set_aside(folder):
    reading = folder.csv(HEADER + "1,a,b\n2," + "x" * 5000, max_line=1000)
    assert reading.ids == ["1"]
    assert "5002 characters" in reading.reason


def test_a_cell_larger_than_the_csv_modules_default_is_read(folder):
    reading = folder.csv(HEADER + "1,a," + "x" * 200_000 + "\n")
    assert len(reading.one["city"]) == 200_000


def test_bad_values_reject_their_row_and_name_the_column(folder):
    reading = folder.csv(
        "id,at,sum\n1,2025-04-03,5\n2,2025-04-03,five\n3,03/04/2025,5\n4,,5\n5,2025-04-03,\n6,soon,1\n7,2025-04-04,7\n",
        record="order",
        fields={"ordered_at": "at", "amount": "sum"},
    )
    assert reading.ids == ["1", "7"]
    assert [(reject.source_id, reject.reason.split(": ", 1)[1]) for reject in reading.rejected] == [
        ("2", "column 'sum': 'five' is no number"),
        (
            "3",
            "column 'at': '03/04/2025' can be read in more than one way; set date_order to \"dmy\" or \"mdy\"",
        ),
        ("4", "the row has no ordered_at"),
        ("5", "the row has no amount"),
        ("6", "column 'at': 'soon' is no date or time that can be read; write it like 2025-04-03 09:30"),
    ]
    assert reading.complete


def test_the_zero_dates_of_databases_mean_that_no_time_is_known(folder):
    reading = folder.csv(
        "id,changed,born\n1,0000-00-00 00:00:00,0000-00-00\n2,0001-01-01T00:00:00,\n",
        fields={"modified_at": "changed", "birth_date": "born"},
    )
    assert reading.records == [{"id": "1"}, {"id": "2"}]


def test_time_zone_of_the_settings_wins_over_the_hubs(order):
    assert order("2025-04-03 09:30").one["ordered_at"] == "2025-04-03T09:30:00+08:00"
    assert (
        order("2025-04-03 09:30", timezone="Europe/Berlin").one["ordered_at"] == "2025-04-03T09:30:00+02:00"
    )


def test_settings_for_dates_and_decimals_reach_the_row(order):
    record = order("03/04/2025", "1.234,50 €", date_order="dmy", decimal=",").one
    assert (record["ordered_at"][:10], record["amount"]) == ("2025-04-03", "1234.50")


def test_a_file_without_even_a_header_is_worth_another_try(folder):
    folder.write("a.csv", " \n")
    with pytest.raises(TransientError, match="empty"):
        folder.read()


def test_a_file_with_only_a_header_has_no_rows(folder):
    reading = folder.csv(HEADER)
    assert (reading.records, reading.complete) == ([], True)


def test_an_unreadable_header_is_an_error(folder):
    folder.write("a.csv", 'id,"name\n1,2\n')
    with pytest.raises(ConfigError, match="header"):
        folder.read()


def test_rows_come_in_pages_of_twenty_thousand(folder):
    reading = folder.csv("id\n" + "".join(f"{number}\n" for number in range(42_500)))
    assert [len(page.records) for page in reading.pages] == [20_000, 20_000, 2500, 0]
    assert reading.ids == [str(number) for number in range(42_500)]


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=20), st.sampled_from([",", ";", "\t", "|"]))
def test_whatever_csv_writes_is_read_back(folder, rows, mark):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=mark)
    writer.writerow(["id", "one", "two"])
    writer.writerows([f"k{place}", *row] for place, row in enumerate(rows))
    reading = folder.csv(out.getvalue(), delimiter=mark)
    assert reading.rejected == []
    got = [
        (each.get("custom", {}).get("one", ""), each.get("custom", {}).get("two", ""))
        for each in reading.records
    ]
    assert got == rows


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_break_the_rows_around_them(folder, junk):
    clean = junk.replace(b"\n", b"").replace(b"\r", b"").replace(b'"', b"")
    content = (
        b"id,full_name,city\n" + "1,王伟,上海\n".encode() * 1 + b"2,x," + clean + "\n3,李娜,北京\n".encode()
    )
    reading = folder.csv(content, encoding="utf-8")
    assert {"1", "3"} <= set(reading.ids)
    for reject in reading.rejected:
        reject.raw.encode()
        reject.reason.encode()


def test_a_damaged_key_names_no_row_and_nothing_is_swept(folder):
    reading = folder.csv(HEADER.encode() + "1,王,b\n".encode() + b"2\xff,c,d\n")
    assert reading.rejected[0].source_id == ""
    assert not reading.complete
