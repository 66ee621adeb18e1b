from __future__ import annotations

import json
import re

import pytest
from hub_files import connector
from hub_files.jsonl import decoded
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import ConfigError


def test_values_keep_their_types_under_custom_and_nested_objects_spread(folder):
    row = {
        "id": 7,
        "full_name": "王伟",
        "emails": ["a@x.com", ""],
        "address": {"city": "上海", "geo": {"lat": 31.2}},
        "consent": {"email": True},
        "custom": {"size": 39},
        "age": 41,
        "tags": ["a", 1],
        "vip": False,
        "none": None,
    }
    reading = folder.jsonl(json.dumps(row) + "\n", fields={"city": "address.city"})
    assert reading.one == {
        "id": "7",
        "full_name": "王伟",
        "emails": ["a@x.com"],
        "city": "上海",
        "consent": {"email": "granted"},
        "custom": {"address.geo.lat": 31.2, "size": "39", "age": 41, "tags": ["a", 1], "vip": False},
    }


def test_order_lines_and_numbers_are_taken(folder):
    row = {"id": 1.0, "at": 1743643815, "amount": 19.9, "lines": [{"product": "tea", "quantity": 2}]}
    reading = folder.jsonl(json.dumps(row) + "\n", record="order", fields={"ordered_at": "at"})
    assert reading.one == {
        "id": "1",
        "ordered_at": "2025-04-03T01:30:15+00:00",
        "amount": "19.9",
        "lines": [{"product": "tea", "quantity": 2}],
    }


def test_rows_may_differ_in_their_columns(folder):
    folder.jsonl(
        '{"id":1,"a":"x"}\n\n{"b":"y","id":2}\n{"id":3,"a":"z"}\n', fields={"city": "a", "region": "b"}
    )
    reading = folder.read("rows.jsonl", fields={"city": "a", "region": "b"})
    assert reading.records == [
        {"id": "1", "city": "x"},
        {"id": "2", "region": "y"},
        {"id": "3", "city": "z"},
    ]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def no_number(name):
    raise ValueError(f"{name} is no JSON")


@given(
    VALUES,
    st.booleans(),
    st.integers(0, 40),
    st.sampled_from(["", "\\ud800", "\ud800", "1e999", "-", "0", ","]),
)
@settings(max_examples=100)
def test_a_line_is_the_value_the_standard_library_reads(value, escaped, place, slip):
    line = json.dumps(value, ensure_ascii=escaped)
    line = f"{line[:place]}{slip}{line[place:]}"
    try:
        known = json.loads(line, parse_constant=no_number)
    except ValueError as error:
        with pytest.raises(ValueError, match=re.escape(str(error))):
            decoded(line)
    else:
        assert repr(decoded(line)) == repr(known)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"id": 2,}', "is no JSON"),
        ('{"id": NaN}', "NaN is no JSON"),
        ("[1]", "JSON array"),
        ("5", "JSON number"),
        ("null", "JSON null"),
        ('{"name": "x"}', "the key is empty"),
        ('{"id": 2, "a": "\\u0000"}', "NUL"),
        ('{"id": 2, "a": ["\\ud800"]}', "half a character"),
        ("[" * 100_000, "is no JSON"),
        ('{"id": 2, "a": ' + "[" * 200 + "]" * 200 + "}", "more than 100 levels deep"),
    ],
)
def test_a_bad_line_is_set_aside_and_its_neighbours_go_on(folder, line, reason):
    reading = folder.jsonl('{"id": 1}\n' + line + '\n{"id": 3}\n')
    assert reading.ids == ["1", "3"]
    assert reading.reason.startswith("rows.jsonl, line 2: ")
    assert reason in reading.reason
    reading.rejected[0].raw.encode()


def test_a_cut_last_line_is_told_and_nothing_is_swept(folder):
    reading = folder.jsonl('{"id": 1}\n{"id": 2, "na')
    assert reading.ids == ["1"]
    assert "the file ends in the middle of it" in reading.reason
    assert not reading.complete


def test_undecodable_bytes_reject_their_line(folder):
    reading = folder.jsonl('{"id":1,"a":"王"}\n'.encode() + b'{"id":2,"a":"\xff"}\n{"id":3}\n')
    assert reading.ids == ["1", "3"]
    assert reading.rejected[0].source_id == "2"
    assert "\\xff" in reading.rejected[0].raw


def test_a_line_too_long_is_set_aside(folder):
    reading = folder.jsonl('{"id":1}\n{"id":2,"a":"' + "x" * 3000 + '"}\n{"id":3}\n', max_line=500)
    assert reading.ids == ["1", "3"]
    assert "line 2: the line has 3015 characters" in reading.reason


def test_one_json_array_is_told_apart(folder):
    folder.write("rows.json", '\n[{"id": 1}, {"id": 2}]')
    with pytest.raises(ConfigError, match="one JSON array") as caught:
        folder.read("rows.json")
    assert "jq" in caught.value.step


def test_a_mapped_column_that_shows_late_is_found(folder):
    rows = "".join(f'{{"id": {number}}}\n' for number in range(3000)) + '{"id": 3000, "town": "x"}\n'
    reading = folder.jsonl(rows, fields={"city": "town"})
    assert reading.records[-1] == {"id": "3000", "city": "x"}


def test_an_empty_file_has_no_rows(folder):
    reading = folder.jsonl("")
    assert (reading.records, reading.rejected, reading.complete) == ([], [], True)


def test_rows_land_together_up_to_a_number_and_up_to_a_size(folder, monkeypatch):
    monkeypatch.setattr(connector, "PAGE", 4)
    monkeypatch.setattr(connector, "PAGE_SIZE", 100)
    rows = [{"id": number, "a": "x" * (60 if number > 8 else 1)} for number in range(14)]
    reading = folder.jsonl("".join(json.dumps(row) + "\n" for row in rows))
    assert [len(page.records) for page in reading.pages] == [4, 4, 3, 2, 1, 0]
