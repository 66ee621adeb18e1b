"""The door: help, options, sections, plugin commands, and how errors are told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import EntryPoint

import click
import pytest
from click.testing import CliRunner

from hub.errors import TransientError
from hub.faces.cli import cli, guests
from hub.faces.cli.door import COMMANDS

HUB = [sys.executable, "-W", "error", "-c", "from hub.faces.cli import main; main()"]


def every_command() -> list:
    """Each command of the hub's own with the words that call it."""
    context, found = click.Context(cli), []
    for commands in COMMANDS.values():
        for name in commands:
            command = cli.get_command(context, name)
            assert command is not None
            inner = getattr(command, "commands", {})
            found += [((name,), command), *(((name, each), one) for each, one in inner.items())]
    return found


def test_help_imports_click_and_no_work():
    code = "import sys; from hub.faces.cli import cli; cli.main(['--help'])\n"
    probe = f"try:\n exec({code!r})\nexcept SystemExit: pass\nprint(sorted(set(sys.modules) & heavy), file=sys.stderr)"
    head = (
        "import sys; heavy = {'pydantic', 'sqlalchemy', 'polars', 'rich', 'httpx', 'pluggy', 'apscheduler'}\n"
    )
    done = subprocess.run([sys.executable, "-c", head + probe], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_help_takes_less_than_three_tenths_of_a_second():
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*HUB, "--help"], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.3


def test_the_table_of_commands_says_what_the_commands_say():
    context = click.Context(cli)
    for commands in COMMANDS.values():
        for name, (_, line) in commands.items():
            command = cli.get_command(context, name)
            assert command is not None
            assert (command.help or "").split("\n")[0] == line


@pytest.mark.parametrize(
    ("words", "command"), every_command(), ids=lambda one: "-".join(one) if isinstance(one, tuple) else ""
)
def test_every_command_teaches(words, command):
    shown = CliRunner().invoke(cli, [*words, "--help"])
    assert shown.exit_code == 0
    assert "Examples:" in shown.stdout
    assert "--json" in shown.stdout
    for example in command.examples:
        assert example.startswith("hub " + " ".join(words[:1]))
        assert example in shown.stdout


@pytest.mark.parametrize(
    ("words", "command"), every_command(), ids=lambda one: "-".join(one) if isinstance(one, tuple) else ""
)
def test_every_example_can_be_parsed(words, command):
    import shlex

    for example in command.examples:
        calls = [part for part in example.split("&&") if part.strip().startswith("hub ")]
        for call in calls:
            parse(shlex.split(call)[1:])


def parse(words):
    context = click.Context(cli)
    command = cli.get_command(context, words[0])
    rest = words[1:]
    while True:
        context = command.make_context(words[0], list(rest), parent=context, resilient_parsing=False)
        if not isinstance(command, click.Group) or not context._protected_args:
            return
        rest = [*context._protected_args, *context.args]
        command, rest = command.get_command(context, rest[0]), rest[1:]


def test_a_misspelt_command_is_met_with_the_nearest(workspace):
    told = workspace.told("resolv", code=2)
    assert told["error"]["kind"] == "config"
    assert "did you mean resolve?" in told["error"]["what"]


def test_a_misspelt_option_is_told_as_json_too(workspace):
    told = workspace.told("sync", "--ful", code=2)
    assert told["error"]["where"] == "hub sync"


def test_options_may_stand_before_and_after_the_command(workspace, tmp_path):
    one = CliRunner().invoke(cli, ["--config", str(workspace.config), "--json", "connectors", "list"])
    other = CliRunner().invoke(cli, ["connectors", "list", "--json", "--config", str(workspace.config)])
    folder = CliRunner().invoke(cli, ["connectors", "list", "--json", "--config", str(tmp_path)])
    assert json.loads(one.stdout) == json.loads(other.stdout) == json.loads(folder.stdout)


