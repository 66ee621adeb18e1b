"""One plugin as a guest of the house: imported, registered, asked alone, and shown out when it is broken."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from traceback import walk_tb
from typing import TYPE_CHECKING, Any

from hub.app.plugins.answers import READERS, Unfit

if TYPE_CHECKING:
    from importlib.metadata import Distribution, EntryPoint

    import pluggy

__all__ = ["Guest", "invite", "origin", "told"]


@dataclass(frozen=True, slots=True)
class Guest:
    """One entry point after the attempt to import and register it."""

    point: EntryPoint
    manager: pluggy.PluginManager
    plugin: object = None
    hooks: list[str] = field(default_factory=list)
    error: str = ""

    @property
    def distribution(self) -> str:
        """The name of what was installed."""
        return origin(self.point)[0]

    @property
    def version(self) -> str:
        """Its version."""
        return origin(self.point)[1]

    @property
    def label(self) -> str:
        """Both names, for telling two plugins apart."""
        return f"{self.point.name} of {self.distribution}"

    def ask(self, hook: str) -> Any:
        """What this plugin alone answers to ``hook``; nothing when it does not implement it."""
        if hook not in self.hooks:
            return ()
        others = [plugin for plugin in self.manager.get_plugins() if plugin is not self.plugin]
        answers = self.manager.subset_hook_caller(hook, others)()
        if len(answers) != 1:
            raise Unfit("returned nothing; return what this plugin brings")
        return answers[0]

    def withdraw(self) -> None:
        """Take the plugin out again."""
        if self.plugin is not None and self.manager.is_registered(self.plugin):
            self.manager.unregister(self.plugin)


def invite(point: EntryPoint, manager: pluggy.PluginManager) -> Guest:
    """Import and register one plugin, or take it out again and keep the reason."""
    try:
        plugin = point.load()
    except (Exception, SystemExit) as error:
        return Guest(point, manager, error=f"importing {point.value} failed: {told(error)}")
    if manager.has_plugin(point.name):
        return Guest(point, manager, error=f"another plugin is named {point.name!r} too; rename one of them")
    if manager.is_registered(plugin):
        return Guest(point, manager, error=f"{point.value} is a plugin under another name already")
    error = _misnamed(plugin)
    if not error:
        try:
            manager.register(plugin, name=point.name)
            manager.check_pending()
        except Exception as fault:
            error = told(fault)
    if error:
        if manager.is_registered(plugin):
            manager.unregister(plugin)
        return Guest(point, manager, error=error)
    hooks = sorted(caller.name for caller in manager.get_hookcallers(plugin) or ())
    return Guest(point, manager, plugin, hooks)


def _misnamed(plugin: object) -> str:
    """Why a function of the plugin that is meant as a hook would never be called, if so."""
    from hub.app.secrets import closest

    for name in sorted(dir(plugin)):
        if not name.startswith("hub_"):
            continue
        function = getattr(plugin, name, None)
        if isinstance(function, type) or not callable(function):
            continue
        marked = getattr(function, "hub_impl", None)
        if name not in READERS and not (marked and marked.get("specname")):
            return f"{name} is no hook of the hub{closest(name, READERS)}"
        if not marked:
            return f"{name} is not marked with @hookimpl, so it would never be called"
    return ""


def origin(point: EntryPoint) -> tuple[str, str]:
    """Name and version of the distribution; a damaged one must not stop the others."""
    try:
        return _named(point.dist)
    except Exception:
        return "unknown", ""


@lru_cache
def _named(found: Distribution | None) -> tuple[str, str]:
    """Remembered, since each look parses a whole file, and a distribution may bring many plugins."""
    return (found.name or "unknown", found.version or "") if found else ("unknown", "")


def told(error: BaseException) -> str:
    """An error in one line, with the place in the plugin it came from."""
    message = " ".join(str(getattr(error, "msg", "") or error).split())
    if isinstance(error, Unfit):
        return message
    place = ""
    if isinstance(error, SyntaxError) and error.filename:
        place = f" ({error.filename}:{error.lineno})"
    else:
        for frame, line in walk_tb(error.__traceback__):
            room = str(frame.f_globals.get("__name__", "")).partition(".")[0]
            if room not in ("hub", "pluggy", "importlib"):
                place = f" ({frame.f_code.co_filename}:{line})"
    return f"{type(error).__name__}: {message}{place}"
