from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hub_files.dates import birth, day, moment
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import DataError

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2025-04-03", "2025-04-03T00:00:00+08:00"),
        ("2025-04-03 09:30", "2025-04-03T09:30:00+08:00"),
        ("2025-04-03T09:30:15.250Z", "2025-04-03T09:30:15.250000+00:00"),
        ("2025-04-03T09:30:15+02:00", "2025-04-03T09:30:15+02:00"),
        ("2025-04-03T09:30:15-00:00", "2025-04-03T09:30:15+00:00"),
        ("2025-04-03T093015.2+02:00", "2025-04-03T09:30:15.200000+02:00"),
        ("2025-04-03 09:30:15 +0200", "2025-04-03T09:30:15+02:00"),
        ("2025-04-03 09:30:15 -05", "2025-04-03T09:30:15-05:00"),
        ("2025-04-03 09:30:15 UTC", "2025-04-03T09:30:15+00:00"),
        ("2025/4/3 9:30", "2025-04-03T09:30:00+08:00"),
        ("2025.04.03", "2025-04-03T00:00:00+08:00"),
        ("23/04/2025 21:05", "2025-04-23T21:05:00+08:00"),
        ("04/23/2025 9:05 PM", "2025-04-23T21:05:00+08:00"),
        ("04/23/2025, 12:05:09 a.m.", "2025-04-23T00:05:09+08:00"),
        ("03/03/2025", "2025-03-03T00:00:00+08:00"),
        ("2025年4月3日", "2025-04-03T00:00:00+08:00"),
        ("2025年4月3日 下午3:05", "2025-04-03T15:05:00+08:00"),
        ("2025年4月3日 15时05分", "2025-04-03T15:05:00+08:00"),
        ("2025/4/3 上午12:05:01", "2025-04-03T00:05:01+08:00"),
        ("3 Apr 2025", "2025-04-03T00:00:00+08:00"),
        ("Thu, 03 Apr 2025 09:30:15 +0800", "2025-04-03T09:30:15+08:00"),
        ("April 3, 2025 9:30 am", "2025-04-03T09:30:00+08:00"),
        ("3-Apr-2025", "2025-04-03T00:00:00+08:00"),
        ("20250403", "2025-04-03T00:00:00+08:00"),
        ("20250403093015", "2025-04-03T09:30:15+08:00"),
        ("1743643815", "2025-04-03T01:30:15+00:00"),
        ("1743643815250", "2025-04-03T01:30:15.250000+00:00"),
    ],
)
def test_times_are_read_as_people_and_programs_write_them(text, iso):
    assert moment(text, SHANGHAI, "") == iso


