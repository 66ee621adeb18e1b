"""Files as they come: what is wrong is told by file and line, kept as it was, and its neighbours land."""

from __future__ import annotations

import json

import pytest

from hub.errors import ConfigError
from tests.workspace import Workspace

CRM = """
[connectors.crm]
type = "files"
path = "crm.csv"
record = "customer"
key = "id"
fields = { full_name = "name", emails = "email", city = "city" }
"""
HEADER = "id,name,email,city\n"
PEOPLE = {"1": "1,Ann Lee,ann@lee.org,Bonn\n", "2": "2,Bob Ray,bob@ray.org,Ulm\n"}
TWO = HEADER + "".join(PEOPLE.values())


@pytest.fixture
def crm(both: Workspace) -> Workspace:
    """A workspace whose file has landed with two customers."""
    both.write("crm.csv", TWO)
    both.configure(CRM)
    assert both.sync()["crm/customers"].counts.inserted == 2
    return both


def repaired(workspace: Workspace, more: str = "3,Cem Kaya,cem@kaya.org,Köln\n") -> None:
    """A good file syncs fully, whatever came before it."""
    workspace.write("crm.csv", TWO + more)
    run = workspace.sync()["crm/customers"]
    assert (run.error, run.counts.rejected) == (None, 0)
    assert set(workspace.landed("crm")) == {"1", "2", *([more[0]] if more else [])}
    assert workspace.sync()["crm/customers"].counts.written == 0


# ---- the file as a whole ----


def test_a_missing_file_is_told_with_what_is_there_instead(crm: Workspace) -> None:
    before = crm.state("crm")
    (crm.folder / "crm.csv").rename(crm.folder / "crm-2026.csv")
    run = crm.sync()["crm/customers"]
    assert isinstance(run.error, ConfigError)
    assert "no file matches" in run.error.what
    assert "crm-2026.csv" in run.error.cause
    assert run.error.step.startswith("correct path = ")
    assert crm.command("sync", code=2).stderr.startswith("crm: no file matches")
    assert set(crm.landed("crm")) == {"1", "2"}
    assert crm.state("crm")["cursor"] == before["cursor"]
    (crm.folder / "crm-2026.csv").unlink()
    repaired(crm)


def test_a_wrong_key_column_is_told_with_the_nearest(crm: Workspace) -> None:
    crm.configure(CRM.replace('key = "id"', 'key = "idd"'))
    told = crm.command("sync", code=2).stderr
    assert "there is no column 'idd'" in told
    assert "'id'" in told.splitlines()[0]
    assert "likely cause: the columns there are: 'id', 'name', 'email', 'city'" in told
    assert "next step: correct key in connectors.toml" in told
    assert set(crm.landed("crm")) == {"1", "2"}
    crm.configure(CRM)
    repaired(crm)


def test_a_wrong_key_column_that_exists_does_not_delete_what_is_there(crm: Workspace) -> None:
    rows = [f"{n},Person {n},p{n}@x.org,Bonn\n" for n in range(1, 31)]
    crm.write("crm.csv", HEADER + "".join(rows))
    crm.sync()
    crm.configure(CRM.replace('key = "id"', 'key = "email"'))
    told = crm.command("sync", code=2).stderr
    assert "30 of 60 records are no longer in the source; none of them was deleted" in told
    assert "its key column changed" in told
    assert "--accept-deletes" in told
    assert {str(n) for n in range(1, 31)} <= set(crm.landed("crm"))


def test_an_encoding_that_cannot_be_told_stops_and_asks(crm: Workspace) -> None:
    before = crm.state("crm")
    crm.write("crm.csv", HEADER.encode() + b"1,Zo\xeb \x80,zoe@orr.org,K\xf6ln\n2,\xe9\x8a,x@y.org,\xa4\n")
    told = crm.command("sync", code=2).stderr
    assert "is not UTF-8, and the encoding cannot be told with certainty" in told
    assert "crm.csv" in told
    assert 'next step: set encoding, such as encoding = "gb18030" or "cp1252"' in told
    assert set(crm.landed("crm")) == {"1", "2"}
    assert crm.state("crm")["cursor"] == before["cursor"]
    repaired(crm)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8-sig"])
def test_an_old_encoding_that_can_be_told_is_read(crm: Workspace, encoding: str) -> None:
    text = HEADER + "1,王小明,xiaoming@example.cn,上海市\n2,李雷,lilei@example.cn,北京市\n"
    crm.write("crm.csv", text.encode(encoding))
    crm.command("sync")
    assert crm.landed("crm")["1"]["full_name"] == "王小明"


