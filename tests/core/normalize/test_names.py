from __future__ import annotations

from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.core.normalize import PersonName, names, person_name

ZHANG_WEI = PersonName("wei", "", "zhang", "张伟")


@pytest.mark.parametrize(
    "fields",
    [
        ("张伟",),
        ("張偉",),
        ("张 伟",),
        ("伟 张",),
        ("张伟先生",),
        ("Zhang Wei (张伟)",),
        ("张伟 Zhang Wei",),
        ("张伟/ZHANG WEI",),
        ("", "伟", "张"),
        ("", "张", "伟"),
        ("", "", "张伟"),
        ("", "张伟", ""),
        ("whatever", "偉", "張"),
    ],
)
def test_a_chinese_name_is_the_same_however_it_is_written(fields: tuple[str, ...]):
    assert person_name(*fields) == ZHANG_WEI


@pytest.mark.parametrize(
    "fields",
    [
        ("Zhang Wei",),
        ("Wei Zhang",),
        ("Wei ZHANG",),
        ("ZHANG Wei",),
        ("ZHANG WEI",),
        ("Zhang, Wei",),
        ("zhāng wěi",),
        ("Mr. Wei Zhang",),
        ("", "Wei", "Zhang"),
        ("", "", "Zhang Wei"),
    ],
)
def test_pinyin_tells_the_family_name_from_the_given_in_any_order(fields: tuple[str, ...]):
    assert person_name(*fields) == ZHANG_WEI._replace(han="")


@pytest.mark.parametrize(
    ("full", "given_name", "family_name"),
    [
        ("曾志伟", "zhiwei", "zeng"),
        ("单田芳", "tianfang", "shan"),
        ("解晓东", "xiaodong", "xie"),
        ("仇英", "ying", "qiu"),
        ("查良镛", "liangyong", "zha"),
        ("任志强", "zhiqiang", "ren"),
        ("欧阳娜娜", "nana", "ouyang"),
        ("歐陽修", "xiu", "ouyang"),
        ("诸葛亮", "liang", "zhuge"),
        ("尉迟恭", "gong", "yuchi"),
        ("司马相如", "xiangru", "sima"),
        ("吕布", "bu", "lu"),
        ("王 小 明", "xiaoming", "wang"),
        ("李乐", "le", "li"),
        ("乐毅", "yi", "yue"),
        ("李长春", "changchun", "li"),
        ("山田太郎", "tailang", "shantian"),
    ],
)
def test_surnames_keep_their_own_readings_and_length(full: str, given_name: str, family_name: str):
    assert person_name(full)[:3] == (given_name, "", family_name)


@pytest.mark.parametrize("full", ["Lü Bu", "Lv Bu", "Lyu Bu", "Bu Lyu", "Lu Bu"])
def test_the_vowel_of_lu_has_one_spelling(full: str):
    assert person_name(full)[:3] == ("bu", "", "lu")


@pytest.mark.parametrize(
    "full", ["Zhang Xiaoming", "Xiaoming Zhang", "Xiao-Ming Zhang", "Zhang Xiao Ming", "ZHANG Xiao-ming"]
)
def test_syllables_of_a_chinese_given_name_are_one_word(full: str):
    assert person_name(full) == ("xiaoming", "", "zhang", "")


def test_a_chinese_name_in_the_wrong_fields_is_turned_round():
    assert person_name(given="Zhang", family="Xiaoming") == ("xiaoming", "", "zhang", "")


@pytest.mark.parametrize("full", ["张先生", "張女士", "张总", "小张", "老张", "Mr Zhang", "张经理"])
def test_a_title_with_a_family_name_gives_no_given_name(full: str):
    assert person_name(full) == ("", "", "zhang", "")


def test_an_english_name_beside_a_chinese_one_is_a_middle_name():
    assert person_name("张伟 David") == ("wei", "david", "zhang", "张伟")
    assert person_name("张伟（David）") == ("wei", "david", "zhang", "张伟")
    assert person_name(given="David", family="张") == ("david", "", "zhang", "")
    assert person_name(given="伟", family="Zhang") == ("wei", "", "zhang", "")