def test_the_configuration_may_come_from_the_environment(workspace):
    shown = CliRunner().invoke(cli, ["connectors", "list"], env={"HUB_CONFIG": str(workspace.config)})
    assert shown.exit_code == 0
    assert "crm" in shown.stdout


def test_without_a_configuration_the_next_step_is_named(tmp_path):
    told = CliRunner().invoke(cli, ["sync", "--config", str(tmp_path / "none.toml"), "--json"])
    assert told.exit_code == 2
    assert "hub init" in json.loads(told.stdout)["error"]["step"]
    assert "next step" in told.stderr


def test_an_error_has_the_exit_code_of_its_branch(workspace, monkeypatch):
    def away(*_args, **_kwargs):
        raise TransientError("the server is away", where="erp", cause="a cable", step="plug it in")

    monkeypatch.setattr("hub.app.hub.Hub.resolve", away)
    told = workspace.told("resolve", code=3)
    assert told == {
        "error": {
            "kind": "transient",
            "what": "the server is away",
            "where": "erp",
            "cause": "a cable",
            "step": "plug it in",
        }
    }


def test_a_fault_in_code_is_told_without_a_traceback_unless_asked_for(workspace, monkeypatch):
    def broken(*_args, **_kwargs):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("hub.app.hub.Hub.resolve", broken)
    quiet = workspace.hub("resolve", code=4)
    assert "ZeroDivisionError" in quiet.stderr
    assert "Traceback" not in quiet.stderr
    assert "Traceback" in workspace.hub("resolve", "--debug", code=4).stderr


def test_a_real_process_answers_in_json_and_exits_with_the_code(workspace):
    done = subprocess.run(
        [*HUB, "--config", str(workspace.config), "customers", "show", "Cnobody", "--json"],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert done.returncode == 2
    assert "there is no customer" in json.loads(done.stdout)["error"]["what"]


def test_what_customers_write_cannot_steer_the_terminal(workspace):
    workspace.write("crm-1.csv", "id,first,last,email,phone\n1,\x1b[31mRed\u202e,[bold]Lee,red@lee.org,\n")
    workspace.hub("sync")
    shown = workspace.hub("customers", "search", "red@lee.org").stdout
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "[bold]" in shown


def guest(tmp_path, monkeypatch, text):
    folder = tmp_path / "guest"
    folder.mkdir()
    (folder / "hub_guest_plugin.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    sys.modules.pop("hub_guest_plugin", None)
    points = [EntryPoint("guest", "hub_guest_plugin", "hub")]
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: points)
    guests.commands.cache_clear()


@pytest.fixture(autouse=True)
def forget_guests():
    yield
    guests.commands.cache_clear()


def test_a_plugin_command_is_listed_and_run(tmp_path, monkeypatch):
    guest(
        tmp_path, monkeypatch,
        "import click\nfrom hub.plugin import hookimpl\n\n"
        "@click.command(short_help='Greets.')\ndef greet():\n    click.echo('hello')\n\n"
        "@hookimpl\ndef hub_commands():\n    return [greet]\n",
    )  # fmt: skip
    shown = CliRunner().invoke(cli, ["--help"])
    assert "Plugin commands:" in shown.stdout
    assert "greet" in shown.stdout
    assert "hello" in CliRunner().invoke(cli, ["greet"]).stdout


@pytest.mark.parametrize(
    "text", ["import *  # hub_commands", "raise SystemExit('hub_commands')", "hub_commands = 1 / 0"]
)
def test_a_broken_plugin_never_breaks_help(tmp_path, monkeypatch, text):
    guest(tmp_path, monkeypatch, text)
    shown = CliRunner().invoke(cli, ["--help"])
    assert shown.exit_code == 0
    assert "Plugin commands:" not in shown.stdout


def test_a_plugin_without_commands_is_not_imported_for_help(tmp_path, monkeypatch):
    guest(tmp_path, monkeypatch, "raise RuntimeError('imported')\n")
    assert CliRunner().invoke(cli, ["--help"]).exit_code == 0
    assert "hub_guest_plugin" not in sys.modules
