"""A configuration that is wrong is told by its line, stops what it must, and costs nothing that has landed."""

from __future__ import annotations

import pytest

from hub.errors import ConfigError
from tests.workspace import Workspace

CRM = """
[connectors.crm]
type = "files"
path = "crm.csv"
record = "customer"
key = "id"
fields = { full_name = "name", emails = "email" }
"""
MAIL = """
[connectors.mail]
type = "email.imap"
host = "imap.example.com"
username = "support@example.com"
"""
CANARY = "hunter2-canary-9f3a"


@pytest.fixture
def crm(workspace: Workspace) -> Workspace:
    """A workspace with two customers landed and resolved."""
    workspace.write("crm.csv", "id,name,email\n1,Ann Lee,ann@lee.org\n2,Bob Ray,bob@ray.org\n")
    workspace.configure(CRM)
    workspace.command("sync")
    return workspace


def kept(workspace: Workspace) -> None:
    """What had landed before is all there once the configuration is mended."""
    workspace.configure(CRM)
    assert set(workspace.landed("crm")) == {"1", "2"}
    assert workspace.told("sync")["streams"][0]["unchanged"] in (0, 2)


@pytest.mark.parametrize(
    ("broken", "place"),
    [
        ('[connectors.crm]\ntype = "files\n', "connectors.toml:6:14"),
        ('[connectors.crm\ntype = "files"\n', "connectors.toml:5:16"),
        ('[connectors.crm]\ntype = "files"\ntype = "files"\n', "connectors.toml:7"),
    ],
)
def test_malformed_toml_is_told_by_line_and_column(crm: Workspace, broken: str, place: str) -> None:
    crm.configure(broken)
    with pytest.raises(ConfigError, match="this is not TOML"):
        crm.open()
    told = crm.command("sync", code=2).stderr
    assert told.startswith(place)
    assert "likely cause: a quote, a bracket or an equals sign is missing, or a name is given twice" in told
    assert "next step: correct that line, then run: hub connectors list" in told
    kept(crm)


def test_a_configuration_that_is_no_utf_8_is_told_by_its_line(crm: Workspace) -> None:
    crm.file.write_bytes(crm.file.read_bytes() + "# 客户\n".encode("gb18030"))
    told = crm.command("sync", code=2).stderr
    assert "connectors.toml:12: the configuration is not UTF-8 text" in told
    assert "next step: save it as UTF-8" in told
    kept(crm)


@pytest.mark.parametrize(
    ("connectors", "hub", "told"),
    [
        (CRM.replace("record =", "recrod ="), "", "recrod: no such setting (did you mean record?)"),
        (CRM.replace("key =", "kye ="), "", "kye: no such setting (did you mean key?)"),
        (CRM + 'schedul = "* * * * *"', "", "schedul: no such setting (did you mean schedule?)"),
        (CRM.replace('"files"', '"fiels"'), "", "there is no connector of type 'fiels' (did you mean files?)"),
        (CRM, 'timezon = "Asia/Shanghai"', "timezon: no such setting (did you mean timezone?)"),
        (CRM.replace("[connectors.", "[conectors."), "", "no such table [conectors] (did you mean connectors?)"),
    ],
)  # fmt: skip
def test_an_unknown_key_is_told_with_the_nearest_right_one(
    crm: Workspace, connectors: str, hub: str, told: str
) -> None:
    crm.configure(connectors, hub)
    said = crm.command("sync", code=2).stderr
    assert told in said
    assert "connectors.toml" in said
    assert "next step: " in said
    kept(crm)


def test_one_connectors_unknown_key_leaves_its_neighbours_at_work(crm: Workspace) -> None:
    crm.write("new.csv", "id,name,email\n9,Zoe Orr,zoe@orr.org\n")
    other = CRM.replace("crm.csv", "new.csv").replace("connectors.crm", "connectors.new")
    crm.configure(CRM.replace("record =", "recrod =") + other)
    assert "recrod" in crm.command("sync", code=5).stderr
    assert set(crm.landed("new")) == {"9"}
    kept(crm)


@pytest.mark.parametrize("written", [f'password = "{CANARY}"', f'pasword = "{CANARY}"'])
def test_a_literal_secret_is_refused_and_printed_nowhere(crm: Workspace, written: str) -> None:
    crm.configure(CRM + MAIL + written)
    for words in (["sync"], ["sync", "--json"], ["sync", "--debug"], ["connectors", "check", "mail"]):
        code = 2 if words[0] == "connectors" else 5
        result = crm.command(*words, code=code)
        assert CANARY not in result.stdout + result.stderr
    told = crm.command("sync", "mail", code=2).stderr
    if written.startswith("password"):
        assert "password: a secret must not be written into the file" in told
        assert 'refer to it, such as password = { env = "PASSWORD" }' in told
    else:
        assert "pasword: no such setting (did you mean password?)" in told
    assert "connectors.toml:13 [connectors.mail]" in told
    assert CANARY.encode() not in b"".join(file.read_bytes() for file in crm.folder.glob("hub.db*"))
    kept(crm)


def test_a_password_in_the_databases_address_is_refused_unseen(crm: Workspace) -> None:
    crm.file.write_text(f'[hub]\ndatabase = "postgresql://hub:{CANARY}@127.0.0.1/hub"\n')
    result = crm.command("sync", code=2)
    assert "database: a password must not be written into the file" in result.stderr
    assert 'next step: put the whole address elsewhere and refer to it: database = { env = "HUB_DATABASE" }' in (
        result.stderr
    )  # fmt: skip
    assert CANARY not in result.stdout + result.stderr
    kept(crm)


def test_a_secret_that_is_not_there_is_told_by_its_variable(crm: Workspace) -> None:
    crm.configure(CRM + MAIL + 'password = { env = "HUB_TEST_NO_SUCH_VARIABLE" }')
    told = crm.command("sync", code=5).stderr
    assert "password: the environment variable HUB_TEST_NO_SUCH_VARIABLE is not set" in told
    assert "next step: set HUB_TEST_NO_SUCH_VARIABLE where the hub is started" in told
    kept(crm)
