"""Countries, regions and cities: their many names, one of them chosen."""

from __future__ import annotations

import re
from functools import lru_cache

from hub.core.normalize.chinese import pinyin, simplified
from hub.core.normalize.placeholders import is_placeholder
from hub.core.normalize.text import alnum, fold, half_width, is_cjk, words

__all__ = ["city", "country", "region"]

_COUNTRIES = """
ae are United Arab Emirates|UAE|Emirates|阿联酋|阿拉伯联合酋长国; ar arg Argentina|阿根廷; at aut Austria|Österreich|奥地利
au aus Australia|澳大利亚|澳洲; bd bgd Bangladesh|孟加拉|孟加拉国; be bel Belgium|België|Belgique|比利时
bg bgr Bulgaria|保加利亚; bh bhr Bahrain|巴林; br bra Brazil|Brasil|巴西; by blr Belarus|白俄罗斯; ca can Canada|加拿大
ch che Switzerland|Schweiz|Suisse|Svizzera|瑞士; cl chl Chile|智利; co col Colombia|哥伦比亚; cr cri Costa Rica
cn chn China|PR China|PRC|P.R. of China|People's Republic of China|Mainland China|Zhongguo|中国|中国大陆|中华人民共和国
cu cub Cuba|古巴; cy cyp Cyprus|塞浦路斯; cz cze Czech Republic|Czechia|Česko|捷克; do dom Dominican Republic
de deu Germany|Deutschland|Federal Republic of Germany|Ger|德国; dk dnk Denmark|Danmark|丹麦; dz dza Algeria|阿尔及利亚
ec ecu Ecuador|厄瓜多尔; ee est Estonia|爱沙尼亚; eg egy Egypt|埃及; es esp Spain|España|西班牙; et eth Ethiopia|埃塞俄比亚
fi fin Finland|Suomi|芬兰; fr fra France|法国; ge geo Georgia|格鲁吉亚; gh gha Ghana|加纳; gr grc Greece|Hellas|希腊
gb gbr United Kingdom|UK|U.K.|Great Britain|Britain|England|Scotland|Wales|Northern Ireland|英国|英格兰|苏格兰
hk hkg Hong Kong|Hong Kong SAR|香港|中国香港|香港特别行政区; hr hrv Croatia|Hrvatska|克罗地亚; hu hun Hungary|Magyarország|匈牙利
id idn Indonesia|印度尼西亚|印尼; ie irl Ireland|Éire|爱尔兰; il isr Israel|以色列; in ind India|Bharat|印度
iq irq Iraq|伊拉克; ir irn Iran|Islamic Republic of Iran|伊朗; is isl Iceland|冰岛; it ita Italy|Italia|意大利
jm jam Jamaica|牙买加; jo jor Jordan|约旦; jp jpn Japan|Nippon|日本; ke ken Kenya|肯尼亚; kh khm Cambodia|柬埔寨
kp prk North Korea|朝鲜; kr kor South Korea|Korea|Republic of Korea|Korea Republic of|韩国|대한민국; kw kwt Kuwait|科威特
kz kaz Kazakhstan|哈萨克斯坦; la lao Laos|老挝; lb lbn Lebanon|黎巴嫩; lk lka Sri Lanka|斯里兰卡; lt ltu Lithuania|立陶宛
lu lux Luxembourg|卢森堡; lv lva Latvia|拉脱维亚; ma mar Morocco|摩洛哥; mc mco Monaco|摩纳哥; md mda Moldova|摩尔多瓦
mm mmr Myanmar|Burma|缅甸; mn mng Mongolia|蒙古|蒙古国; mo mac Macao|Macau|Macao SAR|澳门|中国澳门|澳门特别行政区
mt mlt Malta|马耳他; mu mus Mauritius|毛里求斯; mv mdv Maldives|马尔代夫; mx mex Mexico|México|墨西哥
my mys Malaysia|马来西亚; ng nga Nigeria|尼日利亚; nl nld Netherlands|The Netherlands|Holland|Nederland|荷兰
no nor Norway|Norge|挪威; np npl Nepal|尼泊尔; nz nzl New Zealand|Aotearoa|新西兰; om omn Oman|阿曼; pa pan Panama|巴拿马
pe per Peru|Perú|秘鲁; ph phl Philippines|The Philippines|菲律宾; pk pak Pakistan|巴基斯坦; pl pol Poland|Polska|波兰
pt prt Portugal|葡萄牙; py pry Paraguay|巴拉圭; qa qat Qatar|卡塔尔; ro rou Romania|România|罗马尼亚; rs srb Serbia|塞尔维亚
ru rus Russia|Russian Federation|Россия|俄罗斯|俄国; sa sau Saudi Arabia|Kingdom of Saudi Arabia|KSA|沙特阿拉伯|沙特
se swe Sweden|Sverige|瑞典; sg sgp Singapore|新加坡; si svn Slovenia|斯洛文尼亚; sk svk Slovakia|Slovak Republic|斯洛伐克
th tha Thailand|泰国; tn tun Tunisia|突尼斯; tr tur Turkey|Türkiye|土耳其; tw twn Taiwan|Taiwan, Province of China|台湾|中国台湾
tz tza Tanzania|坦桑尼亚; ua ukr Ukraine|Україна|乌克兰; ug uga Uganda|乌干达; uy ury Uruguay|乌拉圭; uz uzb Uzbekistan
us usa United States|United States of America|U.S.|U.S.A.|America|Estados Unidos|美国|美利坚合众国
ve ven Venezuela|委内瑞拉; vn vnm Vietnam|Viet Nam|越南; ye yem Yemen|也门; za zaf South Africa|南非; zm zmb Zambia; zw zwe Zimbabwe
"""
_REGIONS = """
al Alabama; ak Alaska; az Arizona; ar Arkansas; ca California; co Colorado; ct Connecticut; de Delaware; fl Florida
ga Georgia; hi Hawaii; id Idaho; il Illinois; in Indiana; ia Iowa; ks Kansas; ky Kentucky; la Louisiana; me Maine
md Maryland; ma Massachusetts; mi Michigan; mn Minnesota; ms Mississippi; mo Missouri; mt Montana; ne Nebraska
nv Nevada; nh New Hampshire; nj New Jersey; nm New Mexico; ny New York|New York State; nc North Carolina
nd North Dakota; oh Ohio; ok Oklahoma; or Oregon; pa Pennsylvania; ri Rhode Island; sc South Carolina
sd South Dakota; tn Tennessee; tx Texas; ut Utah; vt Vermont; va Virginia; wa Washington|Washington State
wv West Virginia; wi Wisconsin; wy Wyoming; dc District of Columbia|Washington DC; pr Puerto Rico
nsw New South Wales; vic Victoria; qld Queensland; sa South Australia; wa Western Australia; tas Tasmania
nt Northern Territory; act Australian Capital Territory; ab Alberta; bc British Columbia; mb Manitoba
nb New Brunswick; nl Newfoundland and Labrador; ns Nova Scotia; on Ontario; pe Prince Edward Island; qc Quebec; sk Saskatchewan
"""
_CHINESE_REGION_TAIL = re.compile("(?:维吾尔|壮族|回族)?自治区$|特别行政区$|[省市]$")
_CHINESE_CITY_TAIL = re.compile(
    "(?:(?:朝鲜|土家|哈尼|布依|景颇|傈僳|柯尔克孜|哈萨克|[白彝回藏苗侗壮傣羌])族|蒙古族?|哈萨克|柯尔克孜)*自治州$|地区$|[市盟]$|(?<=..)[区县]$|"
    "(?<=..)市.+[区县]$"
)
_OWN_NAMES = {
    "内蒙古": "inner mongolia", "陕西": "shaanxi", "西藏": "tibet", "香港": "hong kong", "澳门": "macau",
    "台北": "taipei", "高雄": "kaohsiung", "台中": "taichung", "台南": "tainan", "新北": "new taipei",
    "哈尔滨": "harbin", "乌鲁木齐": "urumqi", "拉萨": "lhasa", "呼和浩特": "hohhot", "重庆": "chongqing",
    "厦门": "xiamen", "成都": "chengdu", "长春": "changchun", "长沙": "changsha", "东莞": "dongguan",
}  # fmt: skip
"""What is written in Latin letters otherwise than its characters are read."""
_LATIN_ALIASES = {
    "neimenggu": "inner mongolia", "nei mongol": "inner mongolia", "xizang": "tibet", "hongkong": "hong kong",
    "macao": "macau", "peking": "beijing", "canton": "guangzhou", "xi an": "xian", "haerbin": "harbin",
    "wulumuqi": "urumqi", "nyc": "new york", "sf": "san francisco", "la": "los angeles",
}  # fmt: skip
_LATIN_TAILS = frozenset({"city", "shi", "sheng", "province", "prefecture"})
_LATIN_HEADS = {"st": "saint", "ste": "sainte", "mt": "mount", "ft": "fort"}