@given(
    st.datetimes(datetime(1900, 1, 1), datetime(2199, 1, 1)),  # noqa: DTZ001
    st.one_of(st.none(), st.timedeltas(timedelta(hours=-23), timedelta(hours=23))),
    st.sampled_from(["", ".5", ".250000"]),
    st.sampled_from([("T", "T"), ("T", " "), ("-", ""), (":", ""), ("+", "-"), ("+00:00", "Z")]),
)
@settings(max_examples=100)
def test_a_time_python_reads_is_written_as_python_writes_it(at, offset, part, change):
    zone = None if offset is None else timezone(timedelta(minutes=offset // timedelta(minutes=1)))
    whole = at.replace(microsecond=0, tzinfo=zone).isoformat()
    text = f"{whole[:19]}{part}{whole[19:]}".replace(*change)
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return
    said = read if read.tzinfo else read.replace(tzinfo=BERLIN)
    assert moment(text, BERLIN, "") == said.isoformat()


@pytest.mark.parametrize(
    ("text", "order", "iso"),
    [
        ("03/04/2025", "dmy", "2025-04-03"),
        ("03/04/2025", "mdy", "2025-03-04"),
        ("03.04.25", "dmy", "2025-04-03"),
        ("25-04-03", "ymd", "2025-04-03"),
        ("03/04/99", "mdy", "1999-03-04"),
        ("2025-04-03", "dmy", "2025-04-03"),
        ("23/04/2025", "ymd", "2025-04-23"),
    ],
)
def test_date_order_decides(text, order, iso):
    assert day(text, order) == iso
    assert moment(text, UTC, order)[:10] == iso


@pytest.mark.parametrize("text", ["03/04/2025", "3.4.2025 10:00", "12-11-2025", "25/04/03", "03/04/05"])
def test_a_date_that_reads_two_ways_names_the_setting(text):
    with pytest.raises(DataError, match="date_order"):
        moment(text, UTC, "")


@pytest.mark.parametrize(
    "text",
    [
        "soon",
        "2025-02-30",
        "31/02/2025",
        "13/13/2025",
        "2025-04-03 25:00",
        "45000",
        "0000-01-01",
        "0002-01-01",
        "3 Foo 2025",
        "2025-04-03 noonish",
        "99999999",
        "174164381525",
        "2025-4-3 9:61",
    ],
)
def test_what_is_no_time_is_refused(text):
    with pytest.raises(DataError):
        moment(text, UTC, "")


def test_a_month_that_contradicts_date_order_is_refused():
    with pytest.raises(DataError, match="no month 23"):
        day("04/23/2025", "dmy")


def test_thirteen_digits_are_never_a_year_in_the_past():
    assert moment("1741060800123", UTC, "").startswith("2025-03-04")


def test_a_time_the_clock_change_repeats_or_skips_is_taken_as_before_it():
    assert moment("2025-10-26 02:30", BERLIN, "") == "2025-10-26T02:30:00+02:00"
    assert moment("2025-03-30 02:30", BERLIN, "") == "2025-03-30T02:30:00+01:00"


def test_a_day_is_never_moved_by_a_time_zone():
    assert day("2025-04-03T23:30:00-08:00", "") == "2025-04-03"
    assert day("2025-04-03 00:00:00", "") == "2025-04-03"
    with pytest.raises(DataError):
        day("2025-02-30", "")


@pytest.mark.parametrize(
    "text", ["1985", "1985-3", "March 1985", "1985年3月4日", "13/04/1985", "4/4/1985", "1985-02-30"]
)
def test_a_birth_date_is_kept_as_written(text):
    assert birth(text, "") == text


def test_an_ambiguous_birth_date_is_refused_and_converted_once_the_order_is_known():
    with pytest.raises(DataError, match="date_order"):
        birth("03/04/1985", "")
    assert birth("03/04/1985", "dmy") == "1985-04-03"
    assert birth("03/04/1985", "mdy") == "1985-03-04"
    assert birth("1985-04-03 00:00:00", "") == "1985-04-03"


def test_a_birth_date_with_two_digits_is_not_in_the_future():
    assert birth("03/04/45", "dmy") == "1945-04-03"
    assert birth("03/04/05", "dmy") == "2005-04-03"


@settings(max_examples=100)
@given(st.datetimes(datetime(1970, 1, 2), datetime(2199, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001
def test_any_iso_time_means_the_same_instant_afterwards(naive, offset):
    from datetime import timezone

    at = naive.replace(tzinfo=timezone(timedelta(minutes=offset)))
    assert datetime.fromisoformat(moment(at.isoformat(), SHANGHAI, "")) == at


@settings(max_examples=100)
@given(st.dates(), st.sampled_from(["dmy", "mdy"]), st.sampled_from("-/."))
def test_a_date_order_reads_back_what_it_wrote(date, order, mark):
    if not 1900 <= date.year < 2200:
        return
    parts = {"d": f"{date.day}", "m": f"{date.month:02}", "y": f"{date.year}"}
    assert day(mark.join(parts[letter] for letter in order), order) == date.isoformat()


@settings(max_examples=200)
@given(st.text(st.sampled_from("0123456789/-. :年月日APM下午TZ+"), min_size=1, max_size=24))
def test_no_text_raises_anything_but_a_data_error(text):
    for read in (lambda: moment(text, BERLIN, ""), lambda: birth(text, "dmy"), lambda: day(text, "mdy")):
        try:
            read()
        except DataError:
            pass
