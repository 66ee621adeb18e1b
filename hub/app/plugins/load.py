"""Load the plugins through the entry-point group ``hub``; one that is broken is shown so and stops nothing else.

pluggy leaves four things undone that are done here: each entry point is loaded on its own, a
misspelt hook is refused, the order is by name and not the file system's, and of two plugins that
bring the same thing the second is refused, both named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hub.app.plugins.answers import READERS, reserved
from hub.app.plugins.guest import Guest, invite, origin, told

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    import click

    from hub.core.match import Comparison
    from hub.core.model import AttributionModel, SurvivorshipRule
    from hub.plugin import Connector

__all__ = ["Loaded", "Plugins", "load"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """One plugin as it was found: what it brings, or why it is broken."""

    name: str
    distribution: str
    version: str
    connectors: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    error: str = ""


def load(entry_points: Iterable[EntryPoint] | None = None) -> Plugins:
    """The plugins behind ``entry_points``, by default all that are installed."""
    if entry_points is None:
        from importlib.metadata import entry_points as installed

        entry_points = installed(group="hub")
    return Plugins(sorted(entry_points, key=lambda point: (point.name, *origin(point), point.value)))


class Plugins:
    """What all working plugins bring together.

    Plugins are imported at the first question. ``commands`` asks for commands alone, since
    ``hub --help`` must not pay for connectors; anything else asks every plugin for everything, once, unless it is
    something that no plugin brings.
    """

    def __init__(self, points: Iterable[EntryPoint]) -> None:
        self._points = list(points)

    @property
    def connectors(self) -> dict[str, type[Connector]]:
        """Connector classes by type."""
        return self._brought("hub_connectors")

    @property
    def normalizers(self) -> dict[str, Callable[[str], str]]:
        """Cleaning functions by canonical customer field."""
        return self._brought("hub_normalizers")

    @property
    def comparisons(self) -> list[Comparison]:
        """Further comparisons for custom fields."""
        return list(self._brought("hub_comparisons").values())

    @property
    def survivorship_rules(self) -> dict[str, SurvivorshipRule]:
        """Further survivorship rules by name."""
        return self._brought("hub_survivorship_rules")

    @property
    def attribution_models(self) -> dict[str, AttributionModel]:
        """Further attribution models by name."""
        return self._brought("hub_attribution_models")

    @cached_property
    def commands(self) -> list[click.Command]:
        """Further commands of ``hub``; a plugin that fails to give them is passed over here."""
        brought: dict[str, click.Command] = {}
        for plugin in self._opened:
            if not plugin.error:
                try:
                    offered = dict(READERS["hub_commands"](plugin.ask("hub_commands")))
                except (Exception, SystemExit):  # its reason is in ``loaded``
                    continue
                if not brought.keys() & offered.keys():
                    brought |= offered
        return list(brought.values())

    @property
    def loaded(self) -> list[Loaded]:
        """Every plugin found, broken ones too, by name."""
        return self._gathered[1]

    def connector(self, type: str, where: str = "") -> type[Connector]:
        """The connector class of ``type``, asked for at ``where``."""
        from hub.app.secrets import closest
        from hub.errors import ConfigError

        if type in self.connectors:
            return self.connectors[type]
        broken = [plugin for plugin in self.loaded if plugin.error and plugin.name == type.partition(".")[0]]
        raise ConfigError(
            f"there is no connector of type {type!r}{closest(type, self.connectors)}",
            where=where,
            cause=f"the plugin {broken[0].name} is broken: {broken[0].error}" if broken else "",
            step="see what there is with: hub plugins",
        )

    def _brought(self, hook: str) -> dict[str, Any]:
        """What all plugins bring by one hook; where none has it, none need be asked."""
        if not any(hook in plugin.hooks for plugin in self._opened):
            return {}
        return self._gathered[0][hook]

    @cached_property
    def _opened(self) -> list[Guest]:
        import pluggy

        from hub.plugin import Hooks

        manager = pluggy.PluginManager("hub")
        manager.add_hookspecs(Hooks)
        return [invite(point, manager) for point in self._points]

    @cached_property
    def _gathered(self) -> tuple[dict[str, dict[str, Any]], list[Loaded]]:
        brought: dict[str, dict[str, Any]] = {hook: {} for hook in READERS}
        givers: dict[tuple[str, str], str] = {}
        loaded: list[Loaded] = []
        for plugin in self._opened:
            offered, error = ({}, plugin.error) if plugin.error else _asked(plugin, givers)
            if error:
                plugin.withdraw()
            for hook, things in offered.items():
                brought[hook] |= things
                givers |= {(hook, name): plugin.label for name in things}
            loaded.append(
                Loaded(
                    name=plugin.point.name,
                    distribution=plugin.distribution,
                    version=plugin.version,
                    connectors=tuple(offered.get("hub_connectors", ())),
                    hooks=tuple(plugin.hooks),
                    error=error,
                )
            )
        return brought, loaded


def _asked(plugin: Guest, givers: Mapping[tuple[str, str], str]) -> tuple[dict[str, dict[str, Any]], str]:
    """Everything one plugin brings, checked, or the reason why nothing of it is used."""
    offered: dict[str, dict[str, Any]] = {}
    for hook, read in READERS.items():
        try:
            named = list(read(plugin.ask(hook)))
        except (Exception, SystemExit) as error:
            return {}, f"{hook}: {told(error)}"
        names = [name for name, _ in named]
        for name in names:
            if names.count(name) > 1:
                return {}, f"{hook}: brings {name!r} twice"
            if name in reserved(hook, named):
                return {}, f"{hook}: {name!r} is the hub's own; choose another name"
            if (hook, name) in givers:
                return {}, f"{hook}: {name!r} comes from {givers[hook, name]} already; remove one of the two"
        offered[hook] = dict(named)
    return offered, ""
