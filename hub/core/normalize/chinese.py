"""Chinese names: simplified characters, readings, and where the family name ends.

OpenCC and pypinyin know the characters; surnames have readings and frequencies of their own, which
are the tables here. Both libraries are loaded when the first Chinese character comes along, and
asked once per character.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import cast

from hub.core.normalize.text import fold

__all__ = [
    "LATIN_SURNAMES",
    "han_runs",
    "is_common_surname",
    "is_pinyin",
    "is_surname",
    "pinyin",
    "simplified",
    "split_name",
    "surname_rank",
    "surname_reading",
    "without_han",
]

_BY_FREQUENCY = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔"
    "谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤温康施文牛樊葛邢安齐易"
    "乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙"
    "鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬"
    "师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠惠荆乐冀郁胥南班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻"
    "位厉伊仝区郜海阚花权强帅屠豆朴盖练廉禹井祖漆巴丰支卿国狄平计索宣晋相初门云容敬来扈晁芮都普阙浦戈伏鹿薄邸雍辜羊乌母"
    "裘亓修邰赫杭况那宿鲜印逯隆茹战慕危玉银亢嵇公哈湛宾戎勾茅利呼居揭但尉冶斯元束檀衣信展阴昝智幸奉植衡富尧闭由丘曲萧阎傅"
)
_COMPOUND = frozenset(
    "欧阳 司马 诸葛 上官 夏侯 司徒 东方 皇甫 尉迟 公孙 慕容 令狐 长孙 宇文 轩辕 端木 南宫 百里 独孤 呼延 申屠 太史 闻人 "
    "澹台 公冶 淳于 单于 仲孙 钟离 鲜于 东郭 西门 万俟 拓跋 赫连 梁丘 左丘 纳兰 完颜 司空 闾丘 宗政 濮阳 巫马 公羊 亓官".split()
)
_SURNAMES = frozenset(_BY_FREQUENCY) | _COMPOUND
_SURNAME_READINGS = {
    "曾": "zeng", "单": "shan", "解": "xie", "仇": "qiu", "朴": "piao", "区": "ou", "查": "zha", "盖": "ge",
    "翟": "zhai", "覃": "qin", "乐": "yue", "缪": "miao", "员": "yun", "繁": "po", "种": "chong", "折": "she",
    "黑": "he", "秘": "bi", "都": "du", "隗": "wei", "祭": "zhai", "句": "gou", "薄": "bo", "阚": "kan",
    "洗": "xian", "召": "shao", "卜": "bu", "会": "gui", "郇": "xun", "尉迟": "yuchi", "万俟": "moqi",
    "长孙": "zhangsun", "单于": "chanyu", "澹台": "tantai",
}  # fmt: skip
_GIVEN_READINGS = {
    "晟": "sheng", "长": "chang", "行": "xing", "重": "chong", "媛": "yuan", "莘": "xin", "祎": "yi",
    "尉": "wei", "娜": "na", "洋": "yang",
}  # fmt: skip
"""Where a name is read otherwise than a dictionary's first reading."""
_ENDEARING = frozenset("小阿大老")
"""What a nickname begins with; none of them is a family name."""
_KEPT = {ord("乾"): "乾"}
"""Characters that stay in names though their traditional form has a simplified one elsewhere."""

