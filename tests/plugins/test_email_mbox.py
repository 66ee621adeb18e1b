"""Mail archives: every mail once, one at a time, whatever state the file is in."""

from __future__ import annotations

import tracemalloc
from io import BytesIO
from pathlib import Path

import pytest
from hub_email.mbox import Mbox, MboxSettings, read_mbox
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import ConfigError
from hub.plugin import Context, Page, Window

FROM = b"From alice@example.com Fri Jul  8 12:08:34 2011\n"


def one(
    number: int, body: bytes = b"Hello\n", date: bytes = b"Date: Fri, 8 Jul 2011 12:00:00 +0000\n"
) -> bytes:
    head = b"From: a%d@example.com\nMessage-ID: <%d@x>\n" % (number, number)
    return FROM + head + date + b"\n" + body + b"\n"


def connector(path: Path | str, **more: object) -> Mbox:
    made = MboxSettings.model_validate({"path": str(path), "own": ["shop.example"], **more})
    return Mbox(made, Context(name="archive", timezone="Asia/Shanghai"))


def read(source: Mbox, window: Window = Window()) -> list[Page]:  # noqa: B008 - frozen
    return list(source.streams()[0].read(source, window))


def ids(pages: list[Page]) -> list[str]:
    return [record.id for page in pages for record in page.records]


def test_every_mail_of_every_matching_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.mbox").write_bytes(one(1) + one(2))
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "b.mbox").write_bytes(one(3))
    pages = read(connector(tmp_path / "**" / "*.mbox", page_size=1))
    assert ids(pages) == ["1@x", "2@x", "3@x"]
    assert not any(page.complete for page in pages)


def test_an_unchanged_archive_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.mbox"
    path.write_bytes(one(1))
    source = connector(path)
    cursor = read(source)[-1].cursor
    assert read(source, Window(cursor=cursor)) == [Page(complete=False, cursor=cursor)]
    assert ids(read(source, Window(cursor=cursor, full=True))) == ["1@x"]
    assert ids(read(connector(path, max_body=1), Window(cursor=cursor))) == ["1@x"]
    path.write_bytes(one(1) + one(2))
    assert ids(read(source, Window(cursor=cursor))) == ["1@x", "2@x"]


def test_quoted_from_lines_belong_to_the_body(tmp_path: Path) -> None:
    path = tmp_path / "a.mbox"
    path.write_bytes(
        one(1, b"\n>From here on 12:00 in 2011\n>>From there\nFrom home\n\nFrom me to you\n") + one(2)
    )
    pages = read(connector(path))
    assert ids(pages) == ["1@x", "2@x"]
    assert pages[0].records[0].body == "From here on 12:00 in 2011\n>From there\nFrom home\n\nFrom me to you"


def test_a_dated_from_line_inside_a_paragraph_begins_no_mail(tmp_path: Path) -> None:
    path = tmp_path / "a.mbox"
    path.write_bytes(one(1, b"I quote:\n" + FROM + b"end\n"))
    assert read(connector(path))[0].records[0].body.splitlines()[-1] == "end"


@pytest.mark.parametrize(
    "envelope",
    [
        b"From - Fri Jul  8 12:08:34 2011\n",
        b"From 1784@xxx Tue Mar 04 09:00:00 +0000 2025\n",
        b"From MAILER-DAEMON Fri Jul  8 12:08:34 2011\n",
        b"From a@b.c Fri Jul  8 12:08 2011 +0200\n",
        b"From ???@??? Fri Jul 08 12:08:34 2011\r\n",
    ],
)
def test_from_lines_of_many_programs_begin_a_mail(envelope: bytes) -> None:
    mails = list(read_mbox(BytesIO(one(1) + envelope + one(2)[len(FROM) :])))
    assert [b"<1@x>" in mails[0].raw, b"<2@x>" in mails[1].raw] == [True, True]


def test_carriage_returns_and_a_truncated_last_mail_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.mbox"
    path.write_bytes((one(1) + one(2)).replace(b"\n", b"\r\n")[:-8])
    pages = read(connector(path))
    assert ids(pages) == ["1@x", "2@x"]
    assert pages[0].records[1].body == "H"


def test_a_mail_without_a_date_has_that_of_its_from_line(tmp_path: Path) -> None:
    path = tmp_path / "a.mbox"
    path.write_bytes(one(1, date=b""))
    assert read(connector(path))[0].records[0].occurred_at.isoformat() == "2011-07-08T12:08:34+00:00"


def test_a_bad_mail_is_set_aside_and_its_neighbours_land(tmp_path: Path) -> None:
    path = tmp_path / "a.mbox"
    path.write_bytes(one(1) + FROM + b"\xff\xfe garbage\n\n\n" + one(2))
    page = read(connector(path))[0]
    assert ids([page]) == ["1@x", "2@x"]
    assert [(r.reason[:15], r.source_id) for r in page.rejected] == [
        ("this is no mail", f"a.mbox@{len(one(1))}")
    ]
    assert "garbage" in page.rejected[0].raw


def test_an_oversized_mail_is_set_aside_with_its_head() -> None:
    mails = list(read_mbox(BytesIO(one(1) + one(2, b"x" * 200_000 + b"\n") + one(3)), max_mail=50_000))
    assert [mail.is_whole for mail in mails] == [True, False, True]
    assert mails[1].raw.startswith(b"From: a2@example.com")
    assert mails[1].size > 200_000
    assert len(mails[1].raw) <= 64 * 1024


def test_memory_stays_flat_over_an_archive_of_one_endless_line(tmp_path: Path) -> None:
    path = tmp_path / "a.mbox"
    with path.open("wb") as file:
        file.write(one(1)[:-1])
        for _ in range(40):
            file.write(b"y" * 1_000_000)
    tracemalloc.start()
    with path.open("rb") as file:
        assert [mail.is_whole for mail in read_mbox(file, max_mail=2_000_000)] == [False]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000


def test_a_path_without_files_names_the_setting_to_correct(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no file matches") as caught:
        connector(tmp_path / "none-*.mbox").check()
    assert "`path`" in caught.value.step


def test_check_refuses_a_file_that_is_no_archive(tmp_path: Path) -> None:
    path = tmp_path / "a.mbox"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(ConfigError, match="no mbox archive"):
        connector(path).check()
    path.write_bytes(one(1))
    connector(path).check()


def test_an_unknown_timezone_is_a_configuration_error(tmp_path: Path) -> None:
    path = tmp_path / "a.mbox"
    path.write_bytes(one(1))
    with pytest.raises(ConfigError, match="no timezone"):
        read(connector(path, timezone="Mars/Olympus"))


BODIES = st.lists(
    st.sampled_from(
        [
            b"text",
            b"",
            b"From x",
            b">From y",
            b"From a@b Fri Jul  8 12:08:34 2011",
            b"\xff\xfe",
            b"x" * 70_000,
        ]
    ),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(bodies=st.lists(BODIES, max_size=5))
def test_what_an_mboxrd_writer_quotes_comes_back_as_it_was(bodies: list[list[bytes]]) -> None:
    def quoted(line: bytes) -> bytes:
        return b">" + line if line.lstrip(b">").startswith(b"From ") else line

    stored = b"".join(FROM + b"".join(quoted(line) + b"\n" for line in lines) + b"\n" for lines in bodies)
    assert [mail.raw for mail in read_mbox(BytesIO(stored))] == [
        b"\n".join([*lines, b"", b""]) for lines in bodies
    ]
