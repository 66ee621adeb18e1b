"""A workspace of files, on both databases, and the program ``hub`` called inside it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hub.app.clock import micros
from hub.app.hub import Hub
from hub.core.match import Model
from hub.core.model import record_key
from hub.faces.cli import cli
from hub.store.judgements import judge

CONFIG = """\
[hub]
database = {database}
currency = "USD"
region = "US"

[connectors.crm]
type = "files"
path = "in/crm-*.csv"
record = "customer"
key = "id"
[connectors.crm.fields]
given_name = "first"
family_name = "last"
emails = "email"
phones = "phone"

[connectors.touches]
type = "files"
path = "in/touches.jsonl"
record = "interaction"
key = "id"
[connectors.touches.fields]
emails = "email"
occurred_at = "at"
kind = "kind"
source = "utm_source"
medium = "utm_medium"
campaign = "utm_campaign"

[connectors.orders]
type = "files"
path = "in/orders.csv"
record = "order"
key = "id"
[connectors.orders.fields]
emails = "email"
ordered_at = "at"
amount = "total"

[connectors.ads]
type = "files"
path = "in/ads.csv"
record = "spend"
[connectors.ads.fields]
date = "day"
source = "platform"
medium = "medium"
campaign = "campaign"
amount = "cost"
"""

CRM = """\
id,first,last,email,phone
1,Ann,Lee,ann.lee@gmail.com,+1 202 555 0101
2,Ann,Lee,ann.lee@gmail.com,
3,Bob,Ray,bob@ray.org,+1 202 555 0102
4,Cy,=Fox,cy@fox.net,
"""
TOUCHES = [
    {"id": "t1", "email": "ann.lee@gmail.com", "at": "2026-01-01T10:00:00Z", "kind": "visit",
     "utm_source": "google", "utm_medium": "cpc", "utm_campaign": "spring"},
    {"id": "t2", "email": "ann.lee@gmail.com", "at": "2026-01-03T10:00:00Z", "kind": "form",
     "utm_source": "newsletter", "utm_medium": "email"},
    {"id": "t3", "email": "bob@ray.org", "at": "2026-02-01T10:00:00Z", "kind": "visit"},
]  # fmt: skip
ORDERS = """\
id,email,at,total
o1,ann.lee@gmail.com,2026-01-05,100.10
o2,bob@ray.org,2026-02-03,50.25
o3,dora@else.com,2026-02-03,7.00
"""
ADS = """\
day,platform,medium,campaign,cost
2026-01-01,google,cpc,spring,20.50
"""


class Workspace:
    """A folder with a configuration and files, and ``hub`` to be called in it."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder = folder
        self.config = folder / "connectors.toml"
        self.config.write_text(CONFIG.format(database=json.dumps(database)), encoding="utf-8")
        self.write("crm-1.csv", CRM)
        self.write("touches.jsonl", "".join(json.dumps(touch) + "\n" for touch in TOUCHES))
        self.write("orders.csv", ORDERS)
        self.write("ads.csv", ADS)

    def write(self, name: str, text: str) -> None:
        path = self.folder / "in" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def hub(self, *words: str, code: int = 0, typed: str | None = None) -> Result:
        """Call it; the exit code is part of every test."""
        result = CliRunner().invoke(cli, ["--config", str(self.config), *words], input=typed)
        assert result.exit_code == code, (result.exit_code, result.stdout, result.stderr, result.exception)
        return result

    def told(self, *words: str, code: int = 0) -> Any:
        """Call it with ``--json``; stdout is one JSON document and nothing else."""
        return json.loads(self.hub(*words, "--json", code=code).stdout)

    def customer(self, words: str) -> str:
        """The id of the one customer found by ``words``."""
        (found,) = self.told("customers", "search", words)["customers"]
        return found["customer_id"]

    def model(self) -> Model:
        """The match model in force."""
        with Hub.open(self.config) as hub:
            return hub.model

    def force(self, model: Model, **changes: Any) -> Model:
        """Put a changed model in force; thresholds in bits."""
        bits = {name: round(value * 100) for name, value in changes.items()}
        forced = replace(model, version=f"test-{bits}", **bits)
        with Hub.open(self.config) as hub:
            hub.adopt(forced)
        return forced

    def judge(self, verdict: Any, one: str, other: str) -> None:
        """Write a judgement behind the back of the rules that keep judgements from contradicting."""
        sides = {record_key(*one.split("/")): 0, record_key(*other.split("/")): 1}
        with Hub.open(self.config) as hub, hub.store.write() as tx:
            judge(tx, verdict, sides, author="", reason="", at=micros())


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace on the embedded database."""
    return Workspace(tmp_path, f"sqlite:///{tmp_path / 'hub.db'}")


@pytest.fixture
def both(tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace, once on each database; a server's address comes by reference, as it must."""
    workspace = Workspace(tmp_path, database)
    if not database.startswith("sqlite"):
        monkeypatch.setenv("HUB_TEST_DATABASE", database)
        text = workspace.config.read_text(encoding="utf-8")
        text = text.replace(json.dumps(database), '{ env = "HUB_TEST_DATABASE" }')
        workspace.config.write_text(text, encoding="utf-8")
    return workspace


@pytest.fixture(scope="session")
def synced_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a workspace after a first sync, to be copied."""
    folder = tmp_path_factory.mktemp("synced")
    Workspace(folder, f"sqlite:///{folder / 'hub.db'}").hub("sync")
    return folder


@pytest.fixture
def synced(workspace: Workspace, synced_once: Path) -> Workspace:
    """The same after a first sync."""
    shutil.copytree(
        synced_once, workspace.folder, ignore=shutil.ignore_patterns("*.toml"), dirs_exist_ok=True
    )
    return workspace
