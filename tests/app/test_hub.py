"""The hub as its faces use it: a workspace of files and an inbox, on both databases."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hub.app.attribution import Question
from hub.app.hub import Hub
from hub.errors import ConfigError, DataError, NotFound, StoreError
from hub.plugin import Post
from hub.store.session import Store

CUSTOMERS = "id,name,email,phone\n1,Zhang Wei,zw@acme.com,13912345678\n2,Bob Miller,bob@x.org,\n"
ORDERS = "no,customer,date,amount,status\no1,1,2026-03-02,100.10,paid\no2,2,2026-03-03,50.05,paid\no3,2,2026-03-04,9.99,cancelled\n"
SPEND = "date,source,campaign,amount\n2026-03-01,google,spring,30\n"


@pytest.fixture
def workspace(tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TEST_DATABASE", database)
    (tmp_path / "customers.csv").write_text(CUSTOMERS)
    (tmp_path / "orders.csv").write_text(ORDERS)
    (tmp_path / "spend.csv").write_text(SPEND)
    (tmp_path / "connectors.toml").write_text(
        """
[hub]
database = { env = "TEST_DATABASE" }
timezone = "Asia/Shanghai"
currency = "CNY"
region = "CN"

[connectors.crm]
type = "files"
path = "customers.csv"
record = "customer"
key = "id"
[connectors.crm.fields]
full_name = "name"
emails = "email"
phones = "phone"

[connectors.shop]
type = "files"
path = "orders.csv"
record = "order"
key = "no"
[connectors.shop.fields]
customer_ref = "customer"
ordered_at = "date"

[connectors.ads]
type = "files"
path = "spend.csv"
record = "spend"