def test_nicknames_in_characters_are_given_names():
    assert person_name("小明")[:3] == ("xiaoming", "", "")
    assert person_name(given="小明")[:3] == ("xiaoming", "", "")
    assert person_name(given="伟", family="") == ("wei", "", "", "")


def test_characters_in_two_fields_are_not_divided_anew():
    assert person_name(given="娜娜", family="欧阳") == ("nana", "", "ouyang", "欧阳娜娜")
    assert person_name(given="小明", family="阿") == ("xiaoming", "", "a", "阿小明")


def test_one_character_is_a_family_name_only_if_it_is_one():
    assert person_name("张") == ("", "", "zhang", "")
    assert person_name("伟") == ("wei", "", "", "")


def test_transliterated_foreign_names_have_the_family_name_last():
    assert person_name("约翰·史密斯") == ("yuehan", "", "shimisi", "史密斯约翰")


@pytest.mark.parametrize(
    ("full", "expected"),
    [
        ("Smith, John A.", ("john", "a", "smith")),
        ("John A. Smith", ("john", "a", "smith")),
        ("Dr. John Smith Jr.", ("john", "", "smith")),
        ("Prof. Dr. John SMITH, Ph.D., MBA", ("john", "", "smith")),
        ("Smith, John, III", ("john", "", "smith")),
        ("JOHN SMITH", ("john", "", "smith")),
        ("  john   smith ", ("john", "", "smith")),
        ("John Smith", ("john", "", "smith")),
        ('Robert "Bob" Smith', ("robert", "", "smith")),
        ("Robert (Bob) Smith", ("robert", "", "smith")),
        ("Jean-Pierre Dupont", ("jean", "pierre", "dupont")),
        ("Jean Pierre DUPONT", ("jean", "pierre", "dupont")),
        ("DUPONT Jean Pierre", ("jean", "pierre", "dupont")),
        ("Anna Schmidt-Müller", ("anna", "", "schmidt muller")),
        ("Ludwig van der Berg", ("ludwig", "", "van der berg")),
        ("Juan de la Cruz", ("juan", "", "de la cruz")),
        ("Osama bin Laden", ("osama", "", "bin laden")),
        ("Van Morrison", ("van", "", "morrison")),
        ("Pat O'Brien", ("pat", "", "obrien")),
        ("Pat O’Brien", ("pat", "", "obrien")),
        ("María José García", ("maria", "jose", "garcia")),
        ("Søren Ærø", ("soren", "", "aero")),
        ("Иван Петров", ("ivan", "", "petrov")),
        ("Νίκος Παππάς", ("nikos", "", "pappas")),
        ("Ｊｏｈｎ　Ｓｍｉｔｈ", ("john", "", "smith")),
        ("Madonna", ("madonna", "", "")),
        ("Dr Smith", ("", "", "smith")),
        ("J. Smith", ("j", "", "smith")),
        ("Jack Ma", ("jack", "", "ma")),
        ("Susan Lin", ("susan", "", "lin")),
        ("Lou Reed", ("lou", "", "reed")),
        ("Na Li", ("na", "", "li")),
        ("John VAN Berg", ("john", "", "van berg")),
        ("Ann KIM Park", ("ann", "kim", "park")),
        ("先生 John Smith", ("john", "", "smith")),
        ("先生 John", ("john", "", "")),
        ("J.R.R. Tolkien", ("j", "r r", "tolkien")),
    ],
)
def test_a_full_latin_name_is_taken_apart(full: str, expected: tuple[str, str, str]):
    assert person_name(full) == (*expected, "")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (("", "John Paul", "Smith"), ("john", "paul", "smith")),
        (("", "Mr. John", "Smith Jr."), ("john", "", "smith")),
        (("", "Lo", "Mc Donald"), ("lo", "", "mcdonald")),
        (("", "na", "Li"), ("na", "", "li")),
        (("", "test", "Smith"), ("", "", "smith")),
        (("", "John", "unknown"), ("john", "", "")),
        (("", "-", "Smith"), ("", "", "smith")),
        (("John Smith", "", ""), ("john", "", "smith")),
        (("Robert Smith", "Bob", ""), ("bob", "", "smith")),
        (("Robert Smith", "", "Smythe"), ("robert", "", "smythe")),
        (("Wei", "", "Zhang"), ("wei", "", "zhang")),
        (("Smith", "", "Smith"), ("", "", "smith")),
        (("Smith John", "", "John"), ("smith", "", "john")),
        (("", "Mary Jane", ""), ("mary", "jane", "")),
        (("", "", "Smith, John"), ("john", "", "smith")),
        (("", "", "van der Berg"), ("", "", "van der berg")),
        (("", "Dr", "Smith"), ("", "", "smith")),
    ],
)
def test_fields_outrank_the_full_name_and_fill_each_other(
    fields: tuple[str, ...], expected: tuple[str, str, str]
):
    assert person_name(*fields) == (*expected, "")


