from __future__ import annotations

import json
import os

import pytest
from hub_files.found import fingerprint, natural
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import ConfigError, TransientError
from hub.plugin import Window


def write(folder, **cities):
    for name, city in cities.items():
        folder.write(f"{name.replace('_', '-')}.csv", f"id,city\n1,{city}\n")


def test_files_are_read_newest_first_in_natural_order_and_their_versions_sort_so(folder):
    write(folder, customers_10="c", customers_2="b", customers_1="a")
    reading = folder.read()
    assert [record["city"] for record in reading.records] == ["c", "b", "a"]
    versions = [page.version for page in reading.pages if page.records]
    assert versions == sorted(versions, reverse=True)
    assert len(set(versions)) == 3


@settings(max_examples=100)
@given(st.integers(0, 10**30), st.integers(0, 10**30))
def test_natural_order_is_the_order_of_numbers(one, two):
    assert (natural(f"a{one}b.csv") < natural(f"a{two}b.csv")) == (one < two)


def test_an_unchanged_folder_yields_one_page_that_sweeps_nothing(folder):
    write(folder, a="x", b="y")
    first = folder.read()
    assert first.complete
    (page,) = folder.read(cursor=json.loads(json.dumps(first.cursor))).pages
    assert (page.records, page.complete, page.cursor) == ((), False, first.cursor)


def test_a_changed_file_has_all_files_read_again(folder):
    write(folder, a="x", b="y")
    cursor = folder.read().cursor
    write(folder, b="z")
    again = folder.read(cursor=cursor)
    assert [record["city"] for record in again.records] == ["z", "x"]
    assert again.complete


def test_a_change_that_keeps_size_and_time_is_seen(folder):
    path = folder.write("a.csv", "id,city\n1,x\n")
    cursor, at = folder.read().cursor, path.stat().st_mtime_ns
    folder.write("a.csv", "id,city\n1,y\n")
    os.utime(path, ns=(at, at))
    assert folder.read(cursor=cursor).records[0]["city"] == "y"


def test_changed_settings_or_time_zone_have_everything_read_again(folder):
    write(folder, a="x")
    cursor = folder.read().cursor
    assert folder.read(cursor=cursor, fields={"region": "city"}).records[0]["region"] == "x"
    elsewhere = folder.connector(timezone="Europe/Berlin")
    assert any(page.records for page in elsewhere.read(Window(cursor=cursor)))


def test_a_full_run_reads_unchanged_files(folder):
    write(folder, a="x")
    assert folder.read(cursor=folder.read().cursor, full=True).ids == ["1"]


def test_a_new_file_is_read(folder):
    write(folder, a="x")
    cursor = folder.read().cursor
    write(folder, b="y")
    assert len(folder.read(cursor=cursor).records) == 2


def test_a_vanished_file_stops_the_run_before_its_first_page(folder):
    write(folder, a="x", b="y")
    cursor = folder.read().cursor
    (folder.path / "b.csv").unlink()
    connector = folder.connector()
    with pytest.raises(ConfigError, match=r"is gone: b\.csv") as caught:
        next(connector.read(Window(cursor=cursor)))
    assert "--full" in caught.value.step
    accepted = folder.read(cursor=cursor, full=True)
    assert accepted.complete
    assert folder.read(cursor=accepted.cursor).records == []


def test_a_vanished_file_does_not_matter_where_missing_rows_are_kept(folder):
    write(folder, a="x", b="y")
    cursor = folder.read(missing="keep").cursor
    (folder.path / "b.csv").unlink()
    assert not folder.read(cursor=cursor, missing="keep").complete


def test_a_path_the_admin_changed_is_no_vanished_file(folder):
    write(folder, a="x", b="y")
    cursor = folder.read("a.csv").cursor
    assert folder.read("b.csv", cursor=cursor).records[0]["city"] == "y"


def test_missing_rows_kept_means_the_round_is_never_complete(folder):
    write(folder, a="x")
    assert not folder.read(missing="keep").complete
    assert folder.read(missing="delete").complete


