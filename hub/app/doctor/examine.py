"""Examines a workspace from its configuration to its customers; every finding says what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from hub.app.doctor.finding import Finding
from hub.errors import HubError

if TYPE_CHECKING:
    from hub.app.hub import Hub
    from hub.app.plugins import Plugins

__all__ = ["examine"]

TOP = 10
LARGE = 100
"""A customer of more records than this is worth a look."""
TRAIN_FROM = 5_000
"""Records from which training usually pays."""


def examine(path: Path | str, *, connect: bool = False, plugins: Plugins | None = None) -> Iterator[Finding]:
    """The findings on the workspace of the configuration at ``path``, one by one as they are made.

    Sources are only asked when ``connect`` is set. What is broken hides nothing it does not have to.
    """
    from hub.app.hub import Hub
    from hub.app.plugins import load as load_plugins

    plugins = plugins if plugins is not None else load_plugins()
    yield from _plugins(plugins)
    try:
        hub = Hub.open(path, plugins)
    except HubError as error:
        yield _problem("configuration", error)
        return
    with hub:
        yield from _configuration(hub, connect)
        try:
            yield from _database(hub)
            counts = hub.counts()
            yield from _flow(hub, counts)
            yield from _identities(hub, counts)
        except HubError as error:
            yield _problem("database", error)


def _plugins(plugins: Plugins) -> Iterator[Finding]:
    for plugin in plugins.loaded:
        if plugin.error:
            step = f"upgrade or uninstall {plugin.distribution}"
            yield Finding("plugins", "problem", f"{plugin.name} is broken: {plugin.error}", step)
    working = [plugin.name for plugin in plugins.loaded if not plugin.error]
    yield Finding("plugins", "fine", f"{len(working)} work: {', '.join(working)}")


def _configuration(hub: Hub, connect: bool) -> Iterator[Finding]:
    """Types, settings and secrets of every enabled connector; with ``connect`` its own check, too."""
    enabled = [name for name, conn in hub.config.connectors.items() if conn.enabled]
    yield Finding(
        "configuration",
        "fine",
        f"{hub.config.path.name}: {len(hub.config.connectors)} connectors, {len(enabled)} enabled",
    )
    if not enabled:
        yield Finding("configuration", "note", "no connector is enabled", "hub connectors add NAME TYPE")
    for name in enabled:
        try:
            if connect:
                streams = hub.check(name)
                yield Finding("configuration", "fine", f"{name} answers ({', '.join(streams)})")
            else:
                with hub.connector(name):
                    pass
        except HubError as error:
            yield _problem("configuration", error, name)
        except Exception as error:  # a plugin's own fault must not end the examination
            step = f"see it whole with: hub connectors check {name} --debug"
            yield Finding("configuration", "problem", f"{name}: {type(error).__name__}: {error}", step)


def _database(hub: Hub) -> Iterator[Finding]:
    from hub.store.checkup import fault, size, try_writing
    from hub.store.schema import HEAD

    store = hub.store  # made or brought up to date here, or an error says why not
    with store.read() as tx:
        wrong, taken = fault(tx), size(store, tx)
    if wrong:
        yield Finding(
            "database", "problem", f"it is damaged: {wrong}", "restore a backup; then run: hub resolve --full"
        )
    with store.write() as tx:
        try_writing(tx)
    name = store.engine.url.render_as_string(hide_password=True)
    yield Finding("database", "fine", f"{name}: schema {HEAD}, writable, {taken / 1_000_000:,.1f} MB")


def _flow(hub: Hub, counts: Mapping[str, int]) -> Iterator[Finding]:
    """Whether data comes in, and whether it is resolved."""
    for told in hub.health()["connectors"]:
        name = told["name"]
        if told["enabled"] and told["status"] in ("failed", "interrupted"):
            failed = [run for run in hub.runs(200) if run["connector"] == name and run["error"]]
            why = failed[0]["error"].split("\n")[0] if failed else ""
            number = f"hub runs show {failed[0]['id']}" if failed else "hub runs"
            yield Finding(
                "flow", "problem", f"the last sync of {name} {told['status']}: {why}", f"see: {number}"
            )
        elif told["enabled"] and told["status"] == "never ran":
            yield Finding("flow", "note", f"{name} was never synced", f"hub sync {name}")
        if told["rejects"]:
            yield Finding(
                "flow",
                "note",
                f"{name} had {_some(told['rejects'], 'record')} set aside",
                f"hub rejects {name}",
            )
    if counts["pending"]:
        yield Finding(
            "flow", "problem", f"{_some(counts['pending'], 'landed record')} to be resolved", "hub resolve"
        )
    if behind := hub.behind():
        yield Finding(
            "flow", "problem",
            f"{_some(behind, 'row')} of records and customers behind: a resolution is under way, or was stopped",
            "hub resolve",
        )  # fmt: skip
    yield Finding(
        "flow", "fine",
        ", ".join(
            (
                _some(counts["records"], "record"), _some(counts["interaction"], "interaction"),
                _some(counts["order"], "order"), _some(counts["spend"], "row") + " of spend",
            )
        ),
    )  # fmt: skip
    if counts["unattached"]:
        yield Finding(
            "flow", "note",
            f"{_some(counts['unattached'], 'event')} of nobody: newsletters and notices, or no usable identifier",
            "where they should be somebody's, map emails, phones, handles or customer_ref",
        )  # fmt: skip


def _identities(hub: Hub, counts: Mapping[str, int]) -> Iterator[Finding]:
    from hub.app.shared import shared_value
    from hub.core.model import public_id
    from hub.store.checkup import generic_keys, largest_customers
    from hub.store.models import list_models

    kinds = ", ".join(
        f"{counts[f'customers_{kind}']:,} {kind}s"
        for kind in ("person", "organization")
        if f"customers_{kind}" in counts
    )
    yield Finding(
        "identities", "fine", f"{counts['customers']:,} customers" + (f" ({kinds})" if kinds else "")
    )
    limits = hub.matcher.limits
    with hub.store.read() as tx:
        generic = generic_keys(tx, limits.of, min(limits.by_kind), TOP)
        largest = largest_customers(tx, 3)
        models = list_models(tx)
    for key, holders, record in generic:
        yield Finding(
            "identities", "note", f"{shared_value(key, record)}: {holders:,} records share it, so it is no evidence",
            "nothing, when it is a switchboard or a placeholder; else correct it in its source",
        )  # fmt: skip
    for row in largest:
        if row.members > LARGE:
            yield Finding(
                "identities", "note", f"{row.name} ({public_id(row.anchor)}) has {row.members:,} records",
                f"hub customers explain {public_id(row.anchor)}",
            )  # fmt: skip
    if not models and counts["records"] >= TRAIN_FROM:
        yield Finding(
            "identities", "note", "the shipped match model is in force", "hub train fits it to your records"
        )


def _some(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _problem(section: str, error: HubError, name: str = "") -> Finding:
    what = ": ".join(part for part in (error.where or name, error.what) if part)
    cause = f" (likely cause: {error.cause})" if error.cause else ""
    return Finding(section, "problem", what + cause, error.step)
