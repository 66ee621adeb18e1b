"""The toolkit for REST connectors: patience, borders, secrets, and paging that ends."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from hub.errors import ConfigError, HubError, PluginError, TransientError
from hub.rest import (
    Basic,
    Bearer,
    Client,
    Header,
    Query,
    Retry,
    by_keyset,
    by_offset,
    by_page,
    by_token,
    link_header,
)
from hub.rest.pace import Bucket
from hub.rest.retry import named_wait

CANARY = "s3cr3t/canary+value"
HOME = "https://api.example.com/v1"
Reply = Callable[[httpx.Request], httpx.Response]


class Bench:
    """A client whose answers are scripted and whose waits are written down instead of waited."""

    def __init__(
        self, *replies: httpx.Response | Exception | Reply, base: str = HOME, **options: object
    ) -> None:
        self.requests: list[httpx.Request] = []
        self.waits: list[float] = []
        self.replies = list(replies)
        self.client = Client(
            base,
            transport=httpx.MockTransport(self.answer),
            sleep=self.waits.append,
            **{"clock": lambda: 0.0, **options},  # type: ignore[arg-type]
        )

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        return reply(request) if callable(reply) else reply


def ok(data: object = "fine", **headers: str) -> Reply:
    return lambda request: httpx.Response(200, json=data, headers=headers)


def status(code: int, text: str = "", **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: httpx.Response(code, text=text, headers=named)


# --- asking -----------------------------------------------------------------------------------------


def test_paths_hang_under_the_base_url() -> None:
    bench = Bench(ok())
    bench.client.get("/contacts", limit=5, since=None)
    bench.client.get("contacts")
    assert [str(request.url) for request in bench.requests] == [
        f"{HOME}/contacts?limit=5",
        f"{HOME}/contacts",
    ]


def test_a_post_sends_json_and_reads_json() -> None:
    bench = Bench(lambda request: httpx.Response(200, json={"got": json.loads(request.content)}))
    assert bench.client.post("search", {"name": "王"}) == {"got": {"name": "王"}}


def test_no_content_is_none() -> None:
    assert Bench(status(204)).client.get("x") is None


def test_expected_statuses_are_the_callers_to_judge() -> None:
    answer = Bench(status(405, "no json")).client.request("POST", "x", expected=(404, 405))
    assert (answer.status, answer.data) == (405, "no json")


@pytest.mark.parametrize(
    ("auth", "header"),
    [
        (Bearer("t"), "Bearer t"),
        (Bearer("t", scheme="Zoho-oauthtoken"), "Zoho-oauthtoken t"),
        (Basic("u", SecretStr("p")), "Basic dTpw"),
        (Header("Authorization", "raw"), "raw"),
    ],
)
def test_each_credential_writes_its_header(auth: Bearer, header: str) -> None:
    bench = Bench(ok(), auth=auth)
    bench.client.get("x")
    assert bench.requests[0].headers["authorization"] == header


def test_a_credential_in_the_query_joins_the_other_parameters() -> None:
    bench = Bench(ok(), auth=Query("key", SecretStr("k")))
    bench.client.get("x", a=1)
    assert dict(bench.requests[0].url.params) == {"a": "1", "key": "k"}


def test_a_token_with_a_line_break_is_a_config_error_without_the_token() -> None:
    with pytest.raises(ConfigError) as caught:
        Bearer(f"{CANARY}\n", setting="access_token")
    assert "access_token" in str(caught.value)
    assert CANARY not in str(caught.value)


# --- patience ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 504])
def test_a_busy_source_is_asked_again(code: int) -> None:
    bench = Bench(status(code), status(code), ok("at last"))
    assert bench.client.get("x") == "at last"
    assert len(bench.waits) == 2
    assert bench.waits[0] <= 0.5 <= bench.waits[1] <= 1.0


def test_retry_after_is_obeyed_in_seconds_and_as_a_date() -> None:
    date = {"Date": "Sun, 06 Nov 1994 08:49:00 GMT", "Retry_After": "Sun, 06 Nov 1994 08:49:37 GMT"}
    bench = Bench(status(429, Retry_After="7"), status(503, **date), ok())
    bench.client.get("x")
    assert bench.waits == [7.0, 37.0]


@pytest.mark.parametrize("reset", ["1994-11-06T08:50:00Z", "784111800", "60"])
def test_a_rate_limits_reset_time_is_read_in_every_form(reset: str) -> None:
    headers = httpx.Headers({"date": "Sun, 06 Nov 1994 08:49:00 GMT", "x-ratelimit-reset": reset})
    assert named_wait(headers) == 60.0


def test_nonsense_in_retry_after_is_no_wait() -> None:
    assert named_wait({"retry-after": "soon"}) is None
    assert named_wait({"retry-after": "Sun, 06 Nov 1994 08:49:37 GMT"}) == 0.0


def test_tries_end() -> None:
    bench = Bench(status(503), retry=Retry(tries=3))
    with pytest.raises(TransientError):
        bench.client.get("x")
    assert len(bench.requests) == 3


def test_a_wait_beyond_the_budget_is_handed_to_the_scheduler_at_once() -> None:
    bench = Bench(status(429, Retry_After="3600"))
    with pytest.raises(TransientError) as caught:
        bench.client.get("x")
    assert caught.value.retry_after == 3600.0
    assert bench.waits == []


def test_total_waiting_is_bounded() -> None:
    bench = Bench(status(429, Retry_After="25"), retry=Retry(tries=10, total=60))
    with pytest.raises(TransientError):
        bench.client.get("x")
    assert bench.waits == [25.0, 25.0]


def test_who_waits_is_told() -> None:
    told: list[str] = []
    Bench(status(429, Retry_After="7"), ok(), progress=told.append).client.get("x")
    assert "7 s" in told[0]


@pytest.mark.parametrize(
    "error", [httpx.ConnectError("no"), httpx.ReadTimeout("slow"), httpx.ReadError("cut")]
)
def test_a_broken_connection_is_tried_again(error: Exception) -> None:
    assert Bench(error, ok()).client.get("x") == "fine"


def test_a_write_is_sent_again_only_if_it_surely_was_not_done() -> None:
    for reply, done in [
        (httpx.ConnectError("no"), True),
        (status(429), True),
        (httpx.ReadTimeout("slow"), False),
    ]:
        bench = Bench(reply, ok())
        if done:
            assert bench.client.post("x") == "fine"
        else:
            with pytest.raises(TransientError):
                bench.client.post("x")
            assert len(bench.requests) == 1
    assert Bench(httpx.ReadTimeout("slow"), ok()).client.post("x", repeatable=True) == "fine"


@given(failures=st.integers(1, 60))
@settings(max_examples=50)
def test_a_pause_stays_between_half_the_ceiling_and_the_ceiling(failures: int) -> None:
    ceiling = min(20.0, 0.5 * 2 ** (failures - 1))
    assert ceiling / 2 <= Retry().pause(failures) <= ceiling


@pytest.mark.parametrize("body", ['{"a": 1', "", "<html>login</html>", '{"a": "\xff'])
def test_truncated_json_is_asked_for_once_more_and_then_transient(body: str) -> None:
    broken = lambda request: httpx.Response(200, content=body.encode("latin-1"))  # noqa: E731
    assert Bench(broken, ok()).client.get("x") == "fine"
    bench = Bench(broken)
    with pytest.raises(TransientError, match="not JSON"):
        bench.client.get("x")
    assert len(bench.requests) == 2


def test_an_answer_cut_off_on_a_real_socket_is_transient() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for _ in range(2):
                peer, _address = server.accept()
                with peer:
                    peer.recv(65536)
                    peer.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"half": ')

        thread = threading.Thread(target=serve)
        thread.start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        with (
            Client(address, retry=Retry(tries=2, base=0.01)) as client,
            pytest.raises(TransientError, match="broke off"),
        ):
            client.get("x")
        thread.join()


# --- what went wrong --------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [401, 403])
def test_a_refusal_names_the_setting_to_look_at(code: int) -> None:
    with pytest.raises(ConfigError, match="access_token"):
        Bench(status(code), auth=Bearer("t", setting="access_token")).client.get("x")


@pytest.mark.parametrize("code", [400, 404, 405, 410, 422, 501])
def test_a_call_the_source_does_not_know_is_the_plugins_fault_and_shows_its_shape(code: int) -> None:
    bench = Bench(lambda request: httpx.Response(code, json={"message": "no such field"}))
    with pytest.raises(PluginError) as caught:
        bench.client.get("contacts", email="ann@example.com", limit=3)
    text = str(caught.value)
    assert "GET /v1/contacts?email&limit" in text
    assert "no such field" in text
    assert "ann@" not in text
    assert len(bench.requests) == 1


def test_an_untrusted_certificate_is_a_matter_of_configuration() -> None:
    error = httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed")
    with pytest.raises(ConfigError, match="certificate"):
        Bench(error).client.get("x")


def test_two_hundred_with_an_error_body_is_an_error() -> None:
    def error(body: dict[str, int]) -> HubError | None:
        return {0: None, 1: ConfigError("bad token"), 2: TransientError("busy", retry_after=3)}[
            body["errcode"]
        ]

    with pytest.raises(ConfigError):
        Bench(ok({"errcode": 1}), error=error).client.get("x")
    bench = Bench(ok({"errcode": 2}), ok({"errcode": 0}), error=error)
    assert bench.client.get("x") == {"errcode": 0}
    assert bench.waits == [3]


def test_the_sources_clock_comes_from_its_date_header() -> None:
    bench = Bench(status(405, Date="Sun, 06 Nov 1994 08:49:37 GMT"))
    assert bench.client.server_time() == datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)
    with pytest.raises(PluginError, match="clock"):
        Bench(ok()).client.server_time()


# --- borders ----------------------------------------------------------------------------------------


def test_a_redirect_inside_the_origin_is_followed() -> None:
    bench = Bench(status(302, Location="/v1/moved"), ok())
    assert bench.client.get("x") == "fine"
    assert bench.requests[1].url.path == "/v1/moved"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "http://api.example.com/v1/x",
        "//evil.example/x",
        "https://api.example.com:8443/",
    ],
)
def test_a_redirect_across_origins_is_refused(target: str) -> None:
    bench = Bench(status(302, Location=target), auth=Bearer(CANARY))
    with pytest.raises(ConfigError, match="another origin"):
        bench.client.get("x")
    assert len(bench.requests) == 1


def test_redirects_in_a_ring_end() -> None:
    with pytest.raises(ConfigError, match="redirected"):
        Bench(status(302, Location="/v1/x")).client.get("x")


def test_a_redirected_write_is_not_turned_into_a_read() -> None:
    bench = Bench(status(302, Location="/v1/moved"))
    with pytest.raises(PluginError, match="302"):
        bench.client.post("x")
    assert len(bench.requests) == 1


def test_a_request_to_another_origin_is_refused_before_it_is_sent() -> None:
    bench = Bench(ok())
    with pytest.raises(ConfigError, match="evil"):
        bench.client.get("https://evil.example/x")
    assert bench.requests == []


@pytest.mark.parametrize(
    "base",
    [
        "ftp://x",
        "example.com",
        "",
        "https://u:p@example.com",
        "http://169.254.169.254/latest",
        "http://[fe80::1]/",
        "http://[::ffff:169.254.169.254]/",
        "http://[::1",
    ],
)
def test_a_base_url_that_cannot_be_right_is_refused(base: str) -> None:
    with pytest.raises(ConfigError, match="base_url"):
        Client(base)


# --- secrets ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        status(401, CANARY),
        lambda request: httpx.Response(403, json={"error": f"bad token {CANARY}"}),
        lambda request: httpx.Response(400, json={"message": str(request.url), "error": {"t": CANARY}}),
        lambda request: httpx.Response(404, json={"message": f"canary-2, {request.headers['x-api-token']}"}),
        status(503, CANARY),
        status(200, CANARY),
        httpx.ConnectError(CANARY),
        httpx.ReadTimeout(CANARY),
        status(302, Location=f"https://evil.example/?token={CANARY}"),
    ],
)
@pytest.mark.parametrize(
    "auth", [Bearer(CANARY), Basic("u", CANARY), Header("X-Key", CANARY), Query("token", CANARY)]
)
def test_no_secret_is_in_errors_logs_or_reprs(
    reply: Reply, auth: Bearer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bench = Bench(reply, auth=auth, retry=Retry(tries=2))
    with pytest.raises(HubError) as caught:
        bench.client.request("GET", "x", params={"api_key": "canary-2"}, headers={"X-Api-Token": "canary-3"})
    error = caught.value
    seen = "\n".join(
        [str(error), repr(error), repr(bench.client), repr(auth), caplog.text, repr(error.__cause__)]
    )
    assert "canary" not in seen.lower()
    assert "GET /v1/x" in seen


def test_the_line_httpx_logs_has_no_query(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    Bench(ok(), auth=Query("token", CANARY)).client.get("x")
    assert "api.example.com/v1/x" in caplog.text
    assert "canary" not in caplog.text


# --- pace -------------------------------------------------------------------------------------------


def test_clients_of_one_host_share_its_pace_and_the_slower_one_sets_it() -> None:
    base = "https://paced.example.com"
    first = Bench(ok(), base=base, per_second=10)
    second = Bench(ok(), base=base + "/v2", per_second=2)
    first.client.get("x")
    second.client.get("x")
    first.client.get("x")
    assert first.waits + second.waits == [0.0, 1.0, 0.5]


@given(
    rate=st.floats(0.5, 50),
    burst=st.integers(1, 10),
    gaps=st.lists(st.floats(0, 2), min_size=1, max_size=60),
)
@settings(max_examples=60)
def test_a_bucket_never_lets_more_through_than_rate_and_burst(
    rate: float, burst: int, gaps: list[float]
) -> None:
    bucket, now, used = Bucket(rate, burst), 0.0, []
    for gap in gaps:
        now += gap
        used.append(now + bucket.take(now))
    for first in range(len(used)):
        for last in range(first, len(used)):
            allowed = burst + rate * (used[last] - used[first])
            assert last - first + 1 <= allowed + 1 + 1e-6


# --- paging -----------------------------------------------------------------------------------------


def linked(pages: dict[str, tuple[list[int], str | None]]) -> Reply:
    def answer(request: httpx.Request) -> httpx.Response:
        rows, target = pages[request.url.params.get("after", "")]
        headers = {"Link": f'<{target}>; rel="next", <{HOME}/y?before=1>; rel="prev"'} if target else {}
        return httpx.Response(200, json=rows, headers=headers)

    return answer


def test_next_links_are_followed_and_can_be_taken_up_again() -> None:
    reply = linked({"": ([1], f"{HOME}/y?after=a"), "a": ([2], "/v1/y?after=b"), "b": ([3], None)})
    bench = Bench(reply)
    found = list(link_header(bench.client, "/y", limit=1))
    assert found == [([1], "/y?after=a"), ([2], "/y?after=b"), ([3], None)]
    assert bench.requests[0].url.params["limit"] == "1"
    resumed = list(link_header(Bench(reply).client, "/y?after=a", limit=1))
    assert resumed == found[1:]


def test_a_next_link_to_another_origin_is_refused() -> None:
    bench = Bench(linked({"": ([1], "https://evil.example/v1/y?after=a")}), auth=Bearer(CANARY))
    with pytest.raises(ConfigError, match=r"evil\.example"):
        list(link_header(bench.client, "/y"))
    assert len(bench.requests) == 1


def test_a_next_link_met_before_is_an_endless_loop() -> None:
    bench = Bench(linked({"": ([1], f"{HOME}/y?after=a"), "a": ([2], f"{HOME}/y?after=a")}))
    with pytest.raises(PluginError, match="endless loop"):
        list(link_header(bench.client, "/y"))


ROWS = list(range(10))


def test_tokens_are_passed_on_until_none_comes() -> None:
    def fetch(token: str | None) -> dict[str, object]:
        at = int(token or 0)
        return {"rows": ROWS[at : at + 4], "next": str(at + 4) if at + 4 < 10 else ""}

    found = list(by_token(fetch, lambda answer: answer["next"]))
    assert [after for _, after in found] == ["4", "8", None]
    assert [row for answer, _ in found for row in answer["rows"]] == ROWS
    assert [after for _, after in by_token(fetch, lambda answer: answer["next"], start="8")] == [None]


def test_a_token_handed_out_twice_is_an_endless_loop() -> None:
    turns = iter(["a", "b", "a"])
    with pytest.raises(PluginError, match="endless loop"):
        list(by_token(lambda token: next(turns), lambda answer: answer))


@given(count=st.integers(0, 30), size=st.integers(1, 7))
@settings(max_examples=50)
def test_page_numbers_offsets_and_keysets_read_every_row_once_though_the_server_caps_pages(
    count: int, size: int
) -> None:
    rows = list(range(count))

    def after(key: int | None) -> list[int]:
        return [row for row in rows if key is None or row > key][:size]

    ways: list[Iterator[tuple[list[int], object]]] = [
        by_page(lambda page: rows[(page - 1) * size : page * size]),
        by_offset(lambda offset: rows[offset : offset + size]),
        by_keyset(after, lambda row: row),
    ]
    for way in ways:
        found = list(way)
        assert [row for page, _ in found for row in page] == rows
        assert found[-1][1] is None


def test_a_server_that_ignores_the_paging_parameters_is_an_endless_loop() -> None:
    for way in (
        by_page(lambda page: [1, 2]),
        by_offset(lambda offset: [1, 2]),
        by_keyset(lambda key: [1, 2], lambda row: row),
        by_keyset(lambda key: [2, 1], lambda row: row),
    ):
        with pytest.raises(PluginError, match="endless loop"):
            list(way)
