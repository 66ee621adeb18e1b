from __future__ import annotations

import re
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.normalize import address, addresses, city, country, postal_code, region


@pytest.mark.parametrize(
    ("line", "house", "street"),
    [
        ("12 Smith St", "12", "smith street"),
        ("12 SMITH STREET", "12", "smith street"),
        ("12, Smith St.", "12", "smith street"),
        ("No. 12 Smith St", "12", "smith street"),
        ("12/34 Smith St", "34", "smith street"),
        ("Unit 3 12 Smith Street", "12", "smith street"),
        ("Unit 3, 12 Smith Street", "12", "smith street"),
        ("12 Smith Street Apt 4b", "12", "smith street"),
        ("12 Smith Street #4", "12", "smith street"),
        ("Level 5, 12 Smith Street", "12", "smith street"),
        ("12a Smith Rd", "12a", "smith road"),
        ("12-14 Smith Ave", "12-14", "smith avenue"),
        ("123 N Main St", "123", "north main street"),
        ("42 5th Ave", "42", "5th avenue"),
        ("42 Fifth Avenue", "42", "5th avenue"),
        ("42 W. Second St.", "42", "west 2nd street"),
        ("2450 Broadway between 90th and 91st Sts.", "2450", "broadway"),
        ("7 Oak Rd, opp. Central Station", "7", "oak road"),
        ("7 Opposite Lane", "7", "opposite lane"),
        ("7 St Georges Tce", "7", "saint georges terrace"),
        ("Hauptstr. 12", "12", "hauptstrasse"),
        ("Hauptstraße 12a", "12a", "hauptstrasse"),
        ("Calle Mayor, 5", "5", "calle mayor"),
        ("Highway 61", "", "highway 61"),
        ("PO Box 77", "77", "po box"),
        ("P.O. Box 77", "77", "po box"),
        ("Rosewood Village", "", "rosewood village"),
        ("12", "12", ""),
        ("0", "", ""),
        ("N/A", "", ""),
        ("Unit 3", "", ""),
        ("", "", ""),
    ],
)
def test_the_house_number_is_split_off_the_street(line: str, house: str, street: str):
    assert address(line)[:2] == (house, street)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("北京市海淀区中关村大街1号", ("1", "中关村大街", "beijing", "")),
        ("北京海淀区中关村大街1号", ("1", "中关村大街", "beijing", "")),
        ("广东省深圳市南山区科技园路100号3栋2单元501室", ("100", "科技园路", "shenzhen", "guangdong")),
        ("廣東省深圳市南山區科技園路100號", ("100", "科技园路", "shenzhen", "guangdong")),
        ("广西壮族自治区南宁市青秀区民族大道１号", ("1", "民族大道", "nanning", "guangxi")),
        ("上海市浦东新区张江镇碧波路888弄5号", ("888-5", "碧波路", "shanghai", "")),
        ("北京路100号", ("100", "北京路", "", "")),
        ("中山路 100 号", ("100", "中山路", "", "")),
        ("阳光小区3号楼2单元501", ("3-2-501", "阳光小区", "", "")),
        ("中山路", ("", "中山路", "", "")),
    ],
)
def test_a_chinese_address_is_taken_apart_from_the_large_to_the_small(line: str, expected: tuple[str, ...]):
    assert address(line)[:4] == expected


def test_fields_outrank_what_the_street_says():
    found = address("广东省深圳市南山区科技园路100号", city="Guangzhou", region="广东")
    assert (found.city, found.region) == ("guangzhou", "guangdong")


def test_the_second_line_speaks_where_the_first_names_no_street():
    assert address("12", "Smith St")[:2] == ("12", "smith street")
    assert address("Unit 5", "12 Smith St")[:2] == ("12", "smith street")
    assert address("12 Smith St", "Rosewood")[:2] == ("12", "smith street")
    assert address("", "深圳市中山路5号")[:3] == ("5", "中山路", "shenzhen")