def test_a_file_that_changes_while_it_is_read_is_read_again(folder):
    folder.write("a.csv", "id,city\n" + "".join(f"{number},x\n" for number in range(3000)))
    write(folder, b="y")
    connector = folder.connector()
    pages = connector.read(Window())
    first = next(pages)
    with (folder.path / "a.csv").open("a") as stream:
        stream.write("3000,new\n")
    rest = [first, *pages]
    assert not rest[-1].complete
    assert rest[-1].cursor["files"]["a.csv"] == ""
    assert rest[-1].cursor["files"]["b.csv"] == fingerprint(folder.path / "b.csv")
    assert "a.csv" in folder.said[-1]
    again = folder.read(cursor=rest[-1].cursor)
    assert (len(again.records), again.complete) == (3002, True)


def test_no_matching_file_names_the_folder_and_near_names(folder):
    folder.write("exports/costumers-1.csv", "id\n1\n")
    with pytest.raises(ConfigError, match=r"no file matches .*customers-\*\.csv") as caught:
        folder.connector("exports/customers-*.csv").check()
    assert str(folder.path / "exports") in caught.value.cause
    assert "costumers-1.csv" in caught.value.cause


def test_a_folder_that_is_not_there_is_told(folder):
    with pytest.raises(ConfigError, match="there is no folder"):
        folder.connector("export/a.csv").check()


def test_a_folder_given_as_the_path_is_told(folder):
    with pytest.raises(ConfigError, match="is a folder"):
        folder.connector("").check()


def test_paths_are_relative_to_the_working_folder_and_know_home(folder, monkeypatch):
    write(folder, a="x")
    monkeypatch.chdir(folder.path)
    monkeypatch.setenv("HOME", str(folder.path))
    for path in ("a.csv", "./*.csv", "~/a.csv"):
        connector = folder.connector()
        connector.settings = connector.settings.model_copy(update={"path": path})
        connector.check()
        assert [len(page.records) for page in connector.read(Window())] == [1, 0]


def test_a_name_with_brackets_is_a_name_when_there_is_such_a_file(folder):
    folder.write("a[1].csv", "id\n1\n")
    assert folder.read("a[1].csv").ids == ["1"]


def test_subfolders_match_and_count_in_the_order(folder):
    folder.write("2024/rows.csv", "id,city\n1,old\n")
    folder.write("2025/rows.csv", "id,city\n1,new\n")
    assert [record["city"] for record in folder.read("**/*.csv").records] == ["new", "old"]


@pytest.mark.parametrize(("name", "hint"), [("a.csv.gz", "unpack"), ("a.doc", ""), ("a", "")])
def test_an_ending_that_tells_no_format_is_told(folder, name, hint):
    folder.write(name, "id\n1\n")
    with pytest.raises(ConfigError, match="tells no format") as caught:
        folder.connector(name).check()
    assert hint in caught.value.cause


def test_a_set_format_wins_over_the_ending(folder):
    folder.write("export.dat", "id\n1\n")
    assert folder.read("export.dat", format="csv").ids == ["1"]


def test_a_bad_header_in_any_file_stops_before_the_first_page(folder):
    write(folder, a="x")
    folder.write("b.csv", "number\n1\n")
    with pytest.raises(ConfigError, match="no column 'id'") as caught:
        next(folder.connector().read(Window()))
    assert "b.csv" in caught.value.where


@pytest.mark.parametrize(
    ("error", "kind"),
    [(PermissionError, ConfigError), (FileNotFoundError, TransientError), (OSError, TransientError)],
)
def test_what_the_file_system_refuses_is_told_apart(folder, monkeypatch, error, kind):
    folder.write("a.csv", "id\n1\n")

    def refuse(*args, **kwargs):
        raise error(5, "no")

    monkeypatch.setattr("hub_files.delimited.open_text", refuse)
    for run in (folder.connector().check, folder.read):
        with pytest.raises(kind) as caught:
            run()
        assert "a.csv" in caught.value.where


def test_a_file_whose_fingerprint_cannot_be_taken_is_told(folder, monkeypatch):
    path = folder.write("a.csv", "id\n1\n")
    monkeypatch.setattr(
        "pathlib.Path.stat", lambda self, **_: (_ for _ in ()).throw(PermissionError(13, "denied"))
    )
    with pytest.raises(ConfigError, match="denied"):
        fingerprint(path)
    monkeypatch.undo()
    path.unlink()
    with pytest.raises(TransientError, match="vanished"):
        fingerprint(path)
