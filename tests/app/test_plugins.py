from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint, distributions
from pathlib import Path

import pytest

from hub.app import plugins
from hub.app.plugins import Loaded, Plugins
from hub.errors import ConfigError

GOOD = """
from hub.plugin import Connector, Customer, hookimpl, stream

class {name}(Connector):
    type = "{type}"

    @stream(Customer, mode="snapshot")
    def people(self, window):
        yield from ()

@hookimpl
def hub_connectors():
    return [{name}]
"""

Install = Callable[..., None]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder installed distributions lie in, seen by this process alone."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for module in set(sys.modules) - before:
        if getattr(sys.modules[module], "__file__", None) and str(tmp_path) in str(
            sys.modules[module].__file__
        ):
            del sys.modules[module]


@pytest.fixture
def install(site: Path) -> Install:
    """Lay a distribution down as an installer would: a module and its ``dist-info``."""

    def laid(name: str, source: str, *, point: str = "", module: str = "", version: str = "1.2") -> None:
        module = module or f"guest_{name}"
        (site / f"{module}.py").write_text(textwrap.dedent(source), encoding="utf-8")
        info = site / f"guest_{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: guest-{name}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[hub]\n{point or name} = {module}\n")

    return laid


@pytest.fixture
def load(site: Path) -> Callable[[], Plugins]:
    def loaded() -> Plugins:
        points = [point for found in distributions(path=[str(site)]) for point in found.entry_points]
        return plugins.load(points)

    return loaded


def good(name: str, type: str = "") -> str:
    return GOOD.format(name=name.title(), type=type or name)


def reason(found: Plugins, name: str) -> str:
    (one,) = [one for one in found.loaded if one.name == name and one.error]
    return one.error


def test_plugin_brings_its_connectors(install: Install, load: Callable[[], Plugins]) -> None:
    install("acme", good("acme", "acme.rest"))
    found = load()
    assert found.loaded == [Loaded("acme", "guest-acme", "1.2", ("acme.rest",), ("hub_connectors",))]
    assert found.connectors["acme.rest"] is found.connector("acme.rest")


def test_the_hubs_own_plugins_come_in_by_the_same_door() -> None:
    own = {one.name for one in plugins.load().loaded if one.distribution == "crm-hub"}
    assert own == {"email", "erp", "files", "social", "webform"}


def test_plugins_come_by_name_whatever_order_they_are_found_in(
    install: Install, load: Callable[[], Plugins], site: Path
) -> None:
    for name in ("zeta", "alpha", "mid"):
        install(name, good(name))
    assert [one.name for one in load().loaded] == ["alpha", "mid", "zeta"]
    points = [point for found in distributions(path=[str(site)]) for point in found.entry_points]
    backwards = plugins.load(sorted(points, key=lambda point: point.name, reverse=True))
    assert list(backwards.connectors) == ["alpha", "mid", "zeta"]


