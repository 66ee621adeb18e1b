"""Folding: what is left as it is without being looked at must be what folding would leave."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.core.normalize import text
from hub.core.normalize.text import alnum, fold


def test_no_chinese_character_folds_into_another() -> None:
    still = "abcxyz 0123456789" + "".join(map(chr, range(0x4E00, 0xA000)))
    assert text._fold(still) == still
    assert fold(still) == still


@given(st.text(st.sampled_from("aZ0 é－ー·王張たＡſ\uf900\u3392"), max_size=8))
def test_text_folds_the_same_whether_or_not_it_takes_the_short_way(written: str) -> None:
    assert fold(written) == (written.lower() if written.isascii() else text._fold(written))


@given(st.text(max_size=12))
def test_letters_and_digits_alone_are_those_the_folded_text_has(written: str) -> None:
    assert alnum(written) == "".join(letter for letter in fold(written) if letter.isalnum())