@pytest.mark.parametrize(
    "nobody",
    [
        "",
        " ",
        "-",
        "N/A",
        "unknown",
        "无",
        "测试",
        "test user",
        "Test",
        "客户123",
        "匿名",
        "先生",
        "alice@example.com",
        "12345",
        "III",
    ],
)
def test_what_names_nobody_gives_no_name(nobody: str):
    found = person_name(nobody)
    assert not found.given or nobody == "III"
    assert not found.family
    assert not found.han


def test_japanese_and_korean_names_keep_their_letters_family_first():
    assert person_name("김민수") == ("민수", "", "김", "")
    assert person_name("김 민수") == ("민수", "", "김", "")
    assert person_name(given="민수", family="김") == ("민수", "", "김", "")
    assert person_name(given="민수") == ("민수", "", "", "")
    assert person_name("たなか さくら") == ("さくら", "", "たなか", "")
    assert person_name("さくら") == ("さくら", "", "", "")


def test_an_arabic_name_keeps_its_letters():
    assert person_name("محمد علي")[:3] == ("محمد", "", "علي")


@settings(max_examples=100)
@given(st.text(max_size=24), st.text(max_size=12), st.text(max_size=12))
def test_no_text_breaks_it_and_every_part_is_folded(full: str, first: str, last: str):
    found = person_name(full, first, last)
    assert all(part == part.strip() and part == part.lower() for part in found[:3])


@settings(max_examples=100)
@given(
    st.sampled_from(["John", "Mary Ann", "Wei", "Xiao-Ming", "José", "伟", "Zhang"]),
    st.sampled_from(["Smith", "O'Neil", "van Dam", "Zhang", "张", "Lü", "Smith-Jones", "Wei"]),
)
def test_what_it_returns_it_returns_again(first: str, last: str):
    once = person_name(given=first, family=last)
    again = person_name(given=f"{once.given} {once.middle}".strip(), family=once.family)
    assert again[:3] == once[:3]


@given(
    st.lists(
        st.sampled_from(
            "Mr Dr PhD ph d Ph D O Brien Mc Donald Wang Li Xiao Ming SMITH Smith van K II Lv".split()
        ),
        min_size=1,
        max_size=4,
    )
)
def test_letters_and_blanks_alone_read_as_they_would_among_marks(words: list[str]) -> None:
    written = " ".join(words)
    with patch.object(names, "_is_plain", lambda text: False):
        among_marks = names._name.__wrapped__(written, "", "")
    assert names._name.__wrapped__(written, "", "") == among_marks


PLAIN_WORDS = "Ann Li Lv MING smith Test na N van Mr Customer Ming Ph d O II Guo".split()


@example("Ph", "d", True)
@given(st.sampled_from(["", *PLAIN_WORDS]), st.sampled_from(["", *PLAIN_WORDS]), st.booleans())
def test_plain_words_read_as_they_would_the_long_way(first: str, last: str, together: bool) -> None:
    fields = (f"{first} {last}", "", "") if together else ("", first, last)
    assert person_name(*fields) == names._name.__wrapped__(*fields)
