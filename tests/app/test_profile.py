from __future__ import annotations

import pytest

from hub.app.customers import Customers
from hub.core.model import public_id, record_key
from hub.store.profiles import member_rows
from hub.store.session import Store
from tests.factory import MATCHER, labels, land, resolver


@pytest.fixture
def verbs(store: Store) -> Customers:
    land(
        store,
        [
            {"id": "1", "full_name": "张伟"},
            {"id": "2", "full_name": "李曉明", "emails": ["Li@Acme.cn"]},
            {"id": "3", "full_name": "José Muñoz", "phones": ["+34 600 000 001"]},
            {"id": "4", "organization": "Acme GmbH", "emails": ["info@acme.com"]},
            {"id": "5", "full_name": "N/A", "emails": ["carol.q@acme.org"]},
        ],
    )
    worker = resolver(store)
    worker.resolve()
    return Customers(store, MATCHER, worker)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("张伟", "张伟"),
        ("張偉", "张伟"),
        ("zhang wei", "张伟"),
        ("Wei Zhang", "张伟"),
        ("李晓明", "李曉明"),
        ("李曉明", "李曉明"),
        ("xiao ming li@acme", "李曉明"),
        ("jose munoz", "José Muñoz"),
        ("JOSÉ", "José Muñoz"),
        ("acme gmbh", "Acme GmbH"),
        ("carol.q@", "carol.q@acme.org"),
    ],
)
def test_customer_is_found_by_any_script_and_by_pinyin(verbs: Customers, words: str, name: str) -> None:
    assert [row.name for row in verbs.search(words)] == [name]


@pytest.mark.parametrize("words", ["张伟 li", "n/a", "%", "_", "张_"])
def test_what_no_record_says_finds_nobody(verbs: Customers, words: str) -> None:
    assert verbs.search(words) == []


def test_customer_is_found_by_every_spelling_a_record_has(store: Store) -> None:
    land(
        store,
        [
            {"id": "1", "full_name": "張偉", "emails": ["zw@acme.com"], "phones": ["13912345678"]},
            {"id": "2", "full_name": "Zhang  Wei", "emails": ["zw@acme.com"], "phones": ["13912345678"]},
            {"id": "3", "full_name": "张伟", "emails": ["zw@acme.com"], "phones": ["13912345678"]},
        ],
    )
    worker = resolver(store)
    worker.resolve()
    verbs = Customers(store, MATCHER, worker)
    found = [[row.members for row in verbs.search(words)] for words in ("張偉", "张伟", "zhang wei 139")]
    assert found == [[3], [3], [3]]


def test_member_rows_come_by_cluster_with_the_fields_their_raw_record_or_party_has(store: Store) -> None:
    land(store, [{"id": "1", "full_name": "Bob Miller", "emails": ["bm@x.org"]}])
    visit = {"id": "v", "emails": ["bm@x.org"], "occurred_at": "2026-03-01T00:00:00Z", "kind": "form"}
    land(store, [visit], "interaction", name="site")
    resolver(store).resolve()
    with store.read() as tx:
        rows = member_rows(tx, set(labels(store).values()))
    told = {row.connector: row for row in rows}
    assert [row.cluster for row in rows] == sorted(row.cluster for row in rows)
    assert (told["crm"].source_id, told["site"].source_id, told["site"].raw_id) == ("1", "", None)
    assert '"bm@x.org"' in told["site"].fields
    assert '"Bob Miller"' in told["crm"].fields
    assert all(row.first_seen > 0 for row in rows)


def test_a_merge_is_told_when_the_customer_that_keeps_its_cluster_shows_another_id(store: Store) -> None:
    ids = {name: public_id(record_key("crm", "customers", name)) for name in ("a", "b")}
    small, large = sorted(ids, key=ids.__getitem__)
    sent: list[dict[str, object]] = []
    for name, known in (  # the earlier one shows its id, the one of the smaller key names the cluster
        (large, {"emails": ["ann@x.com"]}),
        (small, {"phones": ["+14155552671"]}),
        ("c", {"emails": ["ann@x.com"], "phones": ["+14155552671"]}),
    ):
        sent.append({"id": name, "full_name": "Ann Lee", **known})
        land(store, sent)
        merges = resolver(store).resolve().merges
    assert merges == ((ids[small], ids[large]),)
