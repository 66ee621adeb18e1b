from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.normalize import is_organization, organization


@pytest.mark.parametrize(
    ("core", "spellings"),
    [
        ("acme", ["Acme", "ACME, Inc.", "Acme Incorporated", "acme co., ltd.", "The Acme Company", "Acme Pty Ltd", "Acme S.A.", "Acme A/S"]),
        ("muller and sohne", ["Müller & Söhne GmbH & Co. KG", "Muller and Sohne"]),
        ("romashka", ["ООО «Ромашка»", "Romashka OOO"]),
        ("华为技术", ["华为技术有限公司", "華為技術有限公司", "华为技术", "华为技术（集团）有限责任公司", "华为技术股份有限公司"]),
        ("阿里巴巴中国", ["阿里巴巴（中国）有限公司", "阿里巴巴(中国)"]),
        ("トヨタ", ["株式会社トヨタ", "トヨタ（株）", "トヨタ"]),
        ("at and t", ["AT&T", "AT & T Inc."]),
        ("mcdonalds", ["McDonald's Corp."]),
        ("ibm中国", ["IBM 中国有限公司", "IBM中国"]),
        ("company ltd", ["Company Ltd"]),
        ("grill", ["The Grill", "Grill, The", "Grill (Boston)", "GRILL Inc. (formerly Bar)"]),
        ("acme international manufacturing", ["Acme Int'l Mfg. Co.", "Acme Intl. Manufacturing", "ACME INTERNATIONAL MFG"]),
        ("miller brothers services", ["Miller Bros. Svcs", "Miller Brothers Services LLC"]),
        ("公司", ["公司"]),
    ],
)  # fmt: skip
def test_an_organization_keeps_its_core(core: str, spellings: list[str]):
    assert all(organization(spelling) == core for spelling in spellings), list(map(organization, spellings))


def test_latin_words_keep_their_space_beside_chinese():
    assert organization("Red Hat 软件（北京）有限公司") == "red hat软件北京"


@pytest.mark.parametrize(
    "nobody", ["", "-", "N/A", "无", "个人", "self-employed", "Freelance", "private", "null"]
)
def test_no_organization_is_nothing(nobody: str):
    assert organization(nobody) == ""


@pytest.mark.parametrize(
    "name", ["Acme Ltd", "ACME GMBH", "Smith & Co", "Smith and Company", "Stanford University", "University of Oxford",
             "华为技术有限公司", "北京大学", "李宁工作室", "中国银行", "阳光服务中心", "株式会社トヨタ"]
)  # fmt: skip
def test_organizations_are_told_by_their_words(name: str):
    assert is_organization(name)


@pytest.mark.parametrize("name", ["John Smith", "Ana Sá", "Ltd", "张伟", "王小店", "Mark Bank", "", "김민수"])
def test_people_are_not_organizations(name: str):
    assert not is_organization(name)


@settings(max_examples=100)
@given(st.one_of(st.text(max_size=24), st.text("ab &.ltdcoinc公司集团有限()-", max_size=16)))
def test_no_text_breaks_it_and_normalizing_twice_changes_nothing(raw: str):
    once = organization(raw)
    assert organization(once) == once
    assert is_organization(raw) in (True, False)
