"""The words of an organization's name: its own, and those that only tell its trade or where it is.

What tells Lumen Systems from Orbit Systems is the first word; the second, many have. A Chinese name is cut
into where, who and what first: it is written in one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

__all__ = ["Called", "called"]


class Called(NamedTuple):
    """The words of a normalized name, by what they tell."""

    own: tuple[str, ...]
    """Those few others have; all of them where every one is a trade's."""
    trade: tuple[str, ...]
    town: str
    """Where a Chinese name says it is; a Western one does not say which of its words that is."""

    @property
    def told(self) -> tuple[str, ...]:
        """Who and what."""
        return self.own + self.trade

    @property
    def core(self) -> str:
        """Who, in whatever order."""
        return " ".join(sorted(self.own))


_TRADES: Final = frozenset(
    """
    academy accounting advertising advisors advisory agency alliance apparel architects art associates association
    auto automation automotive aviation bakery bank bar beauty beverage biotech bistro brands broker brothers builders building
    business cafe capital care carpentry casa catering center central ceramics chemical chemicals church city cleaning clinic
    clothing coffee commerce commercial communications company computer computers computing concepts construction
    consultants consulting contractors controls corporate council creations creative dealer deli dental design designs
    development developments diagnostics digital direct distribution distributors drinks dynamics east education electric
    electrical electronics energy engineering engineers enterprise enterprises entertainment environmental equipment
    equities estate estates europe events exchange express fabrication factory farm farms fashion federal finance
    financial fitness flooring food foods foundation freight fuel furniture games garage garden gas general global
    graphics grill group hardware health healthcare heating holding holdings home homes hospital hospitality hotel house
    housing imaging import importers industrial industries industry information infrastructure innovation innovations
    institute instruments insurance interactive interior interiors international internet investment investments
    jewelry kitchen kitchens laboratories laboratory landscaping laundry law leasing legal life logistics
    machine machinery management manufacturing marine market marketing markets materials mechanical media medical
    metal metals mining mobile mortgage motor motors music national natural network networks north office oil online
    optical organic outdoor packaging paint painting paper park partners parts party performance pet pharma
    pharmaceutical pharmaceuticals pharmacy photography pizza plant plastics plumbing power precision press printing
    process products production productions professional promotions properties property public publishing pump realty
    recruitment recycling renewable rental rentals repair research residential resources restaurant retail roofing
    safety sales salon school schools science sciences security semiconductor service services shipping shop signs
    software solar solutions sons source south spa sports staffing star steel storage store stores strategies studio
    studios supplies supply support surgery surgical systems tax team technical technologies telecom
    textile textiles theater therapy tire tobacco tool tools tourism toys trade trading training transport
    transportation travel trucking trust union united university utilities ventures veterinary video vision
    wealth web welding wellness west wholesale window windows wine wireless wood works workshop world worldwide
    """.split()
)
"""Words that many organizations have in their names, of which trade they may be or how they are set up."""
_BETWEEN: Final = frozenset("and und et of the for de la du des".split())
_HAN_TOWNS: Final = (
    "北京 上海 天津 重庆 广州 深圳 杭州 南京 苏州 武汉 成都 西安 青岛 济南 大连 沈阳 长春 哈尔滨 郑州 长沙 合肥 福州 厦门 泉州 宁波 温州 无锡 常州 "
    "南通 徐州 佛山 东莞 珠海 中山 惠州 南宁 昆明 贵阳 南昌 石家庄 太原 呼和浩特 兰州 西宁 银川 乌鲁木齐 拉萨 海口 三亚 烟台 潍坊 洛阳 嘉兴 绍兴 金华 "
    "台州 湖州 扬州 唐山 保定 香港 澳门 台北 高雄 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川 贵州 云南 "
    "陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 中国 华东 华南 华北"
).split()
_HAN_TOWN: Final = re.compile(f"(?:{'|'.join(_HAN_TOWNS)})[省市]?")
_HAN_TRADE: Final = re.compile(
    "(?:科技|技术|信息|网络|电子|电器|电气|商务|软件|数据|智能|通信|通讯|贸易|商贸|进出口|物流|运输|货运|供应链|食品|餐饮|饮料|医疗|医药|"
    "药业|器械|生物|健康|化工|材料|建筑|建材|工程|装饰|建设|置业|房地产|地产|物业|服饰|服装|纺织|机械|设备|机电|制造|工业|实业|汽车|能源|电力|环保|"
    "文化|传媒|传播|广告|影视|教育|培训|咨询|顾问|管理|服务|投资|控股|金融|资产|保险|农业|酒店|旅游|国际|发展|产业|家居|家具|包装|印刷|塑料|五金|仪器|"
    "珠宝|玩具|体育|设计|工艺|企业)$"
)


@lru_cache(1 << 16)
def called(name: str) -> Called:
    """What the words of a normalized name tell."""
    if not name.isascii() and " " not in name and (found := _chinese(name)):
        return found
    words = [word for word in name.split() if word not in _BETWEEN] or name.split()
    own = tuple([word for word in words if word not in _TRADES])
    if not own:
        return Called(tuple(words), (), "")
    return Called(own, tuple([word for word in words if word in _TRADES]), "")


def _chinese(name: str) -> Called | None:
    town = _HAN_TOWN.search(name)
    rest = name[: town.start()] + name[town.end() :] if town else name
    if len(rest) < 2:
        return None
    trades: list[str] = []
    while match := _HAN_TRADE.search(rest, 2):
        trades.insert(0, match[0])
        rest = rest[: match.start()]
    return Called((rest,), tuple(trades), town[0].rstrip("省市") if town else "")
