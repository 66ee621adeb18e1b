"""What people type when they do not want to say: never a value, never a key."""

from __future__ import annotations

import re

from hub.core.normalize.text import alnum, half_width

__all__ = ["is_dummy_digits", "is_placeholder"]

_ANYWHERE = frozenset(
    "none null nil unknown undefined unspecified notavailable notapplicable notprovided notknown noname "
    "test testing tester tbd tba xxx xxxx xxxxx asdf asdfgh qwerty dummy sample blank empty anonymous anon "
    "无 無 未知 暂无 暫無 没有 沒有 不详 不詳 不明 未填 未填写 空 空白 测试 測試 保密 匿名 略 待定 不知道 无名 "
    "なし 不明 없음 keine unbekannt inconnu desconocido ninguno".split()
)
_NOT_A_NAME = frozenset({"na", "nan", "no", "xx", "yes", "not", "0"})
"""Words that are placeholders elsewhere but real names of people (Li Na, Nan, No)."""
_BY_FIELD: dict[str, frozenset[str]] = {
    "full_name": frozenset(
        "testuser testtest firstlast firstnamelastname yourname fullname johnqpublic customer client user guest "
        "admin administrator webuser 客户 客戶 用户 用戶 顾客 访客 訪客 会员 會員 游客 先生 女士 小姐 新客户 微信用户".split()
    ),
    "organization": frozenset(
        "individual private personal self selfemployed freelance freelancer unemployed retired student "
        "个人 個人 自由职业 自由職業 个体 個體 学生 學生 无业 退休 本人".split()
    ),
    "birth_date": frozenset("19000101 19000100 18991230 18991231 19700101 99991231".split()),
}
_BY_FIELD["given_name"] = _BY_FIELD["family_name"] = _BY_FIELD["full_name"] | {"firstname", "lastname"}
_NAMES = frozenset({"full_name", "given_name", "family_name"})
_NUMBERED = re.compile(r"(?:test|测试|客户|用户|user|customer)\d+")
_ASCENDING = "0123456789012345678901234567890"
_DESCENDING = _ASCENDING[::-1]
_DUMMY_NUMBERS = frozenset({"13800138000", "13900139000", "13700137000", "18800188000"})


def is_placeholder(raw: str, field: str = "") -> bool:
    """Whether ``raw`` says nothing, as a value of the canonical ``field`` (any field when left out)."""
    bare = raw.lower() if raw.isascii() and raw.isalnum() else alnum(half_width(raw))
    if bare == "na" and not raw.strip().isalnum():
        return True
    if not bare or bare in _ANYWHERE or (bare[-1].isdecimal() and _NUMBERED.fullmatch(bare)):
        return True
    if bare in _BY_FIELD.get(field, ()):
        return True
    if field in _NAMES:
        return False
    if field in ("phones", "national_id", "tax_id"):
        return is_dummy_digits(bare)
    return bare in _NOT_A_NAME


def is_dummy_digits(digits: str) -> bool:
    """Whether a number is one character repeated, a run up or down, or a well-known dummy."""
    if not digits.strip(digits[:1]) or digits in _DUMMY_NUMBERS:
        return True
    if len(digits) > 8 and digits.endswith("00000000"):
        return True
    return len(digits) >= 6 and (digits in _ASCENDING or digits in _DESCENDING)
