"""``social.mastodon`` against a hand-made server over a real socket: no Mastodon can be installed here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hub_social.html import text_of
from hub_social.mastodon import Mastodon, MastodonSettings, id_key
from hub_social.records import handle, mention
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import ConfigError, DataError, HubError, PluginError, TransientError
from hub.plugin import Context, Page, Window
from tests.peers.scripted import Asked, Told, scripted

TOKEN = "canary-token"
TIME = "2024-05-06T07:08:09.123Z"


def account(acct: str, number: int = 1, **more: Any) -> dict[str, Any]:
    return {"id": str(number), "acct": acct, "display_name": acct.title(), "emojis": [], **more}


def note(number: int, acct: str = "ann@far.example", kind: str = "mention", **post: Any) -> dict[str, Any]:
    status = {"id": f"9{number}", "created_at": TIME, "content": f"<p>Hello {number}</p>", **post}
    return {"id": str(number), "type": kind, "created_at": TIME, "account": account(acct), "status": status}


class Server:
    """Notifications and followers of one account, paged as Mastodon pages them."""

    def __init__(self) -> None:
        self.notes: list[dict[str, Any]] = []
        self.followers = [account(f"f{n}@far.example", n) for n in range(1, 8)]
        self.cap = 3
        self.asked: list[Asked] = []
        self.knows_types = True
        self.trouble: Callable[[Asked], Told | None] = lambda asked: None
        self.between: Callable[[], None] = lambda: None

    def __call__(self, asked: Asked) -> Told:
        self.asked.append(asked)
        trouble = self.trouble(asked)
        if trouble is not None:
            return trouble
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return Told({"error": "The access token is invalid"}, status=401)
        if asked.path == "/api/v1/instance":
            return Told({"uri": "home.example"})
        if asked.path == "/api/v1/accounts/verify_credentials":
            return Told(account("us", 42))
        if asked.path == "/api/v1/accounts/42/followers":
            return self.page_down(asked)
        assert asked.path == "/api/v1/notifications"
        told = self.page_up(asked)
        self.between()
        return told

    def page_up(self, asked: Asked) -> Told:
        kinds = (
            {"mention"}
            if self.knows_types and asked.query.get("types[]") == "mention"
            else {"mention", "favourite"}
        )
        lowest = int(asked.query["min_id"])
        above = [one for one in sorted(self.notes, key=lambda one: int(one["id"])) if int(one["id"]) > lowest]
        return Told([one for one in above if one["type"] in kinds][: self.cap][::-1])

    def page_down(self, asked: Asked) -> Told:
        highest = int(asked.query.get("max_id", "999"))
        below = [one for one in reversed(self.followers) if int(one["id"]) < highest]
        rows = below[: self.cap]
        link = (
            f'<{asked.base}{asked.path}?max_id={rows[-1]["id"]}>; rel="next"' if len(below) > self.cap else ""
        )
        return Told(rows, headers={"Link": link} if link else {})


@pytest.fixture
def server() -> Server:
    return Server()


@contextmanager
def connected(server: Server, token: str = TOKEN) -> Iterator[Mastodon]:
    with scripted(server) as base_url:
        told = {"base_url": base_url, "access_token": token, "followers": True, "per_second": 1000}
        connector = Mastodon(MastodonSettings.model_validate(told), Context("toots"))
        try:
            yield connector
        finally:
            connector.close()


def read(connector: Mastodon, stream: str, window: Window | None = None) -> list[Page]:
    (declared,) = [one for one in connector.streams() if one.name == stream]
    return list(declared.read(connector, window or Window()))


def shaped(pages: list[Page]) -> list[Any]:
    return [page.shape(row) for page in pages for row in page.records if page.shape]


def test_check_asks_whom_the_token_belongs_to(server: Server) -> None:
    with connected(server) as connector:
        connector.check()
    assert [one.path for one in server.asked] == ["/api/v1/accounts/verify_credentials"]


def test_a_wrong_token_is_a_config_error_without_the_token(server: Server) -> None:
    with (
        connected(server, "canary-wrong") as connector,
        pytest.raises(ConfigError, match="access_token") as caught,
    ):
        connector.check()
    assert "canary" not in str(caught.value) + repr(connector.settings)


def test_a_mention_becomes_an_inbound_message(server: Server) -> None:
    server.notes = [
        note(7, content="<p>Hi <b>you</b>,<br>it&#39;s &lt;great&gt;</p>", in_reply_to_id="5", url="u")
    ]
    with connected(server) as connector:
        (made,) = shaped(read(connector, "mentions"))
    assert (made.id, made.kind, made.source, made.medium, made.direction) == (
        "7",
        "message",
        "mastodon",
        "social",
        "inbound",
    )
    assert (made.handles, made.full_name) == (["mastodon:ann@far.example"], "Ann@Far.Example")
    assert made.body == "Hi you,\nit's <great>"
    assert made.occurred_at.isoformat() == "2024-05-06T07:08:09.123000+00:00"
    assert (made.thread, made.custom["post_url"]) == ("5", "u")


def test_mentions_are_read_forward_over_pages_and_ids_that_grow_longer(server: Server) -> None:
    server.notes = [note(n) for n in (8, 9, 10, 99, 100, 101, 1000)]
    with connected(server) as connector:
        pages = read(connector, "mentions")
    assert [one.id for one in shaped(pages)] == ["8", "9", "10", "99", "100", "101", "1000"]
    assert [page.cursor for page in pages] == ["10", "101", "1000"]


def test_mentions_that_come_while_reading_are_not_lost(server: Server) -> None:
    server.notes = [note(n) for n in range(1, 6)]
    fresh = iter(range(500, 505))

    def between() -> None:
        server.notes += [note(n) for n in [next(fresh, 0)] if n]

    server.between = between
    with connected(server) as connector:
        found = {one.id for one in shaped(read(connector, "mentions"))}
    assert found == {str(n) for n in (*range(1, 6), *range(500, 505))}


def test_a_lower_id_that_became_visible_later_is_still_met(server: Server) -> None:
    server.notes = [note(n) for n in (1000, 1002)]
    with connected(server) as connector:
        cursor = read(connector, "mentions")[-1].cursor
        server.notes += [note(1001)]
        pages = read(connector, "mentions", Window(cursor=cursor))
    assert "1001" in {one.id for one in shaped(pages)}
    assert {page.cursor for page in pages} == {"1002"}


def test_reading_on_begins_near_the_cursor(server: Server) -> None:
    server.notes = [note(n) for n in (1, 5000, 5001)]
    with connected(server) as connector:
        pages = read(connector, "mentions", Window(cursor="5000"))
    assert [one.id for one in shaped(pages)] == ["5000", "5001"]


def test_an_old_server_that_sends_every_kind_is_read_past_what_is_no_mention(server: Server) -> None:
    server.knows_types = False
    server.notes = [note(n, kind="favourite") for n in range(1, 5)] + [note(9)]
    with connected(server) as connector:
        assert [one.id for one in shaped(read(connector, "mentions"))] == ["9"]


def test_a_server_that_ignores_min_id_is_no_endless_loop(server: Server) -> None:
    server.trouble = lambda asked: Told([note(3), note(2)]) if "notifications" in asked.path else None
    with connected(server) as connector, pytest.raises(PluginError, match="endless loop"):
        read(connector, "mentions")


def test_followers_are_customers_over_all_pages_and_can_be_taken_up_again(server: Server) -> None:
    with connected(server) as connector:
        pages = read(connector, "followers")
        rest = read(connector, "followers", Window(resume=pages[0].resume))
    assert [one.id for one in shaped(pages)] == ["7", "6", "5", "4", "3", "2", "1"]
    assert shaped(pages)[0].handles == ["mastodon:f7@far.example"]
    assert shaped(rest) == shaped(pages[1:])
    assert pages[-1].resume is None


def test_followers_are_read_only_where_wanted() -> None:
    told = MastodonSettings.model_validate({"base_url": "https://x.example", "access_token": "t"})
    assert [one.name for one in Mastodon(told, Context("t")).streams()] == ["mentions"]


def test_a_next_link_to_another_origin_is_refused(server: Server) -> None:
    evil = Told([], headers={"Link": '<https://evil.example/x?max_id=1>; rel="next"'})
    server.trouble = lambda asked: evil if asked.path.endswith("/followers") else None
    with connected(server) as connector, pytest.raises(ConfigError, match=r"evil\.example"):
        read(connector, "followers")


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (Told({"error": "This method requires an authenticated user"}, status=403), ConfigError),
        (Told({"error": "Record not found"}, status=404), PluginError),
        (Told({"error": "odd"}), PluginError),
        (Told(raw=b'[{"id": "1", '), TransientError),
        (Told(status=429, headers={"Retry-After": "3600"}), TransientError),
    ],
)
def test_errors_are_told_apart(
    server: Server, told: Told, kind: type[HubError], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    server.trouble = lambda asked: told if "notifications" in asked.path else None
    with connected(server) as connector, pytest.raises(kind):
        read(connector, "mentions")


def test_a_mention_whose_post_is_gone_is_refused_alone() -> None:
    with pytest.raises(DataError):
        mention({**note(1), "status": None}, "home.example")


def test_accounts_of_our_own_server_get_its_domain() -> None:
    assert handle(account("bob"), "home.example") == "mastodon:bob@home.example"
    assert handle(account("Bob@far.example"), "home.example") == "mastodon:Bob@far.example"


def test_emoji_of_the_server_are_no_part_of_a_name() -> None:
    row = note(1)
    row["account"] |= {"display_name": "Ann :cat: 安", "emojis": [{"shortcode": "cat"}]}
    assert mention(row, "h").full_name == "Ann 安"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a</p><p>b<br/>c</p>", "a\nb\nc"),
        ('<p><span class="h-card"><a href="u">@<span>us</span></a></span> hi&nbsp;you</p>', "@us hi you"),
        ("<script>alert(1)</script>x<style>p{}</style>", "x"),
        ("1 < 2 & 3", "1 < 2 & 3"),
        ("", ""),
    ],
)
def test_html_becomes_what_a_reader_sees(html: str, text: str) -> None:
    assert text_of(html) == text


@given(st.integers(1, 10**20), st.integers(1, 10**20))
@settings(max_examples=50)
def test_ids_in_text_are_ordered_as_numbers(a: int, b: int) -> None:
    assert (id_key(str(a)) < id_key(str(b))) is (a < b)
