"""The demo says the same every time, its figures are the store's, and what it calls right is right."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest
from sqlalchemy import func, select

from hub.app.attribution import Question
from hub.app.demo import run
from hub.app.demo.people import CAST, Person, population
from hub.app.demo.story import tell
from hub.app.demo.tour import APART, MODELS
from hub.app.demo.workspace import write
from hub.app.hub import Hub
from hub.core.model import SourceRecord
from hub.errors import ConfigError
from hub.store.tables import clusters, interactions, orders, raw_records, source_records, streams


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The demo's folder, and what the demo said."""
    return _shown(tmp_path_factory.mktemp("demo") / "hub-demo")


def _shown(folder: Path) -> tuple[Path, str]:
    said: list[str] = []
    run(folder, said.append)
    return folder, "\n".join(said)


def _anonymous(text: str, folder: Path) -> str:
    return text.replace(str(folder), "FOLDER")


def test_two_folders_get_the_same_files_and_the_same_text(demo: tuple[Path, str], tmp_path: Path) -> None:
    folder, said = _shown(tmp_path / "else where [1]")
    assert _anonymous(said, folder) == _anonymous(demo[1], demo[0])
    files = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*") if path.is_file()}
    written = {name: content for name, content in files.items() if not name.name.startswith("hub.db")}
    assert len(written) == 8
    assert all((demo[0] / name).read_bytes() == content for name, content in written.items())


