"""The pages say what is so: every example runs, generated pages are fresh, every hook and setting is told."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner

from hub.app.config import load as load_config
from hub.app.demo import run as run_demo
from hub.app.plugins import load as load_plugins
from hub.app.plugins.answers import READERS
from hub.app.secrets import make_settings
from hub.faces.cli import cli
from hub.plugin import Hooks

ROOT = Path(__file__).parents[1]
ACME = ROOT / "docs" / "examples" / "hub-acme"
PAGES = [*sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("README*.md")), ROOT / "CONTRIBUTING.md"]
GENERATED = {"configuration.md", "commands.md"}
LASTING = ("hub serve", "hub scheduler", "hub demo")
"""Commands that run until stopped, or that the demo's own tests run: here only their options are checked."""


@dataclass(frozen=True)
class Block:
    """One fenced example of a page."""

    page: str
    line: int
    language: str
    about: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@cache
def blocks() -> list[Block]:
    found: list[Block] = []
    for page in PAGES:
        text = page.read_text("utf-8")
        for match in re.finditer(r"^```(\w*) ?(.*)\n((?s:.*?))^```$", text, re.MULTILINE):
            line = text.count("\n", 0, match.start()) + 1
            found.append(Block(page.name, line, match[1], match[2], match[3]))
    return found


def these(language: str, *, files: bool = False) -> list[Any]:
    """The blocks in a language; those that show a file of an example, or those that are examples themselves."""
    return [
        pytest.param(block, id=str(block))
        for block in blocks()
        if block.language == language and bool(block.about) == files
    ]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("docs") / "hub-demo"
    said: list[str] = []
    run_demo(folder, said.append)
    return folder, "\n".join(said)


@pytest.fixture
def acme_importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ACME))


@pytest.mark.parametrize("block", [*these("toml", files=True), *these("python", files=True)])
def test_a_shown_file_is_the_file(block: Block) -> None:
    assert (ACME / block.about).read_text("utf-8") == block.text


@pytest.mark.parametrize("block", these("python"))
@pytest.mark.usefixtures("acme_importable")
def test_python_runs(block: Block) -> None:
    brought: dict[str, Any] = {}
    exec(compile(block.text, str(block), "exec"), brought)
    for hook in READERS.keys() & brought.keys():
        assert list(READERS[hook](brought[hook]())), hook