def country(raw: str) -> str:
    """ISO 3166 alpha-2 in lower case, or nothing when it cannot be told."""
    return _country(raw.strip())


def region(raw: str) -> str:
    """A state or province: its postal abbreviation where there is one, else its folded name."""
    return _region(raw)


def city(raw: str) -> str:
    """A city's folded name; pinyin where it is written in Chinese."""
    return _city(raw)


@lru_cache(maxsize=1 << 12)
def _country(raw: str) -> str:
    name = alnum(simplified(half_width(raw)))
    if name in _COUNTRY_BY_NAME:
        return _COUNTRY_BY_NAME[name]
    return name if len(name) == 2 and name.isascii() and name.isalpha() and name != "na" else ""


@lru_cache(maxsize=1 << 13)
def _region(raw: str) -> str:
    name = _place(raw, _CHINESE_REGION_TAIL)
    return _REGION_BY_NAME.get(name, name)


@lru_cache(maxsize=1 << 15)
def _city(raw: str) -> str:
    return _place(raw, _CHINESE_CITY_TAIL)


def _place(raw: str, chinese_tail: re.Pattern[str]) -> str:
    if is_placeholder(raw, "city"):
        return ""
    text = half_width(raw)
    if is_cjk(text):
        name = "".join(words(simplified(text)))
        bare = chinese_tail.sub("", name, count=1) or name
        found = _OWN_NAMES.get(bare) or fold(pinyin(bare))
        return "" if is_placeholder(found, "city") else found
    found = words(text)
    if len(found) > 1:
        found[0] = _LATIN_HEADS.get(found[0], found[0])
        while len(found) > 1 and found[-1] in _LATIN_TAILS:
            found.pop()
    name = " ".join(found)
    return _LATIN_ALIASES.get(name, name)


def _rows(table: str) -> list[list[str]]:
    return [row.strip().split(" ", 1) for row in table.replace("\n", ";").split(";") if row.strip()]


def _country_names() -> dict[str, str]:
    found: dict[str, str] = {}
    for code, rest in _rows(_COUNTRIES):
        iso3, names = rest.split(" ", 1)
        found |= {alnum(name): code for name in (code, iso3, *names.split("|"))}
    return found


_COUNTRY_BY_NAME = _country_names()
_REGION_BY_NAME = {
    " ".join(words(name)): code for code, names in _rows(_REGIONS) for name in names.split("|")
}
