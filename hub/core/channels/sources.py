"""The sites a touch may come from: search engines, networks, video sites, shops and AI assistants.

An own list, international and Chinese, filled up with the engines, networks and assistants of Matomo's
(searchengine-and-social-list, given to the public domain by CC0) that are alive. A source is known by
its name, by a short form of it, or by its domain with everything under it. ``google.*`` stands for the
brand under any country's ending, where only its front doors count (``mail.google.com`` is no search).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

__all__ = ["PAYMENT_HOSTS", "SITES", "Site", "site", "under"]


class Site(NamedTuple):
    """A known site: the name it goes by, and what it is."""

    name: str
    category: str


SITES: Mapping[str, Mapping[str, str]] = {
    "search": {
        "1und1": "search.1und1.de, suche.1und1.de",
        "360": "so.com, 360.cn, haosou.com, 360搜索, qihoo",
        "abv": "search.abv.bg",
        "aol": "aol.com, search.aol.com",
        "arianna": "arianna.libero.it",
        "ask": "ask.com",
        "au": "search.auone.jp",
        "avast": "search.avast.com",
        "avg": "search.avg.com, isearch.avg.com",
        "avira": "search.avira.com, search.avira.net, safesearch.avira.com",
        "babylon": "search.babylon.com, isearch.babylon.com",
        "baidu": "baidu.com, 百度",
        "biglobe": "search.biglobe.ne.jp",
        "bing": "bing.com, bingads, microsoft-ads",
        "bluewin": "search.bluewin.ch",
        "brave": "search.brave.com",
        "bt": "search.bt.com",
        "centrum": "search.centrum.cz",
        "coccoc": "coccoc.com",
        "comcast": "search.comcast.net",
        "conduit": "search.conduit.com",
        "daum": "daum.net",
        "delfi": "otsing.delfi.ee, smart.delfi.lv",
        "disconnect": "search.disconnect.me",
        "docomo": "search.smt.docomo.ne.jp",
        "dogpile": "dogpile.com",
        "duckduckgo": "duckduckgo.com, ddg",
        "earthlink": "search.earthlink.net",
        "ecosia": "ecosia.org",
        "eniro": "eniro.se",
        "entireweb": "entireweb.com",
        "exalead": "exalead.com, exalead.fr",
        "excite": "search.excite.it, search.excite.fr, search.excite.de, search.excite.co.uk, "
        "search.excite.es, msxml.excite.com",
        "free": "search.free.fr",
        "gibiru": "gibiru.com",
        "gigablast": "gigablast.com",
        "gmx": "suche.gmx.net, search.gmx.com",
        "goo": "search.goo.ne.jp",
        "google": "google.*, adwords, google-ads, googleads, google ads, google_ads, "
        "com.google.android.googlequicksearchbox",
        "hotbot": "hotbot.com",
        "infospace": "infospace.com, metacrawler.com, webcrawler.com",
        "juno": "search.juno.com",
        "kagi": "kagi.com",
        "kvasir": "kvasir.no",
        "lilo": "search.lilo.org",
        "lycos": "lycos.com",
        "mail.ru": "go.mail.ru",
        "mamma": "mamma.com",
        "meta.ua": "meta.ua",
        "metager": "metager.de, metager.org",
        "mojeek": "mojeek.com",
        "mywebsearch": "search.mywebsearch.com, search.myway.com, mysearch.com",
        "najdi": "najdi.si",
        "nate": "search.nate.com",
        "naver": "naver.com",
        "neti": "neti.ee",
        "nifty": "search.nifty.com",
        "onet": "szukaj.onet.pl",
        "orange": "lemoteur.orange.fr, busca.orange.es",
        "petal": "petalsearch.com",
        "presearch": "presearch.com, presearch.org",
        "qwant": "qwant.com",
        "rambler": "nova.rambler.ru",
        "sapo": "pesquisa.sapo.pt",
        "search.ch": "search.ch",
        "search.com": "search.com",
        "searchlock": "searchlock.com",
        "seznam": "seznam.cz, search.seznam.cz",
        "sm": "sm.cn, shenma, 神马",
        "sogou": "sogou.com, 搜狗",
        "startpage": "startpage.com, ixquick.com, ixquick.de",
        "swisscows": "swisscows.com",
        "toutiao-search": "so.toutiao.com",
        "verizon": "searchresults.verizon.com",
        "walla": "search.walla.co.il",
        "yahoo": "yahoo.*",
        "yandex": "yandex.*, ya.ru",
        "zum": "search.zum.com",
    },
    "social": {
        "badoo": "badoo.com",
        "bluesky": "bsky.app, go.bsky.app, bsky",
        "discord": "discord.com, discord.gg, discordapp.com",
        "douban": "douban.com, 豆瓣",
        "douyin": "douyin.com, iesdouyin.com, 抖音",
        "facebook": "facebook.com, fb.com, fb.me, messenger.com, m.me, fb, meta, facebook-ads, "
        "com.facebook.katana",
        "flickr": "flickr.com",
        "foursquare": "foursquare.com",
        "hackernews": "news.ycombinator.com",
        "hi5": "hi5.com",
        "instagram": "instagram.com, ig, instagr.am, com.instagram.android",
        "kakao": "kakao.com, story.kakao.com, kakaotalk",
        "kuaishou": "kuaishou.com, gifshow.com, 快手",
        "line": "line.me",
        "linkedin": "linkedin.com, lnkd.in, com.linkedin.android",
        "livejournal": "livejournal.com, livejournal.ru",
        "maimai": "maimai.cn, 脉脉",
        "mastodon": "mastodon.social, mastodon.online, mstdn.social, fosstodon.org",
        "medium": "medium.com",
        "mixi": "mixi.jp",
        "moj-mir": "my.mail.ru",
        "myspace": "myspace.com",
        "naver-social": "blog.naver.com, cafe.naver.com",
        "odnoklassniki": "ok.ru, odnoklassniki.ru",
        "pinterest": "pinterest.*, pin.it",
        "qq": "qzone, qzone.qq.com, im.qq.com, qun.qq.com",
        "quora": "quora.com",
        "reddit": "reddit.com, redd.it, com.reddit.frontpage",
        "renren": "renren.com, 人人网",
        "skyrock": "skyrock.com",
        "snapchat": "snapchat.com, snap",
        "taringa": "taringa.net",
        "telegram": "t.me, telegram.org, telegram.me, org.telegram.messenger",
        "threads": "threads.net, threads.com",
        "tieba": "tieba.baidu.com, zhidao.baidu.com, 贴吧",
        "tiktok": "tiktok.com",
        "toutiao": "toutiao.com, 今日头条",
        "tripadvisor": "tripadvisor.com",
        "tumblr": "tumblr.com",
        "v2ex": "v2ex.com",
        "viadeo": "viadeo.com",
        "vk": "vk.com, vkontakte, vkontakte.ru",
        "wechat": "wechat.com, weixin, wx, weixin.qq.com, weixin110.qq.com, servicewechat.com, "
        "com.tencent.mm, "
        "微信",
        "weibo": "weibo.com, weibo.cn, t.cn, sina-weibo, 微博, 新浪微博",
        "whatsapp": "whatsapp.com, wa.me",
        "x": "x.com, twitter, twitter.com, t.co, com.twitter.android",
        "xiaohongshu": "xiaohongshu.com, xhslink.com, xhs, rednote, 小红书",
        "xing": "xing.com",
        "yelp": "yelp.com",
        "zhihu": "zhihu.com, 知乎",
    },
    "video": {
        "bilibili": "bilibili.com, b23.tv, 哔哩哔哩, b站",
        "dailymotion": "dailymotion.com",
        "disneyplus": "disneyplus.com",
        "hulu": "hulu.com",
        "iqiyi": "iqiyi.com, iq.com, 爱奇艺",
        "netflix": "netflix.com",
        "niconico": "nicovideo.jp",
        "rumble": "rumble.com",
        "tencent-video": "v.qq.com, 腾讯视频",
        "twitch": "twitch.tv",
        "vimeo": "vimeo.com",
        "wistia": "wistia.com",
        "xigua": "ixigua.com, 西瓜视频",
        "youku": "youku.com, 优酷",
        "youtube": "youtube.com, youtu.be, yt, com.google.android.youtube",
    },
    "shopping": {
        "1688": "1688.com",
        "alibaba": "alibaba.com",
        "aliexpress": "aliexpress.com, aliexpress.ru, aliexpress.us",
        "allegro": "allegro.pl",
        "amazon": "amazon.*",
        "coupang": "coupang.com",
        "ebay": "ebay.*",
        "etsy": "etsy.com",
        "google-shopping": "shopping.google.com, googleshopping, google shopping, google_shopping",
        "idealo": "idealo.*",
        "jd": "jd.com, jd.hk, 3.cn, 京东",
        "lazada": "lazada.*",
        "mercadolibre": "mercadolibre.*, mercadolivre.com.br",
        "pinduoduo": "pinduoduo.com, yangkeduo.com, pdd, 拼多多",
        "rakuten": "rakuten.*",
        "shein": "shein.com",
        "shop-app": "shop.app",
        "shopee": "shopee.*",
        "shopzilla": "shopzilla.com",
        "suning": "suning.com, 苏宁",
        "taobao": "taobao.com, tb.cn, 淘宝",
        "temu": "temu.com",
        "tmall": "tmall.com, tmall.hk, 天猫",
        "vipshop": "vip.com, 唯品会",
        "walmart": "walmart.com",
        "zalando": "zalando.*",
    },
    "ai": {
        "chatglm": "chatglm.cn, 智谱清言",
        "chatgpt": "chatgpt.com, chat.openai.com",
        "claude": "claude.ai",
        "copilot": "copilot.microsoft.com",
        "deepseek": "deepseek.com",
        "doubao": "doubao.com, 豆包",
        "gemini": "gemini.google.com, bard.google.com",
        "grok": "grok.com",
        "iask": "iask.ai",
        "kimi": "kimi.com, kimi.moonshot.cn",
        "meta-ai": "meta.ai",
        "metaso": "metaso.cn, 秘塔",
        "mistral": "chat.mistral.ai",
        "notebooklm": "notebooklm.google.com",
        "perplexity": "perplexity.ai",
        "qwen": "chat.qwen.ai, tongyi.com, tongyi.aliyun.com, 通义千问",
        "wenxin": "yiyan.baidu.com, 文心一言",
        "you": "you.com",
        "yuanbao": "yuanbao.tencent.com, 腾讯元宝",
    },
}

_NOT_ITS_SITE = frozenset({"mail.aol.com", "mail.naver.com", "pan.baidu.com", "email.seznam.cz"})
"""Mailboxes and drives under a known domain: a link in them is not its search engine's doing."""

