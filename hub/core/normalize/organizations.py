"""Names of organizations: the core that stays when legal forms, spelling and script are set aside."""

from __future__ import annotations

import re
from functools import lru_cache

from hub.core.normalize.chinese import simplified
from hub.core.normalize.placeholders import is_placeholder
from hub.core.normalize.text import fold, half_width, is_cjk

__all__ = ["is_organization", "organization"]

_FORMS = frozenset(
    "inc incorporated corp corporation co company cie ltd limited llc llp lp plc gmbh mbh ag kg kgaa ohg ug ev eg se "
    "sa sas sarl sasu eurl spa srl sl slu bv nv cv vof ab as asa oy oyj aps pty proprietary pte pvt private sdn bhd "
    "kk gk doo dd zrt kft sro spol sp zoo ooo oao zao pao tbk unlimited lda ltda eireli sab saoc jsc pjsc".split()
)
_LEADING = frozenset("the pt ooo oao zao pao cv firma fa".split())
_TRAILING = _FORMS | {"the"}
_IN_FULL = {
    short: word
    for word, shorts in {
        "associates": "assoc assocs", "brothers": "bros", "center": "centre ctr", "department": "dept",
        "enterprises": "entpr", "group": "grp", "hospital": "hosp", "institute": "inst", "international": "intl",
        "laboratory": "lab", "laboratories": "labs", "management": "mgmt mgt", "manufacturing": "mfg", "marketing": "mktg",
        "national": "natl", "service": "svc", "services": "svcs", "systems": "sys", "technologies": "tech technology",
        "theater": "theatre", "university": "univ",
    }.items()
    for short in shorts.split()
}  # fmt: skip
_ASIDE = re.compile(r"(?<=\w)[\s.,]*\([^()]*\)\s*$")
"""A branch, a former name or a note behind a Western name; a Chinese one has its town in brackets."""
_CHINESE_FORMS = re.compile(
    "(?:股份)?有限(?:责任)?公司|有限合伙|普通合伙|合伙企业|股份公司|集团|分公司|子公司|总公司|公司|"
    "株式会社|有限会社|合同会社|주식회사|유한회사|\\(주\\)|\\(株\\)|\\(有\\)"
)
_DOTTED = re.compile(r"\b(?:\w\.){2,}(?:\w\b)?|\b\w(?:/\w)+\b")
_AND = re.compile(r"\s*[&+]\s*")
_WORD = re.compile(r"[^\W_]+")
_SURE_FORMS = frozenset(
    "inc incorporated corp corporation ltd limited llc llp plc gmbh pty pvt bhd sarl srl bv oyj aps ooo kft jsc "
    "foundation university association institute holdings technologies".split()
)
_SURE_CHINESE = re.compile(
    "公司|集团|有限合伙|事务所|工作室|大学|学院|医院|银行|委员会|研究院|研究所|协会|基金会|商行|酒店|超市|学校|旗舰店|专卖店|"
    "株式会社|有限会社|주식회사|中心$"
)
_CHINESE_PLACE = re.compile(".{3,}[厂店局厅]$")
_COMPANY = ("co", "company")


def organization(raw: str) -> str:
    """The core name, folded and without its legal form; the whole where nothing else is left."""
    return _organization(raw)


@lru_cache(maxsize=1 << 15)
def _organization(raw: str) -> str:
    if is_placeholder(raw, "organization"):
        return ""
    text = half_width(raw)
    if is_cjk(text):
        text = _without_chinese_forms(simplified(text))
    else:
        text = _ASIDE.sub("", text)
    text = _AND.sub(" and ", fold(text))
    text = _DOTTED.sub(lambda match: re.sub(r"[./]", "", match[0]) + " ", text).replace("'", "")
    found = _core(_WORD.findall(text))
    core = _without_chinese_forms(_tight(found)) if is_cjk(text) else " ".join(found)
    return "" if is_placeholder(core, "organization") else core


def is_organization(full_name: str) -> bool:
    """Whether what stands in a person's name is rather the name of an organization."""
    text = half_width(full_name)
    if is_cjk(text):
        text = simplified(text)
        return _SURE_CHINESE.search(text) is not None or _CHINESE_PLACE.match(text) is not None
    text = text.lower()
    if text.replace(" ", "").isalpha():
        found = text.split()
    else:
        found = _WORD.findall(_DOTTED.sub(lambda match: match[0].replace(".", ""), _AND.sub(" and ", text)))
    if len(found) < 2:
        return False
    last = found[-1]
    return last in _SURE_FORMS or "university" in found or (last in _COMPANY and found[-2] == "and")


def _core(found: list[str]) -> list[str]:
    start, end = 0, len(found)
    while end > start and (found[end - 1] in _TRAILING or (end < len(found) and found[end - 1] == "and")):
        end -= 1
    while end - start > 1 and found[start] in _LEADING:
        start += 1
    return [_IN_FULL.get(word, word) for word in found[start:end] or found]


def _without_chinese_forms(text: str) -> str:
    """Legal forms out of the text, wherever they stand, unless nothing else is there."""
    while (bare := _CHINESE_FORMS.sub("", text)) != text and bare.strip(" ()"):
        text = bare
    return text


def _tight(found: list[str]) -> str:
    """Words joined; a space only where two Latin ones meet."""
    text = ""
    for word in found:
        text += f" {word}" if text and text[-1].isascii() and word[0].isascii() else word
    return text