def test_a_damaged_byte_sets_its_row_aside_as_it_was(crm: Workspace) -> None:
    bad = b"3,Z\xffe \xfe Orr,zoe@orr.org,Ulm\n"
    crm.write("crm.csv", TWO.encode() + "4,Zoë,z@z.org,Köln\n5,Åsa,a@a.org,Gävle\n".encode() + bad)
    told = crm.told("sync", code=5)["streams"][0]
    assert (told["new"], told["unchanged"], told["rejected"], told["deleted"]) == (2, 2, 1, 0)
    (reject,) = crm.rejects()
    assert reject["reason"].startswith("crm.csv, line 6: the row holds bytes that are not utf-8")
    assert "set encoding" in reject["reason"]
    assert reject["raw"] == r"3,Z\xffe \xfe Orr,zoe@orr.org,Ulm"
    assert "crm.csv, line 6" in crm.command("rejects").stdout
    repaired(crm)


def test_a_landed_row_that_becomes_damaged_is_not_swept(crm: Workspace) -> None:
    crm.write(
        "crm.csv", HEADER.encode() + PEOPLE["1"].encode() + b"2,Bob \xff,bob@ray.org,Ulm\n3,\xc3\x85,a@b.c,\n"
    )
    run = crm.sync()["crm/customers"]
    assert (run.counts.rejected, run.counts.deleted) == (1, 0)
    assert crm.landed("crm")["2"]["full_name"] == "Bob Ray"
    repaired(crm)


# ---- rows ----


def test_shifted_columns_are_set_aside_with_their_lines(crm: Workspace) -> None:
    wide, short = "3,Lee, Cy,cy@lee.org,Bonn", "4,Dan Poe,dan@poe.org"
    crm.write("crm.csv", TWO + wide + "\n" + short + "\n" + '5,"Eve, E.",eve@e.org,Ulm\n')
    assert crm.told("sync", code=5)["streams"][0]["rejected"] == 2
    later, earlier = crm.rejects()
    assert "line 4: the row has 5 cells where the header has 4" in earlier["reason"]
    assert "is there a ',' without quotes" in earlier["reason"]
    assert "line 5: the row has 3 cells where the header has 4" in later["reason"]
    assert [earlier["raw"], later["raw"]] == [wide, short]
    assert set(crm.landed("crm")) == {"1", "2", "5"}
    repaired(crm)


def test_a_header_that_lost_a_column_stops_before_anything_shifts(crm: Workspace) -> None:
    crm.write("crm.csv", TWO.replace("id,name,email,city", "id,email,city"))
    told = crm.command("sync", code=2).stderr
    assert "there is no column 'name'" in told
    assert "next step: correct fields.full_name in connectors.toml" in told
    assert crm.landed("crm")["1"]["full_name"] == "Ann Lee"
    repaired(crm)


def test_a_quote_left_open_costs_its_own_line_only(crm: Workspace) -> None:
    bad = '3,"Cem Kaya,cem@kaya.org,Bonn'
    crm.write("crm.csv", TWO + bad + "\n4,Dan Poe,dan@poe.org,Ulm\n")
    crm.command("sync", code=5)
    (reject,) = crm.rejects()
    assert "line 4: the quotes do not match" in reject["reason"]
    assert reject["raw"] == bad
    assert set(crm.landed("crm")) == {"1", "2", "4"}
    repaired(crm)


def test_a_row_without_a_key_is_set_aside(crm: Workspace) -> None:
    crm.write("crm.csv", TWO + ",Nameless,no@key.org,Ulm\n   ,Blank,b@key.org,Ulm\n3,Cem,cem@kaya.org,Ulm\n")
    crm.command("sync", code=5)
    blank, empty = crm.rejects()
    assert "line 4: " in empty["reason"]
    assert "id" in empty["reason"]
    assert empty["raw"] == ",Nameless,no@key.org,Ulm"
    assert blank["raw"] == "   ,Blank,b@key.org,Ulm"
    assert set(crm.landed("crm")) == {"1", "2", "3"}
    repaired(crm)


def test_of_two_rows_with_one_key_the_first_lands_and_the_other_is_kept(crm: Workspace) -> None:
    crm.write("crm.csv", TWO + "2,Robert Ray,bob@ray.org,Ulm\n3,Cem,cem@kaya.org,Ulm\n" + PEOPLE["1"])
    crm.command("sync", code=5)
    (reject,) = crm.rejects()
    assert reject["reason"].startswith("duplicate key '2'")
    assert "Robert Ray" in reject["raw"]
    assert reject["source_id"] == "2"
    landed = crm.landed("crm")
    assert set(landed) == {"1", "2", "3"}
    assert landed["2"]["full_name"] == "Bob Ray"
    repaired(crm)


def test_keys_doubled_across_pages_are_told_too(crm: Workspace) -> None:
    many = "".join(f"{n},Person {n},p{n}@x.org,Bonn\n" for n in range(3, 1500))
    crm.write("crm.csv", TWO + many + "2,Robert Ray,bob@ray.org,Ulm\n")
    crm.command("sync", "--no-resolve", code=5)
    (reject,) = crm.rejects()
    assert "duplicate key '2'" in reject["reason"]
    assert "Robert Ray" in reject["raw"]
    assert len(crm.landed("crm")) == 1499


