"""The toolkit for authors: a good connector passes, and each way of being broken is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from hub.plugin import Connector, Context, Customer, Interaction, Page, Post, SecretStr, Window, stream
from hub.rest import Bearer, Client, by_keyset
from hub.testing import TOKEN_LIMIT, Asked, Reply, check_connector, read, records, served

ROWS = [{"id": n, "name": f"Person {n}", "at": f"2026-01-{n:02d}T00:00:00+00:00"} for n in range(1, 8)]


def shaped(row: dict[str, Any]) -> dict[str, Any]:
    return {"id": row["id"], "full_name": row["name"], "modified_at": row["at"]}


class Good(Connector):
    """Pages of two over a window, by keyset."""

    type = "test.good"

    class Settings(BaseModel):
        model_config = {"extra": "forbid"}
        size: int = 2
        token: SecretStr = SecretStr("")

    def rows(self, window: Window) -> list[dict[str, Any]]:
        return [
            row
            for row in ROWS
            if (window.since is None or datetime.fromisoformat(row["at"]) >= window.since)
            and (window.until is None or datetime.fromisoformat(row["at"]) < window.until)
        ]

    @stream(Customer, mode="window")
    def people(self, window: Window) -> Iterator[Page]:
        rows = [row for row in self.rows(window) if row["id"] > (window.resume or 0)]
        for start in range(0, len(rows), self.settings.size):
            part = rows[start : start + self.settings.size]
            yield Page(part, resume=part[-1]["id"], shape=shaped)


def test_a_good_connector_passes() -> None:
    check_connector(Good, {})


def test_pages_and_records_are_read_without_a_hub() -> None:
    good = Good(Good.Settings(size=4), Context("test"))
    assert [len(page.records) for page in read(good)] == [4, 3]
    assert [record.id for record in records(good, "people", Window(resume=5))] == ["6", "7"]
    assert isinstance(records(good)[0], Customer)
    with pytest.raises(AssertionError, match="one of its streams: people"):
        read(good, "persons")


# ---- mutants: each is Good but for one mistake ----


class TakesAnything(Good):
    class Settings(BaseModel):
        size: int = 2


class RefusesItsOwn(Good):
    class Settings(BaseModel):
        model_config = {"extra": "forbid"}
        size: int
        url: str


class PlainSecret(Good):
    class Settings(BaseModel):
        model_config = {"extra": "forbid"}
        size: int = 2
        api_key: str = ""


class Typeless(Good):
    type = "Test Connector"


class Streamless(Good):
    def streams(self) -> list[Any]:
        return []


class SameName(Good):
    def streams(self) -> list[Any]:
        return super().streams() * 2


class Empty(Good):
    def rows(self, window: Window) -> list[dict[str, Any]]:
        return []


class Keyless(Good):
    def rows(self, window: Window) -> list[dict[str, Any]]:
        return [{**row, "id": row["id"] if row["id"] != 3 else 1} for row in super().rows(window)]


class Nameless(Good):
    @stream(Customer, mode="window")
    def people(self, window: Window) -> Iterator[Page]:
        yield Page([{"full_name": "Nobody"}])


class Moody(Good):
    """Writes a counter into every record."""

    ticks = count()

    def rows(self, window: Window) -> list[dict[str, Any]]:
        return [{**row, "name": f"{row['name']} {next(self.ticks)}"} for row in super().rows(window)]


class Skips(Good):
    """Goes on one row too late."""

    @stream(Customer, mode="window")
    def people(self, window: Window) -> Iterator[Page]:
        for page in super().people(window):
            yield Page(page.records, resume=page.resume + 1, shape=shaped)


class SkipsAppended(Good):
    """Its cursor is the page's first id where it should be its last, and it reads on from the next page."""

    @stream(Customer, mode="append")
    def people(self, window: Window) -> Iterator[Page]:
        for start in range((window.cursor or 0), len(ROWS), 2):
            yield Page(ROWS[start : start + 2], cursor=start + 4, shape=shaped)


class Hoards(Good):
    """Its token is everything it has seen."""

    @stream(Customer, mode="window")
    def people(self, window: Window) -> Iterator[Page]:
        for page in super().people(Window(window.since, window.until)):
            yield Page(page.records, resume=["x" * TOKEN_LIMIT, page.resume], shape=shaped)