PAYMENT_HOSTS = frozenset(
    "95516.com adyen.com alipay.com checkout.com checkout.stripe.com klarna.com mollie.com pay.amazon.com "
    "pay.google.com pay.weixin.qq.com paypal.com squareup.com tenpay.com unionpay.com worldpay.com".split()
)
"""Where buyers go to pay and come back from: a step of the purchase, never its origin."""


@lru_cache(maxsize=65536)
def site(source: str) -> Site | None:
    """The known site a source or a host names, in any case; ``None`` for all others."""
    name = source.strip().lower().removeprefix("www.")
    if under(name, _NOT_ITS_SITE):
        return None
    for known in _endings(name):
        if known in _BY_NAME:
            return _BY_NAME[known]
    brand = _BRAND.fullmatch(name)
    return _BY_BRAND[brand[1]] if brand else None


def under(host: str, domains: frozenset[str]) -> bool:
    """Whether a host is one of these domains or lies under one."""
    return any(ending in domains for ending in _endings(host))


def _endings(host: str) -> list[str]:
    """``a.b.c``, ``b.c``, but never a bare ``c``: a name without a dot stands for itself only."""
    labels = host.split(".")
    return [".".join(labels[start:]) for start in range(max(1, len(labels) - 1))]


_SPELLINGS = [
    (spelling, Site(name, category))
    for category, sites in SITES.items()
    for name, spellings in sites.items()
    for spelling in (name, *spellings.split(", "))
]
_BY_NAME = {spelling: known for spelling, known in _SPELLINGS if not spelling.endswith(".*")}
_BY_BRAND = {spelling[:-2]: known for spelling, known in _SPELLINGS if spelling.endswith(".*")}
_BRAND = re.compile(
    rf"(?:(?:www|m|l|images|news|search|smile|[a-z]{{2}}(?:\.search)?)\.)?({'|'.join(_BY_BRAND)})"
    r"\.(?:com?\.)?[a-z]{2,3}"
)