BROKEN = {
    "import error": ("import no_such_library", "ModuleNotFoundError: No module named 'no_such_library' ("),
    "syntax error": ("def f(:\n    pass", "SyntaxError: invalid syntax ("),
    "error at import": ("x = 1 / 0", "ZeroDivisionError: division by zero ("),
    "exit at import": ("import sys; sys.exit(3)", "SystemExit: 3 ("),
    "misspelt hook": (
        "from hub.plugin import hookimpl\n@hookimpl\ndef hub_conectors(): return []",
        "hub_conectors is no hook of the hub (did you mean hub_connectors?)",
    ),
    "misspelt hook without a mark": (
        "def hub_conectors(): return []",
        "hub_conectors is no hook of the hub (did you mean hub_connectors?)",
    ),
    "misspelt hook without the prefix": (
        "from hub.plugin import hookimpl\n@hookimpl\ndef connectors(): return []",
        "unknown hook 'connectors'",
    ),
    "hook without a mark": ("def hub_connectors(): return []", "hub_connectors is not marked with @hookimpl"),
    "hook with an unknown argument": (
        "from hub.plugin import hookimpl\n@hookimpl\ndef hub_connectors(cli): return []",
        "PluginValidationError",
    ),
    "hook that raises": (
        "from hub.plugin import hookimpl\n@hookimpl\ndef hub_connectors(): raise ImportError('no driver')",
        "hub_connectors: ImportError: no driver (",
    ),
    "hook that exits": (
        "from hub.plugin import hookimpl\n@hookimpl\ndef hub_connectors(): raise SystemExit('bye')",
        "hub_connectors: SystemExit: bye (",
    ),
    "hook that returns nothing": (
        "from hub.plugin import hookimpl\n@hookimpl\ndef hub_connectors(): pass",
        "hub_connectors: returned nothing",
    ),
    "hook that returns a text": (
        "from hub.plugin import hookimpl\n@hookimpl\ndef hub_connectors(): return 'acme'",
        "hub_connectors: returned a str; return a list",
    ),
    "hook that returns a number": (
        "from hub.plugin import hookimpl\n@hookimpl\ndef hub_comparisons(): return 7",
        "hub_comparisons: returned a int; return a list",
    ),
    "connector that is none": (
        "from hub.plugin import hookimpl\n@hookimpl\ndef hub_connectors(): return [dict]",
        "which is no subclass of Connector",
    ),
    "connector given as an object": (
        good("acme").replace("return [Acme]", "return [Acme(None, None)]"),
        "which is no subclass of Connector",
    ),
    "connector without a type": (good("acme").replace('type = "acme"', "pass"), "Acme.type is None"),
    "connector with an odd type": (good("acme", "Acme Rest"), "Acme.type is 'Acme Rest'"),
    "connector with a deep type": (good("acme", "a.b.c"), "Acme.type is 'a.b.c'"),
    "connector without streams": (good("acme").replace("@stream", "#"), "has no @stream method"),
    "connector with odd settings": (
        good("acme").replace('type = "acme"', 'type = "acme"\n    Settings = dict'),
        "Acme.Settings is no pydantic model",
    ),
    "two connectors of one type": (
        good("acme").replace("return [Acme]", "return [Acme, Acme]"),
        "'acme' twice",
    ),
    "rules that are no mapping": (
        "from hub.plugin import hookimpl\n@hookimpl\ndef hub_survivorship_rules(): return ['x']",
        "return a mapping from name to function",
    ),
    "rule that is no function": (
        "from hub.plugin import hookimpl\n@hookimpl\ndef hub_survivorship_rules(): return {'x': 1}",
        "which is no name with a function",
    ),
    "rule named as one of the hub": (
        "from hub.plugin import hookimpl\n@hookimpl\ndef hub_survivorship_rules(): return {'union': list}",
        "'union' is the hub's own",
    ),
    "model named as one of the hub": (
        "from hub.plugin import hookimpl\n@hookimpl\ndef hub_attribution_models(): return {'linear': list}",
        "'linear' is the hub's own",
    ),
    "normalizer of no field": (
        "from hub.plugin import hookimpl\n@hookimpl\ndef hub_normalizers(): return {'phone': str.strip}",
        "'phone' is no customer field (did you mean phones?)",
    ),
    "command that is none": (
        "from hub.plugin import hookimpl\n@hookimpl\ndef hub_commands(): return [print]",
        "which is no click command",
    ),
    "comparison that is none": (
        "from hub.plugin import hookimpl\n@hookimpl\ndef hub_comparisons(): return ['x']",
        "which is no Comparison",
    ),
}


@pytest.mark.parametrize("source", BROKEN.values(), ids=BROKEN.keys())
def test_broken_plugin_is_shown_and_stops_nothing_else(
    install: Install, load: Callable[[], Plugins], source: tuple[str, str]
) -> None:
    install("aaa", good("aaa"))
    install("broken", source[0], version="0.9")
    install("zzz", good("zzz"))
    found = load()
    assert list(found.connectors) == ["aaa", "zzz"]
    assert found.commands == []
    _, broken, _ = found.loaded
    assert (broken.name, broken.distribution, broken.version) == ("broken", "guest-broken", "0.9")
    assert broken.connectors == ()
    assert source[1] in broken.error
    assert "\n" not in broken.error


