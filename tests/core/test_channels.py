"""GA4's default channel rules with their traps, the evidence they are asked about, and admins' own rules."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.channels import SITES, channel, classify, custom_rules, origin, origins, site
from hub.core.records import Interaction
from hub.errors import ConfigError


def tagged(source: str = "", medium: str = "", campaign: str = "", **more: object) -> str:
    return channel({"source": source, "medium": medium, "campaign": campaign, **more})


def landing(query: str, **more: object) -> dict[str, object]:
    return {"landing_url": f"https://shop.example.com/p?{query}", **more}


@pytest.mark.parametrize(
    ("source", "medium", "campaign", "expected"),
    [
        ("(direct)", "(none)", "", "Direct"),
        ("(direct)", "(not set)", "", "Direct"),
        ("google", "cpc", "eu cross-network pmax", "Cross-network"),
        ("amazon", "cpc", "", "Paid Shopping"),
        ("google", "cpc", "spring-shop-de", "Paid Shopping"),
        ("google", "cpc", "", "Paid Search"),
        ("baidu", "ppc", "", "Paid Search"),
        ("facebook", "paid_social", "", "Paid Social"),
        ("小红书", "cpc", "", "Paid Social"),
        ("youtube.com", "cpv", "", "Paid Video"),
        ("bilibili", "cpm", "", "Paid Video"),
        ("criteo", "banner", "", "Display"),
        ("criteo", "retargeting", "", "Paid Other"),
        ("taobao", "referral", "", "Organic Shopping"),
        ("weibo.com", "referral", "", "Organic Social"),
        ("buffer", "social network", "", "Organic Social"),
        ("vimeo.com", "referral", "", "Organic Video"),
        ("partner", "promo-video-1", "", "Organic Video"),
        ("sogou", "", "", "Organic Search"),
        ("unheard-of-engine", "organic", "", "Organic Search"),
        ("blog.example.org", "referral", "", "Referral"),
        ("ios", "app", "", "Referral"),
        ("e_mail", "(not set)", "", "Email"),
        ("crm", "e mail", "", "Email"),
        ("awin", "affiliate", "", "Affiliates"),
        ("spotify", "audio", "", "Audio"),
        ("sms", "", "", "SMS"),
        ("crm", "sms", "", "SMS"),
        ("crm", "web-push", "", "Mobile Push"),
        ("crm", "in-mobile-app", "", "Mobile Push"),
        ("crm", "notifications", "", "Mobile Push"),
        ("firebase", "", "", "Mobile Push"),
        ("newsletter", "", "", "Unassigned"),
        ("partner", "brochure", "", "Unassigned"),
    ],
)
def test_the_default_rules_of_ga4(source: str, medium: str, campaign: str, expected: str) -> None:
    assert tagged(source, medium, campaign) == expected


@pytest.mark.parametrize(
    ("source", "medium", "campaign", "expected"),
    [
        # only these two spellings are direct, in any case, and nothing comes before it
        ("(Direct)", "(None)", "cross-network", "Direct"),
        ("direct", "none", "", "Unassigned"),
        ("(direct)", "referral", "", "Referral"),
        ("(direct)", "cpc", "", "Paid Other"),
        # a listed source wins over what the medium says it was, unless that comes earlier
        ("google", "email", "", "Organic Search"),
        ("google", "referral", "", "Organic Search"),
        ("google", "affiliate", "", "Organic Search"),
        ("facebook", "email", "", "Organic Social"),
        ("amazon", "social", "", "Organic Shopping"),
        ("youtube", "organic", "", "Organic Video"),
        ("google", "video", "", "Organic Video"),
        ("google", "social", "", "Organic Social"),
        # display comes before every organic rule, and after every listed source that was paid for
        ("google", "display", "", "Display"),
        ("facebook", "banner", "", "Display"),
        ("facebook", "cpm", "", "Paid Social"),
        ("amazon", "cpm", "", "Paid Shopping"),
        # paid means the patterns, wherever the letters come from
        ("adnetwork", "cpa", "", "Paid Other"),
        ("adnetwork", "ppc", "", "Paid Other"),
        ("adnetwork", "ppc-brand", "", "Unassigned"),
        ("adnetwork", "retargeting-1", "", "Unassigned"),
        ("adnetwork", "paidsocial", "", "Paid Other"),
        ("email", "cpc", "", "Paid Other"),
        ("newsletter", "paid", "eshop", "Paid Shopping"),
        ("firebase", "mobile-cpc", "", "Paid Other"),
        # whole words only
        ("crm", "emails", "", "Unassigned"),
        ("e-mail.example", "", "", "Unassigned"),
        ("awin", "affiliates", "", "Unassigned"),
        ("spotify", "audio-ad", "", "Unassigned"),
        ("crm", "sms-1", "", "Unassigned"),
        ("partner", "referrals", "", "Unassigned"),
        ("partner", "social_media", "", "Unassigned"),
        ("partner", "sm", "", "Organic Social"),
        ("partner", "organic-post", "", "Unassigned"),
        # a push is at the end; mobile and notification are anywhere
        ("crm", "push", "", "Mobile Push"),
        ("crm", "pushed", "", "Unassigned"),
        ("crm", "push-notification", "", "Mobile Push"),
        ("sms", "push", "", "SMS"),
        # an affiliate with a shopping campaign is no affiliate any more
        ("awin", "affiliate", "shop", "Organic Shopping"),
        ("crm", "email", "e-shop", "Organic Shopping"),
        ("chatgpt.com", "ai-assistant", "", "AI Assistant"),
        ("chatgpt.com", "referral", "", "Referral"),
    ],
)
def test_the_traps_of_the_default_rules(source: str, medium: str, campaign: str, expected: str) -> None:
    assert tagged(source, medium, campaign) == expected


def as_documented(source: str, medium: str, campaign: str) -> str:
    """The documented rules, written down a second time as plain conditions."""
    source, medium, campaign = source.lower(), medium.lower(), campaign.lower()
    known = site(source)
    kind = known.category if known else ""
    paid = "cp" in medium or medium in ("ppc", "retargeting") or medium.startswith("paid")
    places = [at for at in range(len(campaign)) if campaign.startswith("shop", at)]
    shop = "shopping" in campaign or any(
        at == 0 or campaign[at - 1] == "e" or not "a" <= campaign[at - 1] <= "z" for at in places
    )
    mails = ("email", "e-mail", "e_mail", "e mail")
    if source == "(direct)" and medium in ("(not set)", "(none)"):
        return "Direct"
    if "cross-network" in campaign:
        return "Cross-network"
    if paid and (kind == "shopping" or shop):
        return "Paid Shopping"
    if paid and kind in ("search", "social", "video"):
        return f"Paid {kind.title()}"
    if medium in ("display", "banner", "expandable", "interstitial", "cpm"):
        return "Display"
    if paid:
        return "Paid Other"
    if kind == "shopping" or shop:
        return "Organic Shopping"
    if kind == "social" or medium.replace("-", " ") in ("social", "social network", "social media", "sm"):
        return "Organic Social"
    if kind == "video" or "video" in medium:
        return "Organic Video"
    if kind == "search" or medium == "organic":
        return "Organic Search"
    if medium in ("referral", "app", "link"):
        return "Referral"
    if source in mails or medium in mails:
        return "Email"
    if medium == "affiliate":
        return "Affiliates"
    if medium == "audio":
        return "Audio"
    if "sms" in (source, medium):
        return "SMS"
    if medium.endswith("push") or "mobile" in medium or "notification" in medium or source == "firebase":
        return "Mobile Push"
    return "Unassigned"


SOURCES = (
    "(direct)",
    "Google",
    "facebook",
    "youtube",
    "amazon",
    "email",
    "e mail",
    "sms",
    "firebase",
    "acme",
)
MEDIUMS = (
    "(none)", "(not set)", "cpc", "CPM", "xcpx", "ppc", "paid-x", "retargeting", "banner", "display", "social",
    "social network", "promo-video", "organic", "referral", "app", "Link", "e_mail", "affiliate", "audio", "sms",
    "webpush", "in-mobile", "notification!", "other",
)  # fmt: skip
CAMPAIGNS = ("", "spring", "Shop", "eshop", "bishop", "bishop-shop", "shopping", "Cross-Network", "my shop")


def test_every_combination_is_what_the_documented_rules_say() -> None:
    for source in SOURCES:
        for medium in MEDIUMS:
            for campaign in CAMPAIGNS:
                told = (source, medium, campaign)
                assert tagged(*told) == as_documented(*told), told


def test_cpm_is_paid_search_from_a_search_engine_and_display_from_an_unlisted_source() -> None:
    assert tagged("google", "cpm") == "Paid Search"
    assert tagged("adnetwork", "cpm") == "Display"


def test_any_medium_with_cp_in_it_is_paid() -> None:
    assert tagged("adnetwork", "xcpx") == "Paid Other"


def test_paid_must_begin_the_medium() -> None:
    assert tagged("adnetwork", "paid-banner") == "Paid Other"
    assert tagged("adnetwork", "unpaid") == "Unassigned"


@pytest.mark.parametrize(
    ("campaign", "is_shopping"),
    [
        ("eshop", True),
        ("bishop", False),
        ("workshop", False),
        ("BISHOP", False),
        ("shop", True),
        ("my shop", True),
        ("2shop", True),
        ("workshopping", True),
    ],
)
def test_the_letter_before_shop_decides_unless_it_is_e(campaign: str, is_shopping: bool) -> None:
    assert (tagged("partner", "referral", campaign) == "Organic Shopping") is is_shopping


def test_a_shopping_campaign_comes_before_organic_search() -> None:
    assert tagged("google", "organic", "summer shopping") == "Organic Shopping"


def test_cross_network_comes_before_paid_shopping() -> None:
    assert tagged("google", "cpc", "Cross-Network shopping") == "Cross-network"


def test_referral_comes_before_email_in_the_pinned_version() -> None:
    assert tagged("email", "referral") == "Referral"


def test_rules_ignore_case() -> None:
    assert tagged("GOOGLE", "CPC") == "Paid Search"
    assert tagged("Crm", "E-Mail") == "Email"


def test_a_visit_without_any_evidence_is_direct() -> None:
    assert origin({}) == origin({"source": None, "landing_url": "https://a.example/"})
    assert (origin({}).channel, origin({}).source, origin({}).medium) == ("Direct", "(direct)", "(none)")


def test_a_medium_without_a_source_is_not_direct() -> None:
    assert tagged("", "(none)") == "Unassigned"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("www.google.co.uk", "search"),
        ("google.com.hk", "search"),
        ("images.google.de", "search"),
        ("uk.search.yahoo.com", "search"),
        ("m.baidu.com", "search"),
        ("tieba.baidu.com", "social"),
        ("l.facebook.com", "social"),
        ("t.co", "social"),
        ("微信", "social"),
        ("item.jd.com", "shopping"),
        ("v.qq.com", "video"),
        ("shopping.google.com", "shopping"),
        ("so.toutiao.com", "search"),
        ("search.goo.ne.jp", "search"),
        ("metager.de", "search"),
        ("claude.ai", "ai"),
    ],
)
def test_a_site_is_known_by_name_or_domain(source: str, expected: str) -> None:
    known = site(source)
    assert known is not None
    assert known.category == expected


@pytest.mark.parametrize(
    "source",
    [
        "mail.google.com",
        "notgoogle.com",
        "google.com.evil.example",
        "netflix.com.br.example",
        "com",
        "",
        "xx.com",
        "pan.baidu.com",
        "mygoogle",
        "qq.com",
    ],
)
def test_what_only_looks_like_a_site_is_not_one(source: str) -> None:
    assert site(source) is None


def test_no_site_is_listed_twice() -> None:
    spellings = [
        spelling
        for sites in SITES.values()
        for name, more in sites.items()
        for spelling in {name, *more.split(", ")}
    ]
    assert sorted(spellings) == sorted(set(spellings))
    assert all(spelling == spelling.strip().lower() for spelling in spellings)


def test_x_does_not_stand_for_every_domain_that_ends_in_it() -> None:
    assert site("netflix.com") != site("x.com")
    assert site("spacex.com") is None


def test_utm_parameters_fill_what_the_source_leaves_open() -> None:
    found = origin(
        landing("utm_source=Baidu&utm_medium=CPC&utm_campaign=a&utm_term=t&utm_content=c", campaign="own")
    )
    assert (found.channel, found.source, found.medium) == ("Paid Search", "Baidu", "CPC")
    assert (found.campaign, found.term, found.content) == ("own", "t", "c")


def test_utm_values_are_decoded_once_trimmed_and_plus_is_a_space() -> None:
    found = origin(landing("utm_source=+crm%20&utm_medium=e+mail&utm_campaign=50%2525%2Boff"))
    assert (found.source, found.medium, found.campaign) == ("crm", "e mail", "50%25+off")
    assert found.channel == "Email"


def test_chinese_values_are_read_in_utf8_and_in_gbk() -> None:
    assert origin(landing("utm_source=%E7%99%BE%E5%BA%A6&utm_medium=cpc")).channel == "Paid Search"
    assert origin(landing("utm_source=%B0%D9%B6%C8&utm_medium=cpc")).source == "百度"


def test_the_first_of_repeated_utm_values_wins() -> None:
    assert origin(landing("utm_source=a&utm_source=b&UTM_MEDIUM=x&utm_medium=y")).medium == "x"
    assert origin(landing("utm_source=a&utm_source=b")).source == "a"


def test_utm_in_the_fragment_is_ignored() -> None:
    assert channel({"landing_url": "https://a.example/#?utm_source=google&utm_medium=cpc"}) == "Direct"


def test_escaped_ampersands_still_separate() -> None:
    assert channel(landing("utm_source=crm&amp;utm_medium=email")) == "Email"


def test_baidu_and_matomo_parameters_are_read() -> None:
    assert origin(landing("hmsr=zhihu&hmpl=%E6%98%A5")).campaign == "春"
    assert channel(landing("mtm_source=crm&mtm_medium=email")) == "Email"


def test_utm_outranks_click_id_and_click_id_outranks_referrer() -> None:
    google = "https://www.google.com/"
    assert channel(landing("utm_source=crm&utm_medium=email&gclid=1", referrer=google)) == "Email"
    assert channel(landing("gclid=Cj0", referrer=google)) == "Paid Search"
    assert channel(landing("utm_source=crm&utm_medium=email", referrer=google)) == "Email"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gclid", "Paid Search"),
        ("wbraid", "Paid Search"),
        ("msclkid", "Paid Search"),
        ("bd_vid", "Paid Search"),
        ("dclid", "Display"),
        ("ttclid", "Paid Social"),
        ("li_fat_id", "Paid Social"),
        ("ob_click_id", "Paid Other"),
        ("mc_cid", "Email"),
        ("_hsmi", "Email"),
    ],
)
def test_a_click_id_alone_names_the_channel(name: str, expected: str) -> None:
    assert channel(landing(f"{name}=AbC")) == expected
    assert channel({"click_ids": [name]}) == expected
    assert channel({"click_ids": {name: "AbC"}}) == expected


@pytest.mark.parametrize("name", ["fbclid", "igshid", "igsh"])
def test_a_share_id_is_no_proof_that_anyone_paid(name: str) -> None:
    assert channel({"click_ids": [name]}) == "Organic Social"
    assert channel(landing(f"{name}=x", referrer="https://blog.example.org/")) == "Referral"


def test_fbclid_beside_a_paid_medium_stays_paid() -> None:
    assert channel(landing("utm_source=fb&utm_medium=cpc&fbclid=x")) == "Paid Social"


def test_an_empty_click_id_is_none() -> None:
    assert channel(landing("gclid=")) == "Direct"
    assert channel({"click_ids": {"gclid": ""}}) == "Direct"


def test_a_click_id_completes_a_source_that_agrees_and_no_other() -> None:
    assert channel(landing("utm_source=Google&gclid=1")) == "Paid Search"
    assert channel(landing("utm_source=newsletter&gclid=1")) == "Unassigned"


def test_a_referrer_that_is_a_search_engine_is_organic_under_the_engines_name() -> None:
    found = origin({"referrer": "https://www.google.co.jp/search?q=x"})
    assert (found.channel, found.source, found.medium) == ("Organic Search", "google", "organic")


def test_a_social_referrer_is_a_referral_from_its_host_and_organic_social() -> None:
    found = origin({"referrer": "https://l.facebook.com/l.php?u=x"})
    assert (found.channel, found.source, found.medium) == ("Organic Social", "l.facebook.com", "referral")


@pytest.mark.parametrize(
    ("referrer", "expected"),
    [
        ("https://user:pw@WWW.Bing.com:443/x", "Organic Search"),
        ("//blog.example.org/a", "Referral"),
        ("blog.example.org/a", "Referral"),
        ("android-app://com.google.android.googlequicksearchbox/", "Organic Search"),
        ("android-app://com.google.android.gm/", "Referral"),
        ("http://[::1]:8000/", "Referral"),
        ("http://[broken", "Referral"),
        ("about:blank", "Direct"),
        ("mailto:a@example.org", "Direct"),
        ("/relative/page.html", "Direct"),
        ("no url at all.", "Direct"),
        ("https://", "Direct"),
    ],
)
def test_any_text_may_stand_where_a_referrer_should(referrer: str, expected: str) -> None:
    assert channel({"referrer": referrer}) == expected


@pytest.mark.parametrize(
    "referrer", ["https://chatgpt.com/", "https://gemini.google.com/app", "https://yiyan.baidu.com/x"]
)
def test_an_ai_assistants_referral_is_its_own_channel_as_in_ga4_since_2026(referrer: str) -> None:
    assert channel({"referrer": referrer}) == "AI Assistant"
    assert channel({"referrer": referrer, **landing("utm_source=crm&utm_medium=email")}) == "Email"


def test_our_own_pages_and_payment_pages_are_no_referrers() -> None:
    assert channel({"referrer": "https://pay.shop.example/x"}, own_hosts=["www.Shop.example"]) == "Direct"
    assert channel(landing("", referrer="https://www.shop.example.com/cart")) == "Direct"
    assert channel({"referrer": "https://www.paypal.com/checkout"}) == "Direct"
    assert channel({"referrer": "https://myshop.example/x"}, own_hosts=["shop.example"]) == "Referral"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("mail", "Email"),
        ("Call", "Phone"),
        ("phone", "Phone"),
        ("meeting", "Meeting"),
        ("sms", "SMS"),
        ("fair", "Offline"),
        ("store", "Offline"),
    ],
)
def test_a_touch_that_is_no_visit_has_the_channel_of_its_kind(kind: str, expected: str) -> None:
    assert channel({"kind": kind, "direction": "outbound"}) == expected
    assert channel({"kind": kind, "source": "google", "medium": "inbox"}) == expected


def test_a_tracked_call_belongs_to_the_advertisement_that_made_it() -> None:
    assert channel({"kind": "call", "source": "google", "medium": "cpc"}) == "Paid Search"
    assert channel({"kind": "call", "click_ids": ["gclid"]}) == "Paid Search"


def test_a_message_is_social_when_its_source_says_so_and_never_direct() -> None:
    assert channel({"kind": "message", "source": "wechat"}) == "Organic Social"
    assert channel({"kind": "mention", "source": "acme", "medium": "social"}) == "Organic Social"
    for kind in ("message", "chat", "note", "task", "deal"):
        assert channel({"kind": kind}) == "Unassigned"


def test_a_channel_the_source_names_is_kept_as_it_is() -> None:
    assert tagged("google", "cpc", channel="Trade fair") == "Trade fair"


def test_custom_rules_come_before_everything() -> None:
    rules = custom_rules(
        [
            {"name": "Partners", "source": ["acme", "Partner-*"], "medium": "link"},
            {"name": "Paid Search", "channel": "sem"},
            {"name": "AI", "referrer": "chatgpt.com"},
            {"name": "China search", "site": "search", "campaign": "cn-?"},
        ]
    )
    assert channel({"source": "partner-7", "medium": "Link"}, rules=rules) == "Partners"
    assert channel({"source": "partner-7", "medium": "referral"}, rules=rules) == "Referral"
    assert channel({"channel": "SEM"}, rules=rules) == "Paid Search"
    assert channel({"referrer": "https://www.chatgpt.com/c/1"}, rules=rules) == "AI"
    assert channel({"source": "baidu", "campaign": "cn-1"}, rules=rules) == "China search"
    assert channel({"source": "baidu", "campaign": "cn-11"}, rules=rules) == "Organic Search"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"source": "a"}, "no name"),
        ({"name": "A"}, "no condition"),
        ({"name": "A", "sorce": "a"}, "'sorce'"),
        ({"name": "A", "source": 7}, "neither a text"),
        ({"name": "A", "source": []}, "neither a text"),
    ],
)
def test_a_wrong_custom_rule_says_which_and_why(row: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as raised:
        custom_rules([{"name": "fine", "source": "x"}, row])
    assert "channel rule 2" in str(raised.value)


def test_an_interaction_record_is_a_touch() -> None:
    visit = Interaction(
        id="1", occurred_at=datetime(2026, 1, 1, tzinfo=UTC), kind="visit", click_ids={"gclid": "Cj"}
    )
    assert channel(visit) == "Paid Search"


def test_spend_that_names_only_its_source_was_paid_for() -> None:
    spend = pl.DataFrame(
        {
            "source": ["google", "wechat", "acme", "", None, "crm"],
            "medium": ["", None, "", "", None, "email"],
            "channel": ["", "", "", "", "TV", ""],
        }
    )
    assert classify(spend, kind="spend").to_list() == [
        "Paid Search",
        "Paid Social",
        "Paid Other",
        "Unassigned",
        "TV",
        "Email",
    ]


texts = st.sampled_from(
    ["", "google", "Google ", "crm", "cpc", "email", "(direct)", "(none)", "facebook", "referral", "shop"]
)
pieces = st.sampled_from(
    [
        "utm_source=google",
        "utm_source=",
        "UTM_Medium=cpc",
        "utm_medium=e+mail",
        "gclid=1",
        "gclid=",
        "fbclid=x",
        "id=5",
        "amp;utm_medium=cpm",
        "hmsr=weibo",
        "utm_campaign=%E6%98%A5+shop",
        "x=utm_source=b",
        "&",
        "?",
        "#",
        "utm_content=a?b",
        "_hsmi=1",
        "utm_sourcex=1",
        "utm_source",
        " ",
    ]
)
hosts = st.sampled_from(
    [
        "https://www.google.com/",
        "https://a.example/p",
        "http://A.example",
        "a.example",
        "//b.a.example/x?y#z",
        "",
        "android-app://com.google.android.gm",
        "https://u:p@bing.com:1/",
        "about:blank",
        " https://x.com/",
    ]
)
touches = st.fixed_dictionaries(
    {
        "channel": st.sampled_from(["", "", "", "Fair"]),
        "source": st.none() | texts,
        "medium": texts,
        "campaign": texts,
        "kind": st.sampled_from(["visit", "mail", "call", "message", ""]),
        "click_ids": st.none() | st.lists(st.sampled_from(["gclid", "fbclid", "Foo"]), max_size=2),
        "referrer": hosts,
        "landing_url": st.builds(
            lambda url, query: f"{url}?{'&'.join(query)}" if query else url,
            hosts,
            st.lists(pieces, max_size=5),
        ),
    }
)


@settings(max_examples=100, deadline=None)
@given(st.lists(touches, min_size=1, max_size=20))
def test_a_frame_is_answered_as_its_touches_one_by_one(rows: list[dict[str, object]]) -> None:
    rules = custom_rules([{"name": "Ours", "campaign": "crm"}])
    frame = pl.DataFrame(rows, schema_overrides={"click_ids": pl.List(pl.String), "source": pl.String})
    found = origins(frame, rules=rules, own_hosts=["a.example"])
    expected = [origin(row, rules=rules, own_hosts=["a.example"]) for row in rows]
    assert found.rows() == [(o.channel, o.source, o.medium, o.campaign, o.term, o.content) for o in expected]


def test_a_frame_larger_than_a_slice_keeps_its_order() -> None:
    frame = pl.DataFrame({"medium": ["email", "sms", "cpc"] * 90_000})
    found = classify(frame)
    assert found.to_list() == ["Email", "SMS", "Paid Other"] * 90_000


def test_an_empty_frame_has_no_channels() -> None:
    assert classify(pl.DataFrame(schema={"source": pl.String})).to_list() == []
    assert origins(pl.DataFrame()).columns == ["channel", "source", "medium", "campaign", "term", "content"]
