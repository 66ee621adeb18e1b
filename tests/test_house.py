"""The rules of the house: who may see whom, and what every room and every hook has."""

from __future__ import annotations

import ast
import graphlib
import inspect
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import grimp
import pytest

import hub.errors
from hub.errors import HubError
from hub.plugin import Hooks

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RULES: dict[str, Any] = PROJECT["tool"]["importlinter"]
PACKAGES: list[str] = RULES["root_packages"]
PLUGINS = [name for name in PACKAGES if name != "hub"]
HOOKS = sorted(name for name in vars(Hooks) if name.startswith("hub_"))
ROOMS = sorted(
    path
    for path in (ROOT / "hub").rglob("*.py")
    if "migrations" not in path.parts and path.name != "__main__.py"
)
BRANCHES = ("ConfigError", "DataError", "Interrupted", "PluginError", "TransientError")

PLANTS = (
    ("floors", "hub/errors.py", "import hub.core.model"),
    ("floors", "hub/core/model.py", "import hub.store.session"),
    ("floors", "hub/store/session.py", "import hub.plugin"),
    ("floors", "hub/plugin.py", "import hub.rest"),
    ("floors", "hub/rest/pace.py", "import hub.app.clock"),
    ("floors", "hub/testing/read.py", "import hub.app.sync"),
    ("floors", "hub/app/clock.py", "import hub.faces.stop"),
    ("floors", "hub/attic.py", "import hub.errors"),
    ("stages", "hub/core/block.py", "import hub.core.match"),
    ("stages", "hub/core/merge/rules.py", "import hub.core.normalize"),
    ("stages", "hub/core/cluster/piece.py", "import hub.core.train"),
    ("stages", "hub/core/model.py", "import hub.core.keys"),
    ("stages", "hub/core/attic.py", "import hub.errors"),
    ("pure", "hub/core/cluster/piece.py", "import sqlalchemy"),
    ("pure", "hub/core/timeline/history.py", "import time"),
    ("pure", "hub/core/train/fit.py", "import httpx"),
    ("sql", "hub/app/sync.py", "import sqlalchemy"),
    ("sql", "hub/faces/stop.py", "import sqlite3"),
    ("tables", "hub/app/sync.py", "from hub.store.tables import raw_records"),
    ("guests", "plugins/files/hub_files/found.py", "import hub.core.normalize"),
    ("guests", "plugins/email/hub_email/html.py", "import hub.store.landing"),
    ("strangers", "plugins/email/hub_email/html.py", "import hub_files"),
    ("nameless", "hub/app/sync.py", "import hub_email"),
    ("acyclic", "hub/store/session.py", "import hub.store.landing"),
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree once more, to plant in."""
    tree = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", tree)
    for folder in ("hub", "plugins"):
        shutil.copytree(ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tree


def lint(tree: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """What import-linter says of ``tree``."""
    path = [tree, *(folder for folder in sorted((tree / "plugins").iterdir()) if folder.is_dir())]
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-logo", "--cache-dir", tree / ".seen", *options],
        cwd=tree, env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def planted(source: str, statement: str) -> str:
    """``source`` with a forbidden import where it hides best: in a function, for type checkers only."""
    return f"{source}\n\ndef _planted():\n    from typing import TYPE_CHECKING\n    if TYPE_CHECKING:\n        {statement}\n"


# ---- who may see whom ----


def test_the_import_rules_are_kept(copy: Path) -> None:
    told = lint(copy)
    assert told.returncode == 0, told.stdout + told.stderr
    assert f"{len(RULES['contracts'])} kept, 0 broken" in told.stdout


@pytest.mark.parametrize(("rule", "room", "statement"), PLANTS)
def test_a_planted_import_breaks_its_rule(copy: Path, rule: str, room: str, statement: str) -> None:
    path = copy / room
    before = path.read_text(encoding="utf-8") if path.exists() else None
    try:
        path.write_text(planted(before or "", statement), encoding="utf-8")
        told = lint(copy, "--contract", rule)
    finally:
        if before is None:
            path.unlink()
        else:
            path.write_text(before, encoding="utf-8")
    assert told.returncode == 1, told.stdout + told.stderr
    assert "0 kept, 1 broken" in told.stdout
    assert statement.split()[1].rsplit(".")[-1] in told.stdout or "attic" in told.stdout


def test_every_rule_has_a_plant() -> None:
    assert {rule["id"] for rule in RULES["contracts"]} == {rule for rule, _, _ in PLANTS}


def test_every_plugin_that_ships_is_under_the_rules_and_in_the_wheel() -> None:
    shipped = sorted(path.name for path in ROOT.glob("plugins/*/hub_*"))
    assert sorted(PROJECT["project"]["entry-points"]["hub"].values()) == shipped
    assert sorted(PLUGINS) == shipped
    packed = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert sorted(Path(path).name for path in packed) == ["hub", *shipped]
    for rule in RULES["contracts"]:
        named = {name for value in rule.values() if isinstance(value, list) for name in value}
        assert not named & set(PLUGINS) or named >= set(PLUGINS), rule["id"]


def test_no_folder_of_plugins_is_a_package() -> None:
    assert not list(ROOT.glob("plugins/__init__.py")) + list(ROOT.glob("plugins/*/__init__.py"))


def test_no_module_waits_for_itself_through_others() -> None:
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    graphlib.TopologicalSorter(imports).prepare()  # a CycleError names the circle


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_file_of_the_hub_names_a_plugin(path: Path) -> None:
    assert not re.search("|".join(PLUGINS), path.read_text(encoding="utf-8"))


# ---- what every room has ----


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_says_its_purpose_and_its_public_names(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "no docstring"
    public = exported(tree)
    if public is None:
        assert path.name == "__init__.py", "no __all__"
        assert not defined(tree), "no __all__"
        return
    assert len(public) == len(set(public))
    assert sorted(public, key=as_ruff_sorts) == public
    if path.name != "__init__.py":
        assert set(public) <= defined(tree)


def exported(tree: ast.Module) -> list[str] | None:
    """The names of ``__all__``."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return ast.literal_eval(node.value)
    return None


def defined(tree: ast.Module) -> set[str]:
    """The public names a module makes or takes in; dunders are not names of the house."""
    names: set[str] = set()
    guarded = [node for branch in tree.body if isinstance(branch, ast.If) for node in branch.body]
    for node in [*tree.body, *guarded]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {
                name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)
            }
    return {name for name in names if not name.startswith("__")}