def test_reason_names_the_place_in_the_plugin(install: Install, load: Callable[[], Plugins]) -> None:
    install("broken", "\n\nx = 1 / 0")
    assert reason(load(), "broken").endswith("guest_broken.py:3)")


SECRETIVE = """
from typing import Annotated
from pydantic import BaseModel, SecretStr

class Login(BaseModel):
    {0}

class Own(BaseModel):
    {1}
"""


@pytest.mark.parametrize(
    ("login", "own", "told"),
    [
        ("pass", "password: str", "Own.password"),
        ("pass", "api_key: str | None = None", "Own.api_key"),
        ("pass", "client_secret: Annotated[str, 1] = ''", "Own.client_secret"),
        ("access_token: str", "login: Login", "Own.login.access_token"),
        ("token: bytes", "logins: list[Login] = []", "Own.logins.token"),
        ("pass", "password: SecretStr", ""),
        ("token: SecretStr | None = None", "login: Login | None = None", ""),
        ("pass", "token_url: str = ''", ""),
        ("pass", "use_token: bool = False", ""),
    ],
)
def test_secret_written_as_plain_text_is_refused(
    install: Install, load: Callable[[], Plugins], login: str, own: str, told: str
) -> None:
    source = good("acme").replace('type = "acme"', 'type = "acme"\n    Settings = Own')
    install("acme", SECRETIVE.format(login, own) + source)
    (found,) = load().loaded
    assert found.error == (
        f"hub_connectors: Acme: {told} looks like a secret; make it a SecretStr" if told else ""
    )


def test_setting_named_as_a_key_of_the_hub_is_refused(install: Install, load: Callable[[], Plugins]) -> None:
    source = good("acme").replace('type = "acme"', 'type = "acme"\n    Settings = Own')
    install("acme", SECRETIVE.format("pass", "schedule: str = ''") + source)
    assert "Settings.schedule is a key the hub reads itself" in reason(load(), "acme")


def test_connector_may_decide_its_streams_itself(install: Install, load: Callable[[], Plugins]) -> None:
    source = (
        good("acme")
        .replace('@stream(Customer, mode="snapshot")', "")
        .replace("def people(self, window)", "def streams(self)")
    )
    install("acme", source)
    assert list(load().connectors) == ["acme"]


def test_two_plugins_with_one_connector_are_both_named_and_the_second_is_refused(
    install: Install, load: Callable[[], Plugins]
) -> None:
    install("beta", good("beta", "shop"))
    install("alpha", good("alpha", "shop"))
    found = load()
    assert found.connectors["shop"].__name__ == "Alpha"
    assert reason(found, "beta") == (
        "hub_connectors: 'shop' comes from alpha of guest-alpha already; remove one of the two"
    )


def test_two_plugins_of_one_name_are_told_apart(install: Install, load: Callable[[], Plugins]) -> None:
    install("one", good("one"), point="same")
    install("two", good("two"), point="same")
    found = load()
    assert list(found.connectors) == ["one"]
    assert [one.distribution for one in found.loaded] == ["guest-one", "guest-two"]
    assert "another plugin is named 'same'" in reason(found, "same")


def test_one_module_under_two_names_is_refused(install: Install, load: Callable[[], Plugins]) -> None:
    install("one", good("one"))
    install("two", good("one"), module="guest_one")
    assert "under another name already" in reason(load(), "two")


def test_broken_plugin_gives_nothing_at_all(install: Install, load: Callable[[], Plugins]) -> None:
    half = good("half") + "\n@hookimpl\ndef hub_survivorship_rules(): return 7\n"
    install("half", half)
    install("whole", good("whole", "half"))
    found = load()
    assert found.survivorship_rules == {}
    assert found.connectors["half"].__name__ == "Whole", "a broken plugin holds no name back"


ALL = """
import click
from hub.core.match import Comparison, Level
from hub.plugin import hookimpl

@hookimpl
def hub_normalizers(): return {"phones": str.strip, "custom.tier": str.lower}

@hookimpl
def hub_survivorship_rules(): return {"longest": sorted}

@hookimpl
def hub_attribution_models(): return {"half": sum}

@hookimpl
def hub_comparisons(): return (one for one in [Comparison("tier", "tier", (Level("same", 300),))])

@hookimpl
def hub_commands(): return [click.Command("greet")]
"""