[connectors.contact]
type = "webform.form"
"""
    )
    return tmp_path


def posted(hub: Hub, **fields: str) -> int:
    body = json.dumps(fields).encode()
    return hub.receive("contact", Post(body, "application/json"))


def test_files_and_forms_become_customers_and_credit(workspace: Path) -> None:
    with Hub.open(workspace) as hub:
        runs = hub.sync()
        assert [run.error for run in runs] == [None, None, None]
        posted(
            hub,
            submission_id="f1",
            name="张伟",
            email="zw@acme.com",
            landing_url="https://acme.com/?utm_source=google&utm_medium=cpc&utm_campaign=spring",
        )
        hub.settle()
        assert hub.counts()["customers"] == 2
        (zhang,) = hub.customers.search("zhang")
        shown = hub.customers.show(zhang.customer_id, hub.channel_of)
        assert {record["connector"] for record in shown.records} == {"crm", "contact"}
        assert [order["amount"] for order in shown.orders] == [100.10]
        assert {moment["kind"] for moment in shown.timeline} == {"order", "form"}
        told = hub.attribution(Question(models=("first", "linear"), lookback="all")).plain()
        assert told["totals"]["value"] == 150.15
        assert told["totals"]["conversions"] == 2, "what was cancelled earns nothing"
        assert hub.crosswalk()[0][1:] == ("contact", "people", "f1")


def test_orders_find_the_customers_of_the_only_other_files_connector(workspace: Path) -> None:
    with Hub.open(workspace) as hub:
        hub.sync()
        hub.resolve()
        (bob,) = hub.customers.search("bob")
        assert len(hub.customers.show(bob.customer_id).orders) == 2


def test_syncing_and_resolving_twice_changes_nothing(workspace: Path) -> None:
    with Hub.open(workspace) as hub:
        hub.sync()
        hub.resolve()
        before = hub.crosswalk()
        assert all(run.counts.written == 0 for run in hub.sync())
        assert hub.resolve().records == 0
        assert hub.crosswalk() == before


def test_one_connectors_error_leaves_the_others_at_work(workspace: Path) -> None:
    (workspace / "customers.csv").unlink()
    with Hub.open(workspace) as hub:
        runs = {run.connector: run for run in hub.sync()}
        assert isinstance(runs["crm"].error, ConfigError)
        assert "customers.csv" in str(runs["crm"].error)
        assert runs["shop"].error is None
        assert hub.health()["status"] == "degraded"


def test_a_refused_post_is_kept_among_the_rejects(workspace: Path) -> None:
    with Hub.open(workspace) as hub:
        with pytest.raises(DataError):
            hub.receive("contact", Post(b'{"name": "cut', "application/json"))
        (reject,) = hub.rejects()
        assert '{"name": "cut' in reject["raw"]


def test_the_same_submission_twice_is_one(workspace: Path) -> None:
    with Hub.open(workspace) as hub:
        posted(hub, submission_id="f1", name="Ann", email="ann@x.org")
        posted(hub, submission_id="f1", name="Ann", email="ann@x.org")
        assert hub.counts()["records"] == 2, "one person and one submission"


def test_a_connector_that_pulls_takes_no_posts(workspace: Path) -> None:
    with Hub.open(workspace) as hub, pytest.raises(NotFound, match="takes no posts"):
        hub.receive("crm", Post(b""))


def test_a_change_of_region_has_everything_derived_anew(workspace: Path) -> None:
    with Hub.open(workspace) as hub:
        hub.sync()
        hub.resolve()
    toml = workspace / "connectors.toml"
    toml.write_text(toml.read_text().replace('region = "CN"', 'region = "US"'))
    with Hub.open(workspace) as hub:
        assert hub.resolve().records == 6


def test_a_dry_run_keeps_nothing_and_says_what_would_merge(workspace: Path) -> None:
    with Hub.open(workspace) as hub:
        hub.sync()
        hub.resolve()
        posted(hub, submission_id="f1", name="Wei Zhang", email="zw@acme.com")
        before = hub.crosswalk()
        assert hub.resolve(dry_run=True).records == 2
        assert hub.crosswalk() == before
        assert hub.counts()["pending"] == 2


def test_an_unknown_survivorship_rule_is_named_with_the_nearest(workspace: Path) -> None:
    toml = workspace / "connectors.toml"
    toml.write_text(toml.read_text() + '\n[hub.survivorship]\nfull_name = "most-recnt"\n')
    with Hub.open(workspace) as hub, pytest.raises(ConfigError, match="most-recent"):
        hub.resolve()


# ---- a database that cannot take what it is given ------------------------------------------------


def sqlite_workspace(workspace: Path) -> Path:
    toml = workspace / "connectors.toml"
    lines = [line for line in toml.read_text().splitlines() if not line.startswith("database")]
    toml.write_text("\n".join(lines))
    return workspace


def test_a_full_disk_says_so_and_loses_nothing(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = sqlite_workspace(workspace)
    (folder / "customers.csv").write_text(
        CUSTOMERS + "".join(f"{n},Person {n},p{n}@x.org,\n" for n in range(3, 3000))
    )
    whole = Store.__init__

    def small(self: Store, url: str) -> None:
        from sqlalchemy import event

        whole(self, url)
        # a page of the file is 4 KiB: room for the schema and a first few records
        event.listen(self.engine, "connect", lambda raw, _: raw.execute("PRAGMA max_page_count = 140"))

    with monkeypatch.context() as patched:
        patched.setattr(Store, "__init__", small)
        with Hub.open(folder) as hub:
            run = next(run for run in hub.sync(["crm"]))
            assert isinstance(run.error, StoreError)
            assert "disk is full" in str(run.error)
            assert "free some space" in str(run.error)
    with Hub.open(folder) as hub:
        assert hub.sync(["crm"])[0].error is None
        assert hub.counts()["records"] == 2999
        assert {run["status"] for run in hub.runs()} <= {"done", "failed", "interrupted"}


def test_a_read_only_database_says_so(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = sqlite_workspace(workspace)
    with Hub.open(folder) as hub:
        hub.sync(["crm"])
    whole = Store.__init__

    def locked(self: Store, url: str) -> None:
        from sqlalchemy import event

        whole(self, url)
        event.listen(self.engine, "connect", lambda raw, _: raw.execute("PRAGMA query_only = ON"))

    monkeypatch.setattr(Store, "__init__", locked)
    with Hub.open(folder) as hub:
        (run,) = hub.sync(["crm"])
        assert isinstance(run.error, ConfigError)
        assert "cannot be written" in str(run.error)
        assert "write permission" in str(run.error)
        assert hub.counts()["records"] == 2, "what is here can still be read"


def test_a_database_of_a_newer_version_is_left_alone(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = sqlite_workspace(workspace)
    with Hub.open(folder) as hub:
        hub.counts()
    with closing(sqlite3.connect(folder / "hub.db")) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    closed: list[Store] = []
    close = Store.close
    monkeypatch.setattr(Store, "close", lambda store: (closed.append(store), close(store)))
    with Hub.open(folder) as hub, pytest.raises(StoreError, match="newer"):
        hub.counts()
    assert len(closed) == 1, "nor is it held open"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mysql://localhost/x", "sqlite:///hub.db"),
        ("nonsense", "cannot be read"),
        ("sqlite:////no/such/folder/hub.db", "cannot be opened"),
        ("postgresql://127.0.0.1:9/none", "not reachable"),
    ],
)
def test_an_address_that_leads_nowhere_is_explained(url: str, told: str) -> None:
    from hub.errors import HubError
    from hub.store.schema import prepare

    with pytest.raises(HubError, match=told) as raised:
        prepare(Store(url))
    assert raised.value.step
