"""The inbox and the health page over a real socket: what is answered, and when."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import uvicorn

from hub.errors import DataError, NotFound, StoreError, TransientError
from hub.faces import web
from hub.faces.web import application
from hub.plugin import Post

HTML = {"accept": "text/html,*/*;q=0.8"}


class Unsigned(DataError):
    http_status = 401


@dataclass
class Inbox:
    max_bytes: int = 1000
    origins: list[str] = field(default_factory=lambda: ["https://shop.example"])


@dataclass
class FakeHub:
    """A hub that keeps posts in a list, or fails as told."""

    posts: list[Post] = field(default_factory=list)
    fail: Exception | None = None
    settled: int = 0
    state: dict[str, Any] = field(default_factory=lambda: {"status": "ok", "connectors": []})

    def inbox_settings(self, connector: str) -> object:
        if connector == "plain":
            return object()
        if connector != "contact":
            raise NotFound(f"there is no connector {connector!r}", step="see `hub connectors list`")
        return Inbox()

    def receive(self, connector: str, post: Post) -> int:
        if self.fail:
            raise self.fail
        self.posts.append(post)
        return 2

    def settle(self) -> None:
        self.settled += 1

    def health(self) -> dict[str, Any]:
        if self.fail:
            raise self.fail
        return self.state


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[FakeHub, str]]:
    hub = FakeHub()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(application(hub), log_config=None, ws="none", server_header=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield hub, f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def hub(running: tuple[FakeHub, str]) -> FakeHub:
    fresh = FakeHub()
    running[0].__dict__.update(fresh.__dict__)
    return running[0]


@pytest.fixture
def client(running: tuple[FakeHub, str]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running[1], trust_env=False, timeout=10) as client:
        yield client


def test_a_post_is_landed_as_it_came_and_answered_with_its_count(hub: FakeHub, client: httpx.Client) -> None:
    answer = client.post(
        "/inbox/contact?utm=1",
        data={"email": "a@x.example"},
        headers={"Idempotency-Key": "k", "Referer": "https://p/"},
    )
    assert (answer.status_code, answer.json()) == (200, {"status": "accepted", "received": 2})
    (post,) = hub.posts
    assert (post.body, post.content_type) == (b"email=a%40x.example", "application/x-www-form-urlencoded")
    assert (post.headers["idempotency-key"], post.headers["referer"]) == ("k", "https://p/")
    assert post.query == {"utm": "1"}
    assert post.received_at.tzinfo


def test_a_post_is_not_acknowledged_before_it_is_committed(hub: FakeHub, client: httpx.Client) -> None:
    hub.fail = RuntimeError("the disk is gone: secret detail")
    answer = client.post("/inbox/contact", data={"a": "1"})
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_a_browser_gets_a_page_of_thanks_in_its_language(hub: FakeHub, client: httpx.Client) -> None:
    answer = client.post("/inbox/contact", data={"a": "1"}, headers=HTML)
    assert (answer.status_code, "Thank you" in answer.text) == (200, True)
    chinese = client.post(
        "/inbox/contact", data={"a": "1"}, headers={**HTML, "accept-language": "zh-CN,zh;q=0.9"}
    )
    assert "我们已收到您的信息" in chinese.text


def test_an_unknown_inbox_is_not_found_with_the_next_step(hub: FakeHub, client: httpx.Client) -> None:
    answer = client.post("/inbox/nothere", data={"a": "1"})
    assert answer.status_code == 404
    assert answer.json()["next_step"] == "see `hub connectors list`"


def test_an_inbox_that_states_no_terms_has_the_usual_ones(hub: FakeHub, client: httpx.Client) -> None:
    anywhere = {"Origin": "https://any.example"}
    assert client.post("/inbox/plain", content=b"x" * 262_144, headers=anywhere).status_code == 200
    assert client.post("/inbox/plain", content=b"x" * 262_145).status_code == 413
    hub.fail = NotFound("'plain' takes no posts")
    answer = client.post("/inbox/plain", content=b"x")
    assert (answer.status_code, answer.json()["error"]) == (404, "'plain' takes no posts")


@pytest.mark.parametrize("declared", [True, False])
def test_a_large_body_is_refused_while_it_still_comes(
    hub: FakeHub, client: httpx.Client, declared: bool
) -> None:
    sent: list[int] = []

    def endless() -> Iterator[bytes]:
        for number in range(2000):
            sent.append(number)
            yield b"x" * 65536

    try:
        answer = client.post("/inbox/contact", content=b"x" * 1001 if declared else endless())
    except (httpx.WriteError, httpx.ReadError):  # the server hung up on us, as it may
        answer = None
    assert answer is None or answer.status_code == 413
    assert len(sent) < 2000
    assert hub.posts == []
    assert client.post("/inbox/contact", content=b"x" * 1000).status_code == 200


def test_a_body_that_does_not_come_is_given_up(
    hub: FakeHub, running: tuple[FakeHub, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "BODY_SECONDS", 0.2)
    address = httpx.URL(running[1])
    with socket.create_connection((address.host, address.port or 0), timeout=5) as line:
        line.sendall(b"POST /inbox/contact HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
        assert line.recv(4096).startswith(b"HTTP/1.1 408")
    assert hub.posts == []


def test_who_hangs_up_in_the_middle_lands_nothing(
    hub: FakeHub, running: tuple[FakeHub, str], client: httpx.Client
) -> None:
    address = httpx.URL(running[1])
    with socket.create_connection((address.host, address.port or 0), timeout=5) as line:
        line.sendall(b"POST /inbox/contact HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
    assert client.post("/inbox/contact", content=b"ok").status_code == 200
    assert [post.body for post in hub.posts] == [b"ok"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (DataError("malformed JSON", step="send an object"), 400),
        (Unsigned("the post carries no X-Signature"), 401),
        (TransientError("the database is locked", retry_after=7.2), 503),
        (StoreError("the disk is full"), 503),
    ],
)
def test_a_refusal_says_what_the_sender_can_do(
    hub: FakeHub, client: httpx.Client, error: Exception, status: int
) -> None:
    hub.fail = error
    answer = client.post("/inbox/contact", data={"a": "1"})
    assert answer.status_code == status
    if status == 503:
        assert answer.headers["retry-after"] == ("7" if isinstance(error, TransientError) else "5")
        assert "disk" not in answer.text
    else:
        assert answer.json()["error"] == str(error).splitlines()[0]


def test_a_reason_on_a_page_is_escaped(hub: FakeHub, client: httpx.Client) -> None:
    hub.fail = DataError("bad <script>alert(1)</script>")
    assert "<script>" not in client.post("/inbox/contact", data={"a": "1"}, headers=HTML).text


def test_only_listed_origins_may_post_from_a_page(hub: FakeHub, client: httpx.Client) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    allowed = client.options("/inbox/contact", headers={"Origin": "https://shop.example", **asked})
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (
        204,
        "https://shop.example",
    )
    assert "Origin" in allowed.headers["vary"]
    stranger = {"Origin": "https://evil.example"}
    assert (
        "access-control-allow-origin"
        not in client.options("/inbox/contact", headers={**stranger, **asked}).headers
    )
    assert client.post("/inbox/contact", data={"a": "1"}, headers=stranger).status_code == 403
    assert hub.posts == []
    answer = client.post("/inbox/contact", data={"a": "1"}, headers={"Origin": "https://shop.example"})
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert client.options("/inbox/nothere", headers=asked).status_code == 404


def test_health_is_json_for_programs_and_a_table_for_people(hub: FakeHub, client: httpx.Client) -> None:
    row = {"name": "mail<b>", "type": "email.imap", "enabled": True, "last_run": "2025-03-04T05:06:07+00:00"}
    hub.state = {
        "status": "ok",
        "connectors": [{**row, "status": "ok", "records": 12345, "rejects": 2, "lag_seconds": 7300.0}],
    }
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (200, hub.state)
    page = client.get("/health", headers=HTML)
    assert page.headers["content-type"].startswith("text/html")
    assert "mail&lt;b&gt;" in page.text
    assert "<b>" not in page.text
    assert "12,345" in page.text
    assert "2 h" in page.text


def test_health_without_connectors_says_what_to_do(hub: FakeHub, client: httpx.Client) -> None:
    assert "hub connectors add" in client.get("/health", headers=HTML).text
    assert "还没有配置连接器" in client.get("/health", headers={**HTML, "accept-language": "zh"}).text


def test_degraded_health_is_told_by_the_status(hub: FakeHub, client: httpx.Client) -> None:
    failing = {"name": "a", "type": "t", "enabled": True, "status": "error", "last_run": None}
    hub.state = {"status": "degraded", "connectors": [failing, {**failing, "enabled": False}]}
    assert client.get("/health").status_code == 503
    page = client.get("/health", headers=HTML)
    assert page.status_code == 503
    assert 'class="bad"' in page.text
    assert 'class="off"' in page.text
    hub.fail = StoreError("no database")
    assert client.get("/health").status_code == 503


@pytest.mark.parametrize("path", ["/health", "/inbox/contact", "/nothing", "/docs", "/openapi.json"])
def test_every_answer_is_guarded(hub: FakeHub, client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "server" not in answer.headers
    assert answer.status_code == {"/health": 200, "/inbox/contact": 405}.get(path, 404)


def test_failures_are_logged_with_their_cause(
    hub: FakeHub, client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    hub.fail = RuntimeError("the cause")
    with caplog.at_level(logging.ERROR):
        client.post("/inbox/contact", data={"a": "1"})
    assert "the cause" in caplog.text
