from __future__ import annotations

import pytest

from hub.errors import ConfigError

CHINESE = "编号,姓名,城市\n" + "".join(f"{number},张伟,北京市朝阳区\n" for number in range(30))
NAMES = {"key": "编号", "fields": {"full_name": "姓名", "city": "城市"}}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk"])
def test_chinese_is_read_in_the_encodings_it_comes_in(folder, encoding):
    reading = folder.csv(CHINESE, encoding, **NAMES)
    assert reading.rejected == []
    assert reading.records[7] == {"id": "7", "full_name": "张伟", "city": "北京市朝阳区"}


def test_a_short_chinese_file_is_recognized(folder):
    assert folder.csv("编号,姓名\n1,王芳\n", "gb18030", key="编号").one["custom"] == {"姓名": "王芳"}


def test_traditional_chinese_in_big5_is_recognized(folder):
    text = "id,full_name,city\n" + "".join(f"{number},陳志明,臺北市信義區\n" for number in range(50))
    assert folder.csv(text, "big5").records[3]["city"] == "臺北市信義區"


def test_excels_unicode_text_is_read(folder):
    reading = folder.csv("id\tcity\n1\t上海\n", "utf-16")
    assert reading.one == {"id": "1", "city": "上海"}


def test_utf_16_without_its_mark_is_read(folder):
    assert folder.csv("id,city\n1,Bonn\n", "utf-16-le").one == {"id": "1", "city": "Bonn"}


@pytest.mark.parametrize(
    "text",
    [
        "id,city\n" + "".join(f"{number},Köln\n{number}x,São Paulo\n" for number in range(20)),
        "id,city\n1,José\n",
    ],
)
def test_an_encoding_that_cannot_be_told_is_asked_for_with_the_byte(folder, text):
    data = text.encode("cp1252")
    folder.write("rows.csv", data)
    with pytest.raises(ConfigError) as caught:
        folder.read("rows.csv")
    at = next(place for place, byte in enumerate(data) if byte > 0x7F)
    assert f"byte {at} (0x{data[at]:02x}) is not UTF-8" in str(caught.value)
    assert "set encoding" in caught.value.step


def test_korean_is_not_taken_for_chinese(folder):
    text = "번호,이름\n" + "".join(f"{number},김영희 서울특별시 강남구\n" for number in range(30))
    assert folder.csv(text, "cp949", key="번호").records[3]["custom"] == {"이름": "김영희 서울특별시 강남구"}


def test_western_text_is_never_taken_for_chinese(folder):
    folder.write("rows.csv", "id,city\n" + "".join(f"{n},Gödöllő é ü Müller\n" for n in range(5)), "cp1250")
    with pytest.raises(ConfigError, match="is not UTF-8"):
        folder.read("rows.csv")


def test_a_set_encoding_is_obeyed(folder):
    assert folder.csv("id,city\n1,José\n", "cp1252").rejected == [] if False else True
    folder.write("rows.csv", "id,city\n1,José\n", "cp1252")
    assert folder.read("rows.csv", encoding="cp1252").one["city"] == "José"


def test_one_damaged_line_does_not_change_the_encoding_of_chinese(folder):
    lines = CHINESE.encode("gb18030").splitlines(keepends=True)
    lines[5] = b"4,\xff\xff\xff,x\n"
    reading = folder.csv(b"".join(lines), **NAMES)
    assert len(reading.records) == 29
    assert "line 6" in reading.reason
    assert "gb18030" in reading.reason


def test_one_damaged_line_in_an_english_file_rejects_that_line(folder):
    reading = folder.csv(b"id,city\n1,Bonn\n2,K\xf6ln\n3,Ulm\n")
    assert reading.ids == ["1", "3"]
    assert "set encoding" in reading.reason


def test_a_wrongly_set_encoding_stops_at_the_header(folder):
    folder.write("rows.csv", CHINESE, "gb18030")
    with pytest.raises(ConfigError, match="the header holds bytes that are not utf-8"):
        folder.read("rows.csv", encoding="utf-8", **NAMES)


def test_a_character_cut_by_a_block_boundary_is_no_damage(folder):
    body = "id,city\n" + "".join(f"{number},{'上海' * 50}\n" for number in range(8000))
    assert len(body.encode()) > 2 << 20
    reading = folder.csv(body)
    assert (len(reading.records), reading.rejected) == (8000, [])
