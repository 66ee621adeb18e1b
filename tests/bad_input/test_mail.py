"""Mail as it lies in old archives: every mail that is one lands, the rest is kept as it was."""

from __future__ import annotations

import pytest

from tests.workspace import Workspace

FROM = b"From shop Fri Jul  8 12:08:34 2011\n"
ARCHIVE = """
[connectors.archive]
type = "email.mbox"
path = "old.mbox"
own = ["shop.example"]
"""


def mail(number: int, body: bytes = b"Hello\n", *more: bytes) -> bytes:
    head = b"From: C %d <c%d@x.org>\nTo: shop@shop.example\nMessage-ID: <%d@x>\n" % (number, number, number)
    lines = b"".join(line + b"\n" for line in more)
    return FROM + head + b"Date: Fri, 8 Jul 2011 12:00:00 +0000\n" + lines + b"\n" + body + b"\n"


GB = "您好，我想询问一下价格。谢谢！".encode("gb18030") + b"\n"


def test_eight_bit_mails_are_read_whether_they_say_so_or_not(both: Workspace) -> None:
    mails = [
        mail(1),
        mail(2, GB, "Subject: 询价".encode("gb18030"), b"Content-Type: text/plain; charset=gb2312"),
        mail(
            3, "Grüße aus Köln, schöne Größe\n".encode("latin-1"), "Subject: Schöne Grüße".encode("latin-1")
        ),
        mail(4, b"\xff\xfe\x00\x81 broken \xc3\n", b"Content-Type: text/plain; charset=utf-8"),
        mail(5),
    ]
    both.write("old.mbox", b"".join(mails))
    both.configure(ARCHIVE)
    both.command("sync")
    landed = both.landed("archive")
    assert set(landed) == {f"{n}@x" for n in range(1, 6)}
    assert landed["2@x"]["subject"] == "询价"
    assert landed["2@x"]["body"].startswith("您好，我想询问一下价格")
    assert landed["3@x"]["subject"] == "Schöne Grüße"
    assert "broken" in landed["4@x"]["body"]
    assert both.told("sync")["streams"][0]["new"] == 0


def test_a_mail_cut_in_its_body_lands_and_is_whole_once_the_archive_is(both: Workspace) -> None:
    whole = mail(1) + mail(2, b"The first line\nThe second line\nThe last line\n")
    both.write("old.mbox", whole[: whole.index(b" line\nThe last")])
    both.configure(ARCHIVE)
    both.command("sync")
    assert both.landed("archive")["2@x"]["body"] == "The first line\nThe second"
    both.write("old.mbox", whole)
    run = both.sync()["archive/messages"]
    assert (run.counts.inserted, run.counts.updated) == (0, 1)
    assert both.landed("archive")["2@x"]["body"].endswith("The last line")


@pytest.mark.parametrize("kept", [45, 70, 95])
def test_a_mail_cut_in_its_headers_waits_among_the_rejects(both: Workspace, kept: int) -> None:
    whole = mail(1) + mail(2)
    cut = whole[: len(mail(1)) + kept]
    both.write("old.mbox", cut)
    both.configure(ARCHIVE)
    both.command("sync", code=5)
    (reject,) = both.rejects()
    assert "ends inside its headers" in reject["reason"]
    assert reject["raw"] == mail(2)[len(FROM) : kept].decode()
    assert set(both.landed("archive")) == {"1@x"}
    both.write("old.mbox", whole)
    both.command("sync")
    assert set(both.landed("archive")) == {"1@x", "2@x"}


def test_what_is_no_mail_is_kept_byte_by_byte(both: Workspace) -> None:
    none = FROM + b"Subject: \xd1\xaf\xbc\xdb\xff\n\nnobody wrote this \xfe\n\n"
    both.write("old.mbox", mail(1) + none + mail(2))
    both.configure(ARCHIVE)
    both.command("sync", code=5)
    (reject,) = both.rejects()
    assert "this is no mail: it has none of From, To, Date and Message-ID" in reject["reason"]
    assert reject["source_id"] == f"old.mbox@{len(mail(1))}"
    assert reject["raw"].startswith("Subject: \u046f" + r"\xbc\xdb\xff")
    assert r"nobody wrote this \xfe" in reject["raw"]
    assert set(both.landed("archive")) == {"1@x", "2@x"}


def test_a_file_that_is_no_archive_is_told(both: Workspace) -> None:
    both.write("old.mbox", b"id,name\n1,Ann\n")
    both.configure(ARCHIVE)
    told = both.command("connectors", "check", "archive", code=2).stderr
    assert "old.mbox is no mbox archive: it does not begin with a From line" in told
    told = both.command("sync", code=2).stderr
    assert "is no mbox archive" in told
    both.write("old.mbox", mail(1))
    both.command("sync")
    assert set(both.landed("archive")) == {"1@x"}


def test_a_missing_archive_is_told(both: Workspace) -> None:
    both.configure(ARCHIVE)
    told = both.command("sync", code=2).stderr
    assert "no file matches old.mbox" in told
    assert "next step: correct `path`" in told


def test_a_mail_with_a_line_of_200_mb_is_set_aside_in_little_memory(workspace: Workspace) -> None:
    path = workspace.write_large("old.mbox", mail(1) + mail(3)[:-1], b"\n\n" + mail(2))
    workspace.configure(ARCHIVE)
    done = workspace.measured()
    path.unlink()
    assert (done["error"], done["inserted"], done["rejected"]) == ("", 2, 1)
    assert done["peak_mb"] < 250
    (reject,) = workspace.rejects()
    assert "this mail has 200,000," in reject["reason"]
    assert reject["raw"].startswith("From: C 3")
    assert len(reject["raw"]) < 70_000