@pytest.mark.parametrize("block", these("toml"))
@pytest.mark.usefixtures("acme_importable")
def test_toml_is_a_configuration(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With every setting known to its connector, and secrets by reference."""
    from hub_acme.connector import Acme

    for name in re.findall(r'env = "(\w+)"', block.text):
        monkeypatch.setenv(name, "sqlite:///hub.db" if "DATABASE" in name else "x")
    for name in re.findall(r'file = "([^"]+)"', block.text):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "connectors.toml").write_text(block.text)
    config = load_config(tmp_path / "connectors.toml")
    known = {**load_plugins().connectors, "acme": Acme}
    for name, conn in config.connectors.items():
        make_settings(known[conn.type].Settings, conn.settings, where=name, base=tmp_path)


@pytest.mark.parametrize("block", these("sh"))
def test_commands_run(
    block: Block, demo: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a copy of the demo's workspace; what lasts is asked for its help, so that its options exist."""
    folder = tmp_path / "hub-demo"
    shutil.copytree(demo[0], folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("SUPPORT_MAIL_PASSWORD", "x")
    for line in block.text.splitlines():
        command = line.partition("  #")[0].strip()
        if not command.startswith("hub ") or " acme" in command:
            continue
        words = shlex.split(command)[1:]
        result = CliRunner().invoke(cli, [*words, "--help"] if command.startswith(LASTING) else words)
        assert result.exit_code in (0, 5), f"{block}: {command}\n{result.output}\n{result.exception}"


def test_every_language_of_a_block_is_one_that_is_tested() -> None:
    """A block in another language would be an example nobody runs."""
    assert {block.language for block in blocks()} <= {"python", "toml", "sh", "text", "mermaid", ""}


def test_every_hook_has_a_heading_and_an_example() -> None:
    text = (ROOT / "docs" / "hooks.md").read_text("utf-8")
    sections = dict(re.findall(r"^## (\w+)\n((?s:.*?))(?=^## |\Z)", text, re.MULTILINE))
    hooks = {name for name in vars(Hooks) if name.startswith("hub_")}
    assert sections.keys() == hooks == READERS.keys()
    assert all(f"def {hook}():" in section for hook, section in sections.items())


def test_every_connector_has_a_heading_in_connectors_md() -> None:
    text = (ROOT / "docs" / "connectors.md").read_text("utf-8")
    missing = [
        name for name in load_plugins().connectors if not re.search(rf"^## `{name}`", text, re.MULTILINE)
    ]
    assert missing == []


def test_every_setting_says_what_it_means() -> None:
    silent = [
        f"{name}.{setting}"
        for name, connector in load_plugins().connectors.items()
        for setting, declared in connector.Settings.model_fields.items()
        if not declared.description
    ]
    assert silent == []


def test_the_generated_pages_are_fresh(demo: tuple[Path, str]) -> None:
    generate = _generate()
    for path, text in generate.pages(generate.shown(demo[1])).items():
        assert path.read_text("utf-8") == text, f"{path.name} is stale; run: python -m docs.generate"


def test_links_between_pages_lead_somewhere() -> None:
    broken: list[str] = []
    for page in PAGES:
        text = page.read_text("utf-8")
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text):
            if not (page.parent / target).exists():
                broken.append(f"{page.name}: {target}")
    assert broken == []


def test_the_tests_a_page_names_are_there() -> None:
    named = {path for page in PAGES for path in re.findall(r"`(tests/[\w/]+\.py)`", page.read_text("utf-8"))}
    assert named
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_the_two_readmes_have_the_same_parts() -> None:
    both = [(ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh-CN.md")]
    assert len({len(re.findall(r"^## ", text, re.MULTILINE)) for text in both}) == 1
    shown = [re.findall(r"^```(?:sh|toml|text)\n((?s:.*?))^```$", text, re.MULTILINE) for text in both]
    assert len(shown[0]) == len(shown[1])


def _generate() -> Any:
    spec = spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# ---- the tutorial's plugin, installed and run ----


@dataclass
class AcmeServer:
    """A hand-made Acme: contacts by keyset inside a window, calls after an id."""

    contacts: list[dict[str, Any]] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def answer(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        if path == "/api/contacts":
            found = [
                row
                for row in sorted(self.contacts, key=lambda row: (row["updated_at"], row["id"]))
                if query.get("since", "") <= row["updated_at"] < query.get("until", "9")
                and (row["updated_at"], row["id"]) > (query.get("after_time", ""), query.get("after_id", ""))
            ]
            return {"contacts": found[: int(query["limit"])]}
        return {"calls": [row for row in self.calls if row["id"] > int(query["after_id"])][:2]}


@pytest.fixture
def acme() -> Iterator[AcmeServer]:
    server = AcmeServer()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200)
            self.end_headers()

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            server.asked.append(self.path)
            allowed = self.headers.get("authorization") == "Bearer open sesame"
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            body = json.dumps(
                server.answer(parts.path, query) if allowed else {"error": "who are you?"}
            ).encode()
            self.send_response(200 if allowed else 401)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{http.server_port}/api"
    yield server
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder the tutorial's plugin was installed into by pip, from a copy of its sources."""
    place = tmp_path_factory.mktemp("plugin")
    shutil.copytree(ACME, place / "hub-acme", ignore=shutil.ignore_patterns("__pycache__"))
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
    ]
    done = subprocess.run(
        [*command, "--target", str(place / "site"), str(place / "hub-acme")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return place / "site"


@dataclass(frozen=True)
class Shell:
    """Runs ``hub`` as its own process, with the plugin installed."""

    folder: Path
    site: Path

    def __call__(self, *words: str, token: str = "open sesame") -> tuple[int, Any]:
        inherited = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
        done = subprocess.run(
            [sys.executable, "-c", "from hub.faces.cli import main; main()", *words, "--json"],
            cwd=self.folder,
            env={**inherited, "PYTHONPATH": str(self.site), "ACME_TOKEN": token},
            capture_output=True,
            text=True,
        )
        try:
            return done.returncode, json.loads(done.stdout)
        except ValueError:
            raise AssertionError(f"{words}: {done.stdout}\n{done.stderr}") from None


@pytest.fixture
def shell(installed: Path, acme: AcmeServer, tmp_path: Path) -> Shell:
    block = next(block for block in blocks() if block.language == "toml" and 'type = "acme"' in block.text)
    text = re.sub(r'base_url = ".*"', f'base_url = "{acme.url}"\npage_size = 2', block.text)
    (tmp_path / "connectors.toml").write_text(text)
    return Shell(tmp_path, installed)


def test_the_tutorials_plugin_is_installed_listed_and_checked(shell: Shell) -> None:
    code, told = shell("plugins")
    assert code == 0
    mine = next(one for one in told["plugins"] if one["name"] == "acme")
    assert (mine["distribution"], mine["connectors"], mine["error"]) == ("hub-acme", ["acme"], "")
    code, told = shell("plugins", "show", "acme")
    assert [one["setting"] for one in told["settings"]] == ["base_url", "token", "page_size"]
    code, told = shell("connectors", "check", "acme")
    assert code == 0, told
    code, told = shell("connectors", "check", "acme", token="not the token")
    assert code == 2
    assert "not the token" not in json.dumps(told)


def test_the_tutorials_plugin_pulls_pages_changes_and_nothing_twice(shell: Shell, acme: AcmeServer) -> None:
    acme.contacts = [
        {"id": str(number), "updated_at": f"2025-06-0{1 + number // 3}T08:00:00+00:00", "name": f"Person{number} Lee",
         "email": f"p{number}@example.com", "phone": "", "tier": "gold"}
        for number in range(1, 6)
    ]  # fmt: skip
    acme.contacts.append({"id": "", "updated_at": "2025-06-05T08:00:00+00:00", "name": "No Key"})
    acme.calls = [
        {"id": number, "contact_id": "1", "started_at": f"2025-06-0{number}T09:00:00Z", "topic": "Tea"}
        for number in range(1, 4)
    ]
    code, told = shell("sync", "acme")
    assert code == 5, told  # one row had no key: it is with the rejects, the others have landed
    assert _landed(told) == {"contacts": (5, 0, 1), "calls": (3, 0, 0)}
    code, told = shell("customers", "search", "p1@example.com")
    found = told["customers"] if isinstance(told, dict) else told
    code, shown = shell("customers", "show", found[0]["customer_id"])
    assert [moment["kind"] for moment in shown["timeline"]] == ["call"] * 3

    acme.contacts[0] |= {"name": "Person1 Miller", "updated_at": "2025-06-06T08:00:00+00:00"}
    acme.calls.append({"id": 4, "number": "+1 202 555 0114", "started_at": "2025-06-06T09:00:00Z"})
    _, told = shell("sync", "acme")
    assert _landed(told)["calls"] == (1, 0, 0)
    _, told = shell("sync", "acme")
    assert _landed(told) == {"contacts": (0, 0, 0), "calls": (0, 0, 0)}


def _landed(told: Any) -> dict[str, tuple[int, int, int]]:
    runs = told["streams"] if "streams" in told else told["runs"]
    return {run["stream"].rpartition("/")[2]: (run["new"], run["changed"], run["rejected"]) for run in runs}