def test_plugin_may_implement_every_hook(install: Install, load: Callable[[], Plugins]) -> None:
    install("all", ALL)
    found = load()
    assert found.loaded[0].error == ""
    assert found.normalizers == {"phones": str.strip, "custom.tier": str.lower}
    assert found.survivorship_rules == {"longest": sorted}
    assert found.attribution_models == {"half": sum}
    assert [one.name for one in found.comparisons] == ["tier"]
    assert [one.name for one in found.commands] == ["greet"]


def test_commands_do_not_ask_for_connectors(install: Install, load: Callable[[], Plugins]) -> None:
    install("slow", ALL + "\n@hookimpl\ndef hub_connectors():\n    import guest_slow_heavy\n")
    assert [one.name for one in load().commands] == ["greet"]


def test_what_no_plugin_brings_is_not_asked_for(install: Install, load: Callable[[], Plugins]) -> None:
    install("slow", good("slow").replace("    return", "    asked.append(1)\n    return") + "asked = []\n")
    found = load()
    assert (found.comparisons, found.normalizers, found.survivorship_rules) == ([], {}, {})
    assert sys.modules["guest_slow"].asked == []
    assert list(found.connectors) == ["slow"]
    assert sys.modules["guest_slow"].asked == [1]


def test_module_named_like_a_hook_is_no_hook(
    install: Install, load: Callable[[], Plugins], site: Path
) -> None:
    (site / "hub_guest.py").write_text("x = 1")
    install("acme", "import hub_guest\n" + good("acme"))
    assert load().loaded[0].error == ""


def test_entry_point_without_a_distribution_is_loaded(install: Install) -> None:
    install("acme", good("acme"))
    (one,) = plugins.load([EntryPoint("acme", "guest_acme", "hub")]).loaded
    assert (one.distribution, one.version, one.connectors) == ("unknown", "", ("acme",))


def test_damaged_distribution_does_not_stop_the_others(
    install: Install, load: Callable[[], Plugins], site: Path
) -> None:
    for name in ("one", "two"):
        install(name, good(name), point="same" if name == "one" else "two")
    (site / "guest_one-1.2.dist-info" / "METADATA").unlink()
    found = load()
    assert [(one.name, one.distribution) for one in found.loaded] == [
        ("same", "unknown"),
        ("two", "guest-two"),
    ]
    assert list(found.connectors) == ["one", "two"]


def test_entry_point_that_names_nothing_is_broken(install: Install, load: Callable[[], Plugins]) -> None:
    install("acme", good("acme"))
    points = [EntryPoint("a", "guest_acme:nothing", "hub"), EntryPoint("b", "!?", "hub")]
    assert all(one.error.startswith("importing") for one in plugins.load(points).loaded)


def test_every_hook_has_a_reader() -> None:
    from hub.app.plugins.answers import READERS
    from hub.plugin import Hooks

    assert READERS.keys() == {name for name in vars(Hooks) if name.startswith("hub_")}


def test_unknown_type_is_offered_the_nearest(install: Install, load: Callable[[], Plugins]) -> None:
    install("acme", good("acme", "acme.rest"))
    with pytest.raises(ConfigError, match=r"'acme.rets' \(did you mean acme.rest\?\)") as caught:
        load().connector("acme.rets")
    assert "hub plugins" in caught.value.step


def test_type_of_a_broken_plugin_says_why(install: Install, load: Callable[[], Plugins]) -> None:
    install("acme", "x = 1 / 0")
    with pytest.raises(ConfigError, match=r"the plugin acme is broken: .*division by zero"):
        load().connector("acme.rest")


def test_importing_this_module_imports_nothing_heavy() -> None:
    import subprocess

    heavy = "{'pydantic', 'pluggy', 'httpx', 'polars', 'click', 'importlib.metadata'}"
    code = f"import sys, hub.app.plugins; print({heavy} & sys.modules.keys() or '')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
