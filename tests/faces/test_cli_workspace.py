"""Beginning a workspace, and the plugins there are."""

from __future__ import annotations

import json
import sys
from importlib.metadata import EntryPoint

from click.testing import CliRunner

from hub.app.config import load
from hub.faces.cli import cli


def call(*words):
    return CliRunner().invoke(cli, [str(word) for word in words])


def test_init_writes_a_configuration_that_loads(tmp_path):
    told = call("init", tmp_path / "new", "--json")
    assert told.exit_code == 0
    written = json.loads(told.stdout)["written"]
    assert [path.rpartition("/")[2] for path in written] == ["connectors.toml", ".gitignore"]
    assert load(tmp_path / "new" / "connectors.toml").connectors == {}
    assert "hub.db" in (tmp_path / "new" / ".gitignore").read_text()


def test_init_says_what_to_do_next(tmp_path):
    assert "hub connectors add" in call("init", tmp_path).stdout


def test_init_never_overwrites(tmp_path):
    (tmp_path / "connectors.toml").write_text("# mine\n")
    (tmp_path / ".gitignore").write_text("mine\n")
    told = call("init", tmp_path, "--json")
    assert told.exit_code == 2
    assert "already" in json.loads(told.stdout)["error"]["what"]
    assert (tmp_path / "connectors.toml").read_text() == "# mine\n"
    assert (tmp_path / ".gitignore").read_text() == "mine\n"


def test_init_in_a_place_that_is_a_file_is_a_configuration_error(tmp_path):
    (tmp_path / "file").write_text("")
    told = call("init", tmp_path / "file" / "below")
    assert told.exit_code == 2
    assert "next step" in told.stderr


def test_demo_hands_its_lines_to_stdout_or_with_json_to_stderr(tmp_path, monkeypatch):
    import types

    module = types.ModuleType("hub.app.demo")
    module.run = lambda folder, echo: echo(f"made {folder.name}")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "hub.app.demo", module)
    assert "made room" in call("demo", tmp_path / "room").stdout
    told = call("demo", tmp_path / "room", "--json")
    assert json.loads(told.stdout)["folder"].endswith("room")
    assert "made room" in told.stderr


def test_plugins_lists_what_each_brings():
    told = json.loads(call("plugins", "--json").stdout)["plugins"]
    found = {one["name"]: one for one in told}
    assert "files" in found["files"]["connectors"]
    assert not found["files"]["error"]
    assert "files" in call("plugins").stdout


def test_a_broken_plugin_is_listed_with_its_reason_and_exit_code_0(tmp_path, monkeypatch):
    (tmp_path / "hub_cracked.py").write_text("raise ValueError('cracked')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(
        "importlib.metadata.entry_points",
        lambda **_: [EntryPoint("cracked", "hub_cracked", "hub"), EntryPoint("files", "hub_files", "hub")],
    )
    told = call("plugins", "--json")
    assert told.exit_code == 0
    found = {one["name"]: one["error"] for one in json.loads(told.stdout)["plugins"]}
    assert "cracked" in found["cracked"]
    assert found["files"] == ""
    assert "cracked is broken" in call("plugins").stderr


def test_plugins_show_lists_settings_and_marks_secrets():
    told = json.loads(call("plugins", "show", "email.imap", "--json").stdout)
    settings = {one["setting"]: one for one in told["settings"]}
    assert settings["password"]["type"] == "secret"
    assert settings["host"]["required"]
    assert "host" in call("plugins", "show", "email.imap").stdout


def test_plugins_show_of_an_unknown_type_names_the_nearest():
    told = call("plugins", "show", "fils", "--json")
    assert told.exit_code == 2
    assert "did you mean files?" in json.loads(told.stdout)["error"]["what"]


def test_serve_hands_the_hub_and_the_address_to_the_web_face(workspace, monkeypatch):
    import types

    served = []
    module = types.ModuleType("hub.faces.web")
    module.serve = lambda hub, host, port: served.append((hub.config.path, host, port))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "hub.faces.web", module)
    workspace.hub("serve", "--port", "0")
    workspace.hub("serve", "--host", "0.0.0.0", "--port", "80")
    assert served == [(workspace.config, "127.0.0.1", 0), (workspace.config, "0.0.0.0", 80)]
    assert "is not in the range" in workspace.told("serve", "--port", "99999", code=2)["error"]["what"]
