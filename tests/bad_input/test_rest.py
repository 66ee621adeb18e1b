"""A source on the web that misbehaves: told what and where, read on from the last page, never lost or doubled."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub.errors import ConfigError, PluginError, TransientError
from tests.peers.contacts import PEOPLE, Source, installed, person
from tests.peers.scripted import Asked, Told, scripted
from tests.workspace import Workspace

ALL = {person(number)["id"] for number in range(1, PEOPLE + 1)}
FIRST = {person(number)["id"] for number in range(1, 11)}
TOKEN = "canary-5d2e-token"
CRM = """
[connectors.crm]
type = "contacts"
base_url = "{url}"
token = {{ env = "CONTACTS_TOKEN" }}
"""


@pytest.fixture
def source(both: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Source]:
    """The source, its plugin installed, configured, and nothing read yet."""
    monkeypatch.setenv("CONTACTS_TOKEN", TOKEN)
    monkeypatch.syspath_prepend(str(installed(tmp_path)))
    source = Source()
    with scripted(source) as url:
        both.configure(CRM.format(url=url))
        yield source


def on_the_second_page(told: Told, times: int = 99, slow: float = 0.0) -> Callable[[Asked, str], Told | None]:
    """The same trouble each time the page after 010 is asked for."""
    left = [times]

    def trouble(asked: Asked, after: str) -> Told | None:
        if after != "010" or not left[0]:
            return None
        left[0] -= 1
        time.sleep(slow)
        return told

    return trouble


REFUSED = {"error": {"code": 42, "message": "quota of the plan is used up"}}
CASES = {
    "401": (
        Told({"message": f"bad token {TOKEN}"}, status=401),
        ConfigError,
        ["the source answered 401: bad token ***", "token is wrong, expired or revoked", "check the setting token"],
        1,
    ),
    "403": (
        Told({"error_description": "scope"}, status=403),
        ConfigError,
        ["the source answered 403", "may not read this", "give it the permission"],
        1,
    ),
    "404": (
        Told({}, status=404),
        PluginError,
        ["the source answered 404", "base_url has a wrong path", "open base_url in a browser"],
        1,
    ),
    "429": (
        Told({}, status=429, headers={"Retry-After": "3600"}),
        TransientError,
        ["the source answered 429", "too many requests", "it asks to wait 3,600 s"],
        1,
    ),
    "500": (
        Told(raw=b"<h1>oops</h1>", status=500),
        TransientError,
        ["the source answered 500", "the source is busy or broken", "run it again later; on a schedule the hub comes back by itself"],
        3,
    ),
    "truncated JSON": (
        Told(raw=b'{"rows": [{"id": "011", "full_na'),
        TransientError,
        ["the answer is not JSON: 32 bytes of application/json", "it was cut off on the way"],
        2,
    ),
    "cut line": (
        Told({"rows": []}, cut=True),
        TransientError,
        ["the answer broke off", "the source or the network between is down or slow"],
        3,
    ),
    "login page": (
        Told(raw=b"<html>Please log in</html>", headers={"Content-Type": "text/html; charset=utf-8"}),
        TransientError,
        ["the answer is not JSON: 26 bytes of text/html", "a proxy or login page answered in the source's place"],
        2,
    ),
    "HTTP 200 with an error": (
        Told(REFUSED),
        ConfigError,
        ["the source refused: {'code': 42, 'message': 'quota of the plan is used up'}", "renew the subscription"],
        1,
    ),
    "HTTP 200 with something else": (
        Told({"status": "maintenance"}),
        PluginError,
        ["KeyError in the connector: 'rows'", "an answer it does not expect", "--debug"],
        1,
    ),
    "an array": (
        Told([1, 2]),
        PluginError,
        ["TypeError in the connector", "an answer it does not expect"],
        1,
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("database", "case"),
    [*(("sqlite", case) for case in CASES), ("postgresql", "500"), ("postgresql", "HTTP 200 with an error")],
    indirect=["database"],
)
def test_what_goes_wrong_in_the_middle_keeps_the_pages_before_and_is_read_on_later(
    both: Workspace, source: Source, case: str
) -> None:
    told, kind, telling, tries = CASES[case]
    source.trouble = on_the_second_page(told)
    run = both.sync()["crm/people"]
    assert isinstance(run.error, kind), run.error
    said = str(run.error)
    assert all(words in said for words in telling), said
    assert TOKEN not in said
    assert source.asked.count("010") == tries
    assert both.landed("crm").keys() == FIRST
    state = both.state("crm")
    assert "watermark" not in state, "the window is not done"
    assert state["round"]["resume"] == "010"
    assert both.command("sync", code=kind.exit_code).stderr.count(telling[0]) == 1
    assert both.told("runs")["runs"][0]["error"] == said
    mended(both, source, resumed=True)


def mended(both: Workspace, source: Source, resumed: bool) -> None:
    """The repaired source is read on from where it was, whole, and only once."""
    source.trouble = lambda asked, after: None
    source.asked.clear()
    run = both.sync()["crm/people"]
    assert run.error is None
    assert ("" in source.asked) != resumed
    assert both.landed("crm").keys() == ALL
    assert run.counts.inserted == (15 if resumed else 25)
    assert both.rejects() == []
    assert "watermark" in both.state("crm")
    assert {one["status"] for one in both.told("runs")["runs"]} == {"done", "failed"}


def test_a_source_that_does_not_answer_in_time_is_asked_again_and_then_left(
    both: Workspace, source: Source
) -> None:
    both.file.write_text(both.file.read_text() + "timeout = 0.1\n")
    source.trouble = on_the_second_page(Told({"rows": []}), slow=0.3)
    run = both.sync()["crm/people"]
    assert isinstance(run.error, TransientError)
    assert "no answer in time" in run.error.what
    assert run.error.where.startswith("GET /people?after&limit at http://127.0.0.1:")
    assert source.asked.count("010") == 3
    assert both.landed("crm").keys() == FIRST
    mended(both, source, resumed=True)


def test_a_source_that_is_down_is_told_before_anything_is_touched(both: Workspace, source: Source) -> None:
    running = both.file.read_text()
    both.sync()
    before = both.state("crm")
    with scripted(source) as url:
        pass
    both.configure(CRM.format(url=url))
    told = both.command("sync", code=3).stderr
    assert "could not connect" in told
    assert "the source is down, base_url has a wrong host or port, or a firewall is between" in told
    assert both.landed("crm").keys() == ALL
    after = both.state("crm")
    assert after["watermark"] == before["watermark"]
    both.file.write_text(running)
    assert both.sync()["crm/people"].error is None


def test_a_wait_the_source_asks_for_is_kept_and_the_sync_goes_on(both: Workspace, source: Source) -> None:
    arrived: list[float] = []
    limited = on_the_second_page(Told({}, status=429, headers={"Retry-After": "0.4"}), times=1)

    def trouble(asked: Asked, after: str) -> Told | None:
        if after == "010":
            arrived.append(time.monotonic())
        return limited(asked, after)

    source.trouble = trouble
    both.command("sync", "--no-resolve")
    assert len(arrived) == 2
    assert arrived[1] - arrived[0] >= 0.4
    assert both.landed("crm").keys() == ALL


def test_a_source_that_fails_once_is_asked_again_and_nobody_needs_to_know(
    both: Workspace, source: Source
) -> None:
    source.trouble = on_the_second_page(Told({}, status=500), times=2)
    assert both.command("sync", "--no-resolve").stderr == ""
    assert both.landed("crm").keys() == ALL


@pytest.mark.parametrize(
    ("paging", "told"),
    [
        ("token", "the source handed out the same page token a second time"),
        ("keyset", "key '001' came after '010', though keys must rise"),
    ],
)
def test_an_endless_loop_of_pages_is_stopped(both: Workspace, source: Source, paging: str, told: str) -> None:
    both.file.write_text(both.file.read_text() + f'paging = "{paging}"\n')
    first = Told({"rows": [person(number) for number in range(1, 11)], "next": "010"})
    source.trouble = lambda asked, after: first
    run = both.sync()["crm/people"]
    assert isinstance(run.error, PluginError)
    assert f"endless loop while paging: {told}" in run.error.what
    assert "the source ignores the paging parameters" in run.error.cause
    assert "compare the connector's paging with the source's documentation" in run.error.step
    assert len(source.asked) < 5
    assert both.landed("crm").keys() == FIRST
    assert both.command("sync", code=4).stderr.count("endless loop") == 1
    source.trouble = lambda asked, after: None
    assert both.sync(full=True)["crm/people"].error is None
    assert both.landed("crm").keys() == ALL


def test_bad_records_of_a_page_are_set_aside_and_the_page_lands(both: Workspace, source: Source) -> None:
    keyless = {"full_name": "Nobody", "emails": "n@x.org"}
    wrong = {"id": "777", "full_name": ["a", "list"]}
    twin = {**person(12), "full_name": "Twelve Again"}
    rows = [person(11), keyless, person(12), twin, wrong, person(13)]
    both.file.write_text(both.file.read_text() + 'paging = "token"\n')
    source.trouble = on_the_second_page(
        Told({"rows": [*rows, *(person(n) for n in range(14, 21))], "next": "020"}), times=1
    )
    told = both.told("sync", "--no-resolve", code=5)["streams"][0]
    assert (told["new"], told["rejected"]) == (25, 3)
    reasons = {one["reason"]: one["raw"] for one in both.rejects()}
    assert reasons["id: Field required"] == '{"full_name": "Nobody", "emails": "n@x.org"}'
    assert reasons["full_name: Input should be a valid string"] == '{"id": "777", "full_name": ["a", "list"]}'
    (doubled,) = [reason for reason in reasons if reason.startswith("duplicate key '012'")]
    assert "Twelve Again" in reasons[doubled]
    assert both.landed("crm")["012"]["full_name"] == "Person 12"