_LATIN_BY_FREQUENCY = (
    "wang li zhang liu chen yang huang zhao wu zhou xu sun ma zhu hu guo he lin gao luo zheng liang xie song tang "
    "han deng feng cao peng zeng xiao tian dong pan yuan cai jiang yu du ye cheng wei su lu ding ren yao shen zhong "
    "cui tan fan liao shi jin jia xia fu fang zou xiong bai meng qin qiu hou yin xue yan duan lei long tao mao hao "
    "gu gong shao wan qian dai mo kong xiang chang wen kang niu ge xing an qi yi qiao pang ni zhuang nie yue zhai "
    "zhan ou geng guan lan jiao zuo gan bao ning shang shu ruan ke ji mei tong ling bi shan pei huo tu miao sheng qu "
    "weng ran you xin chai hua pu teng rao mou ai mu nong si zhuo jian che lian mai chu lou dou cen jing dang fei bu "
    "leng xi mi zong gui quan ying zang min gou bian luan sui diao rong kou sang lang zhen cong ao she chi zha kuang "
    "ju hui nan ouyang sima zhuge shangguan xiahou situ dongfang huangfu yuchi gongsun murong linghu zhangsun yuwen"
).split()
_RANK = {surname: rank for rank, surname in enumerate(_LATIN_BY_FREQUENCY)}
LATIN_SURNAMES = frozenset(_RANK) | {"lv", "lyu"}
"""Family names as pinyin writes them."""
_SYLLABLES = (
    "a ai an ang ao ba bai ban bang bao bei ben beng bi bian biao bie bin bing bo bu ca cai can cang cao ce cen ceng "
    "cha chai chan chang chao che chen cheng chi chong chou chu chuai chuan chuang chui chun chuo ci cong cou cu "
    "cuan cui cun cuo da dai dan dang dao de dei den deng di dian diao die ding diu dong dou du duan dui dun duo e ei "
    "en er fa fan fang fei fen feng fo fou fu ga gai gan gang gao ge gei gen geng gong gou gu gua guai guan guang "
    "gui gun guo ha hai han hang hao he hei hen heng hong hou hu hua huai huan huang hui hun huo ji jia jian jiang "
    "jiao jie jin jing jiong jiu ju juan jue jun ka kai kan kang kao ke ken keng kong kou ku kua kuai kuan kuang kui "
    "kun kuo la lai lan lang lao le lei leng li lia lian liang liao lie lin ling liu lo long lou lu luan lue lun luo "
    "lv lyu ma mai man mang mao me mei men meng mi mian miao mie min ming miu mo mou mu na nai nan nang nao ne nei "
    "nen neng ni nian niang niao nie nin ning niu nong nou nu nuan nue nun nuo nv nyu ou pa pai pan pang pao pei pen "
    "peng pi pian piao pie pin ping po pou pu qi qia qian qiang qiao qie qin qing qiong qiu qu quan que qun ran rang "
    "rao re ren reng ri rong rou ru ruan rui run ruo sa sai san sang sao se sen seng sha shai shan shang shao she "
    "shei shen sheng shi shou shu shua shuai shuan shuang shui shun shuo si song sou su suan sui sun suo ta tai tan "
    "tang tao te teng ti tian tiao tie ting tong tou tu tuan tui tun tuo wa wai wan wang wei wen weng wo wu xi xia "
    "xian xiang xiao xie xin xing xiong xiu xu xuan xue xun ya yan yang yao ye yi yin ying yo yong you yu yuan yue "
    "yun za zai zan zang zao ze zei zen zeng zha zhai zhan zhang zhao zhe zhen zheng zhi zhong zhou zhu zhua zhuai "
    "zhuan zhuang zhui zhun zhuo zi zong zou zu zuan zui zun zuo"
).split()
_PINYIN = re.compile(f"((?:{'|'.join(_SYLLABLES)})+)")
_SYLLABLE = frozenset(_SYLLABLES)
_HAN = re.compile("[\u3005\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")


def han_runs(text: str) -> list[str]:
    """The runs of Chinese characters in a text."""
    return _HAN.findall(text)


def without_han(text: str) -> str:
    """What stands beside the Chinese characters."""
    return _HAN.sub(" ", text)


@lru_cache(maxsize=1 << 14)
def is_pinyin(word: str, *, syllable: bool = False) -> bool:
    """Whether a folded word can be read as pinyin syllables (exactly one if ``syllable``)."""
    return word in _SYLLABLE if syllable else _PINYIN.fullmatch(word) is not None


def surname_rank(word: str) -> int | None:
    """How common a Chinese family name in pinyin is, 0 the commonest; ``None`` if it is none."""
    return _RANK.get(word)


def simplified(text: str) -> str:
    """The text with every traditional character as its simplified one."""
    return text if text.isascii() else text.translate(_SIMPLIFIED)


def pinyin(text: str) -> str:
    """Readings without tones, run together; what is not Chinese stays."""
    return text if text.isascii() else text.translate(_READINGS)


def surname_reading(surname: str) -> str:
    """Pinyin of a simplified family name, which is often read as the word is not."""
    return _SURNAME_READINGS.get(surname) or pinyin(surname)


def split_name(name: str) -> tuple[str, str]:
    """(family, given) of a simplified Chinese name written as one word."""
    if name[:2] in _COMPOUND:
        return name[:2], name[2:]
    if len(name) == 1:
        return (name, "") if name in _SURNAMES else ("", name)
    if name[0] in _SURNAMES:
        return name[0], name[1:]
    if name[0] in _ENDEARING:
        return "", name
    return (name[:2], name[2:]) if len(name) == 4 else (name[0], name[1:])


def is_surname(name: str) -> bool:
    """Whether a simplified word is a known family name."""
    return name in _SURNAMES


def is_common_surname(name: str) -> bool:
    """Whether it is one of the family names most people have."""
    return 0 <= _BY_FREQUENCY.find(name) < 60


class _Simplified(dict[int, str]):
    """Character to simplified character, filled as characters come."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = _to_simplified(character) if _HAN.match(character) else character
        return self[code]


class _Readings(dict[int, str]):
    """Character to pinyin, filled as characters come."""

    def __missing__(self, code: int) -> str:
        from pypinyin.pinyin_dict import pinyin_dict

        character = chr(code)
        first = pinyin_dict.get(code, character).partition(",")[0]
        self[code] = _GIVEN_READINGS.get(character) or fold(first)
        return self[code]


_SIMPLIFIED = _Simplified(_KEPT)
_READINGS = _Readings()


def _to_simplified(character: str) -> str:
    return _opencc()(character)


@lru_cache(maxsize=1)
def _opencc() -> Callable[[str], str]:
    from opencc import OpenCC  # pyright: ignore[reportMissingTypeStubs]

    return cast("Callable[[str], str]", OpenCC("t2s").convert)  # pyright: ignore[reportUnknownMemberType]