DATES = {
    "a": "2026-03-04",
    "b": "2026年3月4日 下午3:05",
    "c": "25/03/2026",
    "d": "Mar 4, 2026 15:05",
    "e": "20260304",
    "f": "1772582400",
    "g": "03/04/2026",
    "h": "04.03.26",
    "i": "soon",
}
ORDERS = """
[connectors.shop]
type = "files"
path = "orders.csv"
record = "order"
key = "no"
fields = { emails = "mail", ordered_at = "on", amount = "sum" }
"""


def test_dates_of_several_formats_are_read_and_ambiguous_ones_ask_for_their_order(both: Workspace) -> None:
    rows = "".join(f'{no},"{on}",a@x.org,1.50\n' for no, on in DATES.items())
    both.write("orders.csv", "no,on,mail,sum\n" + rows)
    both.configure(ORDERS)
    both.command("sync", code=5)
    days = {no: order["ordered_at"][:10] for no, order in both.landed("shop").items()}
    assert days == {"a": "2026-03-04", "b": "2026-03-04", "c": "2026-03-25", "d": "2026-03-04"} | {
        "e": "2026-03-04",
        "f": "2026-03-04",
    }
    reasons = {one["raw"][0]: one["reason"] for one in both.rejects()}
    assert set(reasons) == {"g", "h", "i"}
    assert '\'03/04/2026\' can be read in more than one way; set date_order to "dmy" or "mdy"' in reasons["g"]
    assert 'set date_order to "ymd", "dmy" or "mdy"' in reasons["h"]
    assert "'soon' is no date or time that can be read; write it like 2025-04-03 09:30" in reasons["i"]
    both.configure(ORDERS + 'date_order = "dmy"')
    both.command("sync", code=5)
    decided = both.landed("shop")
    assert decided["g"]["ordered_at"].startswith("2026-04-03")
    assert decided["h"]["ordered_at"].startswith("2026-03-04")
    assert set(decided) == set(DATES) - {"i"}


# ---- a line of 200 MB ----

LONG = {
    "crm.csv": (HEADER + PEOPLE["1"] + "3,", ",cy@lee.org,Bonn\n" + PEOPLE["2"], 3),
    "crm.jsonl": (
        '{"id": "1", "name": "A", "email": "", "city": ""}\n{"id": "3", "name": "',
        '"}\n{"id": "2", "name": "B", "email": "", "city": ""}\n',
        2,
    ),
}


@pytest.mark.parametrize("name", LONG)
def test_a_line_of_200_mb_is_set_aside_in_little_memory(workspace: Workspace, name: str) -> None:
    before, after, line = LONG[name]
    path = workspace.write_large(name, before.encode(), after.encode())
    workspace.configure(CRM.replace("crm.csv", name))
    done = workspace.measured()
    path.unlink()
    assert (done["error"], done["inserted"], done["rejected"]) == ("", 2, 1)
    assert done["peak_mb"] < 250
    (reject,) = workspace.rejects()
    assert reject["reason"].startswith(f"{name}, line {line}: the line has 2000000")
    assert "more than max_line = 16000000" in reject["reason"]
    assert reject["raw"].startswith(before.splitlines()[-1] + "xxx")
    assert len(reject["raw"]) < 70_000
    assert set(workspace.landed("crm")) == {"1", "2"}


def test_a_raw_text_kept_with_its_reject_is_bounded(crm: Workspace) -> None:
    crm.write("crm.csv", TWO + "3,Lee, Cy," + "y" * 300_000 + ",Bonn\n")
    crm.command("sync", code=5)
    (reject,) = crm.rejects()
    assert reject["raw"].startswith("3,Lee, Cy,yyy")
    assert "300," in reject["raw"][-40:] or "3000" in reject["raw"][-40:]
    assert len(reject["raw"]) < 70_000


def test_json_lines_cut_in_the_middle_are_set_aside(both: Workspace) -> None:
    good = [{"id": str(n), "name": f"Person {n}", "email": f"p{n}@x.org", "city": "Ulm"} for n in (1, 2)]
    text = "".join(json.dumps(one) + "\n" for one in good)
    both.write("crm.jsonl", text + '[1, 2]\n{"id": "3", "name": "Cut')
    both.configure(CRM.replace("crm.csv", "crm.jsonl"))
    both.command("sync", code=5)
    cut, array = both.rejects()
    assert "crm.jsonl, line 3: the line holds a JSON array, not an object" in array["reason"]
    assert "line 4: the line is no JSON" in cut["reason"]
    assert "the file ends in the middle of it" in cut["reason"]
    assert cut["raw"] == '{"id": "3", "name": "Cut'
    assert set(both.landed("crm")) == {"1", "2"}
    both.write("crm.jsonl", text + json.dumps({**good[0], "id": "3"}) + "\n")
    both.command("sync")
    assert set(both.landed("crm")) == {"1", "2", "3"}