class Tuples(Good):
    """Its token is no JSON value: it comes back as a list."""

    @stream(Customer, mode="window")
    def people(self, window: Window) -> Iterator[Page]:
        for page in super().people(Window(window.since, window.until)):
            yield Page(page.records, resume=(page.resume, 1), shape=shaped)  # type: ignore[arg-type]


class Objects(Good):
    """Its token cannot be JSON at all."""

    @stream(Customer, mode="window")
    def people(self, window: Window) -> Iterator[Page]:
        for page in super().people(Window(window.since, window.until)):
            yield Page(page.records, resume=object(), shape=shaped)  # type: ignore[arg-type]


class Exclusive(Good):
    """Takes since for exclusive, so what changed at that very moment is lost."""

    def rows(self, window: Window) -> list[dict[str, Any]]:
        after = window.since + timedelta(microseconds=1) if window.since else None
        return super().rows(Window(after, window.until))


class Yields(Good):
    """Yields rows where pages belong."""

    @stream(Customer, mode="window")
    def people(self, window: Window) -> Iterator[Page]:
        yield from ROWS  # type: ignore[misc]


@pytest.mark.parametrize(
    ("mutant", "told"),
    [
        (TakesAnything, "unknown keys"),
        (RefusesItsOwn, "refuse what the test gave"),
        (PlainSecret, "'api_key' sounds like a secret"),
        (Typeless, "plugin.connector"),
        (Streamless, "no stream"),
        (SameName, "have one name: people, people"),
        (Empty, "nothing was checked"),
        (Keyless, "have the id"),
        (Nameless, "id: Field required"),
        (Moody, "read twice"),
        (Skips, "after page 1 loses"),
        (SkipsAppended, "after page 1 loses"),
        (Hoards, "a token of"),
        (Tuples, "as another value"),
        (Objects, "is no JSON"),
        (Exclusive, "since is inclusive"),
        (Yields, "yields dict, not Page"),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_a_broken_connector_is_told_what_is_broken(mutant: type[Connector], told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        check_connector(mutant, {})


def test_an_inbox_is_checked_with_a_post() -> None:
    class Inbox(Connector):
        type = "test.inbox"

        class Settings(BaseModel):
            model_config = {"extra": "forbid"}

        @stream(Interaction, mode="inbox")
        def posts(self, window: Window) -> Iterator[Page]:
            assert window.post is not None
            yield Page([{"id": window.post.body.decode(), "occurred_at": window.post.received_at}])

    check_connector(Inbox, {}, post=Post(b"one"))
    with pytest.raises(AssertionError, match="nothing was checked"):
        check_connector(Inbox, {})


# ---- canned answers ----


class Remote(Good):
    """Reads its rows over HTTP."""

    class Settings(BaseModel):
        model_config = {"extra": "forbid"}
        base_url: str
        token: SecretStr

    @stream(Customer, mode="window")
    def people(self, window: Window) -> Iterator[Page]:
        settings = self.settings
        with Client(settings.base_url, auth=Bearer(settings.token, setting="token")) as api:
            pages = by_keyset(
                lambda after: api.get("/people", after=after), key=lambda row: row["id"], start=window.resume
            )
            for rows, after in pages:
                yield Page([row for row in rows if row in self.rows(window)], resume=after, shape=shaped)


def answer(asked: Asked) -> Any:
    if asked.headers.get("authorization") != "Bearer sesame":
        return Reply({"error": "who are you"}, status=401)
    after = int(asked.query.get("after", 0))
    return [row for row in ROWS if row["id"] > after][:3]


def test_a_connector_is_checked_over_real_http() -> None:
    with served({"/people": answer}) as url:
        check_connector(Remote, {"base_url": url, "token": "sesame"})


@pytest.mark.parametrize(
    ("route", "status", "body"),
    [
        ([1, 2], 200, b"[1, 2]"),
        (Reply(b"plain", headers={"Content-Type": "text/plain"}), 200, b"plain"),
        (
            lambda asked: {"method": asked.method, "said": asked.body.decode()},
            200,
            b'{"method": "POST", "said": "hello"}',
        ),
        (Reply(None, status=503, headers={"Retry-After": "1"}), 503, b"null"),
    ],
)
def test_a_route_is_json_a_reply_or_a_function(
    route: Any | Callable[[Asked], Any], status: int, body: bytes
) -> None:
    with served({"/here": route}) as url:
        told = httpx.post(f"{url}/here", content=b"hello")
        assert (told.status_code, told.content) == (status, body)
        assert httpx.get(f"{url}/elsewhere").status_code == 404
        assert httpx.head(f"{url}/here").content == b""
