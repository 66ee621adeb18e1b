"""The reports there are, the kinds of figures in them, and what both are called in English and in Chinese.

Nothing is computed here: help texts and the other faces read it without loading anything heavy.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["BY", "KINDS", "LANGUAGES", "TITLES", "WORDS", "title", "word"]

LANGUAGES = ("en", "zh")

BY: Mapping[str, str] = {
    "channels": "channel", "sources": "source", "campaigns": "campaign", "contents": "content",
}  # fmt: skip
"""Reports on what each of something earned."""

TITLES: Mapping[str, tuple[str, str]] = {
    "overview": ("The figures of the whole, and how they changed.", "总览"),
    "channels": ("What each channel earned and cost.", "渠道"),
    "sources": ("What each source earned and cost.", "来源"),
    "campaigns": ("What each campaign earned and cost.", "广告系列"),
    "contents": ("What each advertisement or link earned.", "广告内容"),
    "customers": ("What each channel earned from new and from returning customers.", "新客与老客"),
    "assists": ("Where on the way to a sale each channel stood.", "助攻转化"),
    "paths": ("The paths that sold most.", "热门路径"),
    "lengths": ("How many touches sales had.", "路径长度"),
    "lag": ("How many days sales took from the first touch.", "转化天数"),
    "cohorts": ("What became of those first touched in a period.", "首次接触同期群"),
    "trend": ("Conversions over time.", "趋势"),
    "before": ("Each channel beside the period before.", "与上期对比"),
    "confidence": ("How sure each channel's figures are.", "置信区间"),
    "effects": ("What would be lost without each channel.", "移除效应"),
    "quality": ("What blurs the figures.", "数据质量"),
}
"""Report to the first line of its help, and to its title in Chinese."""

_ENGLISH = {
    "overview": "Overview", "customers": "New and returning customers", "assists": "Assisted conversions",
    "paths": "Top paths", "lengths": "Path length", "lag": "Days to convert", "cohorts": "Cohorts by first touch",
    "before": "Beside the period before", "confidence": "Confidence", "effects": "Removal effects", "quality": "Data quality",
}  # fmt: skip

KINDS: Mapping[str, str] = {
    **dict.fromkeys(
        ("value", "cost", "cpa", "cac", "aov", "new_value", "returning_value", "unknown_value", "assisted_value",
         "value_low", "value_high", "value_before", "cost_before", "worth"), "money",
    ),
    **dict.fromkeys(("roas", "ratio", "roas_before"), "ratio"),
    **dict.fromkeys(("roi", "share", "effect", "part", "value_effect", "value_part", "conversions_change", "value_change", "roas_change", "cost_change"), "percent"),
    **dict.fromkeys(
        ("conversions", "new_conversions", "returning_conversions", "unknown_conversions", "conversions_low",
         "conversions_high", "conversions_before"), "share",
    ),
    **dict.fromkeys(
        ("journeys", "first", "last", "only", "assisted", "customers", "buyers", "count", "of", "length", "since"),
        "count",
    ),
    "days": "days",
    "period": "date",
}  # fmt: skip
"""Measure to what kind of figure it is; what is not here is text. ``share`` counts conversions, parts of them, too."""

WORDS: Mapping[str, tuple[str, str]] = {
    "channel": ("channel", "渠道"), "source": ("source", "来源"), "campaign": ("campaign", "广告系列"),
    "content": ("content", "广告内容"), "model": ("model", "归因模型"), "path": ("path", "路径"),
    "touches": ("touches", "接触次数"), "period": ("period", "时期"), "cohort": ("first touched", "首次接触"),
    "since": ("periods later", "之后第几期"), "check": ("what", "项目"), "figure": ("figure", "指标"),
    "conversions": ("conversions", "转化数"), "value": ("value", "转化价值"), "cost": ("cost", "花费"),
    "cpa": ("CPA", "单次转化成本"), "roas": ("ROAS", "广告支出回报率"), "roi": ("ROI", "投资回报率"),
    "cac": ("CAC", "获客成本"), "aov": ("average order", "客单价"), "share": ("share", "占比"),
    "new_conversions": ("new", "新客转化"), "new_value": ("new value", "新客价值"),
    "returning_conversions": ("returning", "老客转化"), "returning_value": ("returning value", "老客价值"),
    "unknown_conversions": ("unknown", "未知客户转化"), "unknown_value": ("unknown value", "未知客户价值"),
    "journeys": ("journeys", "涉及路径"), "first": ("first", "首次"), "last": ("last", "末次"), "only": ("only", "唯一"),
    "assisted": ("assisted", "助攻"), "assisted_value": ("assisted value", "助攻价值"),
    "ratio": ("assisted / last", "助攻 / 末次"), "length": ("touches", "接触次数"), "days": ("days", "天数"),
    "customers": ("customers", "客户数"), "buyers": ("buyers", "购买客户数"), "count": ("count", "数量"), "of": ("of", "总数"),
    "now": ("now", "本期"), "before": ("before", "上期"), "change": ("change", "变化"), "worth": ("value", "价值"),
    "conversions_low": ("conv. from", "转化数下限"), "conversions_high": ("conv. to", "转化数上限"),
    "value_low": ("value from", "价值下限"), "value_high": ("value to", "价值上限"),
    "conversions_before": ("conv. before", "上期转化数"), "value_before": ("value before", "上期价值"),
    "cost_before": ("cost before", "上期花费"), "roas_before": ("ROAS before", "上期回报率"),
    "conversions_change": ("conv. change", "转化数变化"), "value_change": ("value change", "价值变化"),
    "cost_change": ("cost change", "花费变化"), "roas_change": ("ROAS change", "回报率变化"),
    "effect": ("conv. lost without it", "移除后损失的转化"), "part": ("part of conv.", "转化占比"),
    "value_effect": ("value lost without it", "移除后损失的价值"), "value_part": ("part of value", "价值占比"),
    "total": ("total", "合计"), "(none)": ("(none)", "（无接触）"), "(other)": ("(other)", "（其他）"),
    "(not set)": ("(not set)", "（未设置）"),
    "new_customers": ("new customers", "新客户"), "median_days": ("median days to convert", "转化天数中位数"),
    "p90_days": ("days to convert, 90 %", "转化天数（90% 分位）"), "median_touches": ("median touches", "接触次数中位数"),
    "refunds": ("refunds", "退款数"), "unattributed": ("without a touch", "无接触转化"),
    "unattributed_value": ("value without a touch", "无接触转化价值"),
    "direct_touches": ("touches without an origin (Direct)", "无来源的接触（直接访问）"),
    "unassigned_touches": ("touches no channel rule knows", "未归入任何渠道的接触"),
    "paid_touches_without_campaign": ("paid touches without a campaign", "缺少广告系列的付费接触"),
    "conversions_direct": ("conversions with credit for Direct", "归功于直接访问的转化"),
    "conversions_without_touch": ("conversions without a touch", "没有接触的转化"),
    "conversions_touched_too_early": ("of them touched before the lookback", "其中：接触早于回溯期"),
    "conversions_of_nobody_known": ("conversions of nobody known", "客户未知的转化"),
    "credit_without_touch": ("conversions with credit no touch carries", "无接触承载的功劳"),
    "refunds_without_sale": ("refunds without a sale", "找不到订单的退款"),
    "conversions_in_other_currencies": ("conversions in other currencies, left out", "其他币种的转化（未计入）"),
    "unmatched_cost": ("costs nobody ever came by", "没有对应接触的花费"),
    "cost_without_campaign": ("costs without a campaign", "缺少广告系列的花费"),
    # channels, as Google's own reports translate them
    "Direct": ("Direct", "直接"), "Unassigned": ("Unassigned", "未分配"), "Email": ("Email", "电子邮件"),
    "Referral": ("Referral", "引荐"), "Paid Search": ("Paid Search", "付费搜索"),
    "Organic Search": ("Organic Search", "自然搜索"), "Paid Social": ("Paid Social", "付费社交"),
    "Organic Social": ("Organic Social", "自然社交"), "Paid Shopping": ("Paid Shopping", "付费购物"),
    "Organic Shopping": ("Organic Shopping", "自然购物"), "Paid Video": ("Paid Video", "付费视频"),
    "Organic Video": ("Organic Video", "自然视频"), "Display": ("Display", "展示广告"),
    "Cross-network": ("Cross-network", "跨网络"), "Paid Other": ("Paid Other", "其他付费"),
    "Affiliates": ("Affiliates", "联盟营销"), "Audio": ("Audio", "音频"), "SMS": ("SMS", "短信"),
    "Mobile Push Notifications": ("Mobile Push Notifications", "移动推送"), "Phone": ("Phone", "电话"),
    "Meeting": ("Meeting", "会面"), "Offline": ("Offline", "线下"), "AI Assistants": ("AI Assistants", "AI 助手"),
    # models
    "last-non-direct": ("last non-direct", "末次非直接"), "linear": ("linear", "线性"),
    "position": ("position", "位置"), "time-decay": ("time decay", "时间衰减"), "inverse-j": ("inverse J", "倒 J 型"),
    "j": ("J", "J 型"), "w": ("W", "W 型"), "full-path": ("full path", "全路径"), "shapley": ("Shapley", "沙普利值"),
    "markov-1": ("Markov 1", "马尔可夫 1 阶"), "markov-2": ("Markov 2", "马尔可夫 2 阶"),
    "markov-3": ("Markov 3", "马尔可夫 3 阶"), "markov-4": ("Markov 4", "马尔可夫 4 阶"),
    # what a page says around its tables
    "report": ("Marketing report", "营销报告"), "until": ("{0} to {1}", "{0} 至 {1}"),
    "from_the_start": ("all time", "全部时间"), "models": ("Models: {0}", "归因模型：{0}"),
    "money_in": ("Money in {0}", "金额单位：{0}"), "lookback": ("Lookback: {0}", "回溯期：{0}"),
    "made": ("Made {0} by CRM Hub", "由 CRM Hub 生成于 {0}"),
    "nothing": ("Nothing to show.", "暂无数据。"),
    "biggest": ("The biggest conversions, touch by touch", "最大的转化及其每次接触"),
    "when": ("when", "时间"), "customer": ("customer", "客户"), "raw_record": ("raw record", "原始记录"),
    "credit": ("credit", "功劳"), "conversion": ("conversion", "转化"),
    "ties": ("Every table sums to the same total: {0} conversions worth {1}.", "各表合计一致：{0} 次转化，价值 {1}。"),
}  # fmt: skip
"""Word to what it is called in English and in Chinese; what is not here is called what it is."""


def word(name: str, lang: str = "en") -> str:
    """What a column, row or model is called."""
    return WORDS[name][LANGUAGES.index(lang)] if name in WORDS else name


def title(name: str, lang: str = "en") -> str:
    """What a report is called."""
    if lang == "zh":
        return TITLES[name][1]
    return _ENGLISH.get(name, name.capitalize())