def as_ruff_sorts(name: str) -> tuple[int, str]:
    """Constants first, then classes, then functions."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2, name)


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_tested_and_explained(hook: str) -> None:
    tests = [path for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__)]
    assert any(f"def {hook}(" in path.read_text(encoding="utf-8") for path in tests), "no test implements it"
    page = ROOT / "docs" / "hooks.md"
    assert page.exists(), "docs/hooks.md is missing"
    assert re.search(rf"^#+ .*\b{hook}\b", page.read_text(encoding="utf-8"), re.MULTILINE), "no heading"


@pytest.mark.parametrize(
    "error",
    [
        kind
        for _, kind in inspect.getmembers(hub.errors, inspect.isclass)
        if issubclass(kind, HubError) and kind is not HubError
    ],
)
def test_an_error_has_one_branch_and_a_place_in_the_drawing(error: type[HubError]) -> None:
    above = [kind.__name__ for kind in error.__mro__]
    assert sum(branch in above for branch in BRANCHES) == 1
    assert error.exit_code in (2, 3, 4, 5)
    assert error.__name__ in hub.errors.__all__
    assert re.search(rf"── {error.__name__} ", hub.errors.__doc__ or "")


# ---- what it costs, and what keeps it ----


def test_help_loads_nothing_heavy() -> None:
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "from hub.faces.cli import main; main()", "--help"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    loaded = {
        line.rsplit("|", 1)[1].strip().split(".")[0] for line in told.stderr.splitlines() if "|" in line
    }
    assert "click" in loaded
    assert not loaded & {
        "alembic", "apscheduler", "fastapi", "httpx", "numpy", "opencc", "phonenumbers", "polars",
        "psycopg", "pypinyin", "rapidfuzz", "sqlalchemy", "uvicorn", *(set(PLUGINS) - {"hub"}),
    }  # fmt: skip


def test_make_check_runs_every_checker_and_ci_runs_make() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = makefile.split("\ncheck:")[1].split("\n\n")[0]
    for checker in ("ruff check .", "ruff format --check .", "basedpyright", "lint-imports"):
        assert checker in recipe
    assert set(PROJECT["tool"]["pyright"]["strict"]) >= {"hub/core", "hub/plugin.py"}
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in ("make test", "make check", "make wheel", "hub plugins"):
        assert command in script


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_a_readme_names_the_two_commands(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert "make demo" in text
    assert "make test" in text


def test_the_versions_are_pinned_without_addresses() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==[\w.]+", pin) for pin in pins)
    extras = PROJECT["project"]["optional-dependencies"]["dev"]
    wanted = {re.match(r"[\w-]+", line).group() for line in [*PROJECT["project"]["dependencies"], *extras]}  # type: ignore[union-attr]
    assert wanted <= {pin.split("==")[0] for pin in pins}