def test_another_run_says_so_and_writes_nothing_new(demo: tuple[Path, str]) -> None:
    folder, said = demo
    _, again = _shown(folder)
    assert "already" in again.splitlines()[0]
    assert "Nothing new" in again
    chapter = "Customers out"
    assert again[again.index(chapter) :] == said[said.index(chapter) :]


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "connectors.toml").write_text("[hub]\n")
    with pytest.raises(ConfigError, match="nothing was written"):
        run(tmp_path, lambda line: None)
    assert [path.name for path in tmp_path.iterdir()] == ["connectors.toml"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("mine")
    with pytest.raises(ConfigError, match="not the demo's"):
        run(tmp_path / "demo", lambda line: None)


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    write(tmp_path)
    assert (tmp_path / "connectors.toml").is_file()


def test_the_figures_are_those_of_the_store(demo: tuple[Path, str]) -> None:
    folder, said = demo
    with Hub.open(folder) as hub, hub.store.read() as tx:
        records = tx.execute(
            select(func.count()).select_from(raw_records).where(raw_records.c.deleted_at.is_(None))
        ).scalar_one()
        counts = hub.counts()
        report = hub.attribution(Question(models=MODELS))
    assert counts["pending"] == 0
    assert re.search(rf"^ all +{records:,} +{records:,} +2$", said, re.MULTILINE)
    assert f"{records:,} records are {counts['customers']:,} customers" in said
    total = next(line for line in said.splitlines() if line.strip().startswith("total"))
    assert total.split()[1:7:2] == [f"{report.totals.value / 1e6:,.2f}"] * 3
    assert total.split()[-1] == f"{report.totals.cost / 1e6:,.2f}"
    for name in MODELS:
        for row in report.models[name].to_dicts():
            assert f"{row['value'] / 1e6:,.2f}" in said
    assert "Ties out" in said


def test_the_proof_fails_when_an_order_is_missing(demo: tuple[Path, str], tmp_path: Path) -> None:
    from hub.app.demo.tour import _proof

    with Hub.open(demo[0]) as hub:
        report = hub.attribution(Question(models=MODELS))
    story = tell(population())
    from hub.app.demo.exports import orders as workbook

    (tmp_path / "orders.xlsx").write_bytes(workbook(story.purchases[1:]))
    assert "NOT" in next(iter(_proof(report, tmp_path / "orders.xlsx")))


def test_nobody_is_merged_with_somebody_else(demo: tuple[Path, str]) -> None:
    mixed = {
        customer: [person.name for person in people]
        for customer, people in _people_of_customers(demo[0]).items()
        if len(people) > 1
    }
    assert mixed == {}


def test_records_of_one_person_that_share_an_identifier_are_one_customer(demo: tuple[Path, str]) -> None:
    """Where a person is in two pieces, nothing but a name connects them: that is for `hub review`."""
    seen: dict[tuple[Person, str], set[int]] = defaultdict(set)
    known = _records_of_clusters(demo[0])
    for cluster, people in _people_of_customers(demo[0]).items():
        for person in people:
            for record in known[cluster]:
                for value in (*record.emails, *record.phones, *record.handles):
                    seen[person, value].add(cluster)
    assert len({person for person, _ in seen}) == len(population())
    assert [(person.name, value) for (person, value), held in seen.items() if len(held) > 1] == []


def test_a_handle_that_was_written_into_a_form_joins_its_messages(demo: tuple[Path, str]) -> None:
    folder, _ = demo
    story = tell(population())
    known = {form.person for form in story.forms if form.person.tells_handle and form.person.handle}
    known &= {message.person for message in story.messages}
    assert len(known) > 30
    customers = _people_of_customers(folder)
    split = [person.name for person in known if sum(person in held for held in customers.values()) > 1]
    assert split == []


def test_the_cast_that_should_stay_apart_does(demo: tuple[Path, str]) -> None:
    folder, said = demo
    assert "MERGED" not in said
    with Hub.open(folder) as hub:
        homes = {source_id: shown for shown, connector, _, source_id in hub.crosswalk() if connector == "erp"}
    for one, other, _ in APART:
        assert homes[f"K{1000 + CAST[one].number}"] != homes[f"K{1000 + CAST[other].number}"]


def test_the_merged_customer_comes_from_every_channel_and_one_was_entered_twice(
    demo: tuple[Path, str],
) -> None:
    folder, _ = demo
    with Hub.open(folder) as hub:
        homes = {f"{connector}/{source_id}": shown for shown, connector, _, source_id in hub.crosswalk()}
        assert homes["erp/K1001"] == homes["erp/K5001"]
        records = hub.customers.show(homes["erp/K1001"]).records
    assert {record["connector"] for record in records} == {"website", "mailbox", "social", "erp"}
    assert {record["fields"].get("full_name") for record in records} >= {"张伟", "張偉", "Wei Zhang"}


def _people_of_customers(folder: Path) -> dict[int, set[Person]]:
    """Cluster to the people whose records it holds, as the generator knows them."""
    people = {person.number: person for person in population()}
    story = tell(population())

    def who(connector: str, source_id: str) -> Person | None:
        match connector:
            case "website":
                return story.forms[int(source_id[1:]) - 1].person
            case "social":
                return story.messages[int(source_id[1:]) - 1].person
            case "erp":
                return people[int(source_id[1:]) % (5000 if source_id > "K5" else 1000)]
            case "erp_orders":
                return story.purchases[int(source_id[1:]) - 1].person
            case _:
                return None if source_id.startswith("notice") else people[int(source_id.partition("-")[0])]

    found: dict[int, set[Person]] = defaultdict(set)
    with Hub.open(folder) as hub, hub.store.read() as tx:
        for table in (source_records, interactions, orders):
            query = (
                select(clusters.c.cluster, streams.c.connector, raw_records.c.source_id)
                .join_from(table, clusters, clusters.c.record == table.c.record)
                .join(raw_records, raw_records.c.id == table.c.raw_id)
                .join(streams, streams.c.id == raw_records.c.stream_id)
            )
            for cluster, connector, source_id in tx.execute(query):
                person = who(connector, source_id)
                if person is not None:
                    found[cluster].add(person)
    return found


def _records_of_clusters(folder: Path) -> dict[int, list[SourceRecord]]:
    found: dict[int, list[SourceRecord]] = defaultdict(list)
    with Hub.open(folder) as hub, hub.store.read() as tx:
        query = select(clusters.c.cluster, source_records.c.record, source_records.c.content).join(
            source_records, source_records.c.record == clusters.c.record
        )
        for cluster, record, content in tx.execute(query):
            found[cluster].append(SourceRecord.load(record, content))
    return found