@pytest.mark.parametrize(
    ("name", "spellings"),
    [
        (
            "beijing",
            ["北京", "北京市", "Beijing", "BEIJING", "Beijing Shi", "Beijing City", "Peking", "北京市朝阳区"],
        ),
        ("saint louis", ["St. Louis", "St Louis", "Saint Louis"]),
        ("zurich", ["Zürich", "zurich"]),
        ("hong kong", ["香港", "Hong Kong", "Hongkong"]),
        ("xian", ["西安市", "Xi'an", "Xi an"]),
        ("dali", ["大理白族自治州", "大理", "Dali"]),
        ("chongqing", ["重庆市", "重慶", "Chongqing"]),
        ("", ["", "N/A", "无", "-"]),
    ],
)
def test_a_city_has_one_name(name: str, spellings: list[str]):
    assert {city(spelling) for spelling in spellings} == {name}


@pytest.mark.parametrize(
    ("name", "spellings"),
    [
        ("ca", ["California", "CA", "ca"]),
        ("nsw", ["New South Wales", "NSW", "nsw"]),
        ("guangdong", ["广东省", "广东", "Guangdong", "Guangdong Province", "guangdong sheng"]),
        ("guangxi", ["广西壮族自治区", "广西"]),
        ("inner mongolia", ["内蒙古自治区", "内蒙古", "Inner Mongolia", "Neimenggu"]),
        ("shaanxi", ["陕西", "Shaanxi"]),
        ("shanxi", ["山西省", "Shanxi"]),
        ("", ["", "无"]),
    ],
)
def test_a_region_has_one_name(name: str, spellings: list[str]):
    assert {region(spelling) for spelling in spellings} == {name}


@pytest.mark.parametrize(
    ("code", "spellings"),
    [
        ("cn", ["CN", "cn", "CHN", "China", "中国", "中國", "中华人民共和国", "P.R. China", "PRC"]),
        ("us", ["US", "USA", "U.S.A.", "United States", "united states of america", "美国"]),
        ("gb", ["UK", "GB", "GBR", "United Kingdom", "England", "英国"]),
        ("de", ["DE", "Deutschland", "Germany", "德国"]),
        ("is", ["IS"]),
        ("fj", ["FJ"]),
        ("", ["", "Atlantis", "N/A", "12", "无"]),
    ],
)
def test_a_country_has_one_code(code: str, spellings: list[str]):
    assert {country(spelling) for spelling in spellings} == {code}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [("2222", "2222"), ("sw1a 1aa", "SW1A1AA"), ("94105-1234", "94105"), ("100 084", "100084"), ("１０００８４", "100084"),
     ("00000", ""), ("999999", ""), ("123456", ""), ("N/A", ""), ("none", ""), ("", ""), ("K1A-0B1", "K1A0B1")],
)  # fmt: skip
def test_a_postal_code_is_its_letters_and_digits(raw: str, expected: str):
    assert postal_code(raw) == expected


_TEXT = st.one_of(st.text(max_size=24), st.text("12号路街市区省县 st/#-.中山", max_size=16))


@settings(max_examples=100)
@given(_TEXT, _TEXT)
def test_no_text_breaks_an_address(first: str, second: str):
    found = address(first, second, first, second, first, second)
    assert all(part == part.strip() for part in found)


@settings(max_examples=100)
@given(_TEXT)
def test_normalizing_a_place_twice_changes_nothing(raw: str):
    for normalize in (city, region, country, postal_code):
        once = normalize(raw)
        assert normalize(once) == once


STREET_WORDS = [
    "5",
    "12a",
    "st",
    "n",
    "unit",
    "po box",
    "po boxer",
    "lot",
    "b",
    "floor",
    "hwy",
    "no",
    "hauptstr",
    "Hauptstr",
    "Po Box",
]


@given(st.sampled_from(["7", "7b", "7B"]), st.lists(st.sampled_from(STREET_WORDS), min_size=1, max_size=4))
def test_a_plain_street_reads_as_it_would_the_long_way(house: str, words: list[str]) -> None:
    written = " ".join([house, *words])
    with patch.object(addresses, "_PLAIN_HOUSE", re.compile("(?!)")):
        long_way = address(written)
    assert address(written) == long_way
