"""Read ``connectors.toml``: whatever is wrong with it is said with its place and the next step."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hub.app.config.cron import trigger
from hub.app.config.model import KEYS, Config, ConnectorConfig, HubConfig, ReportConfig
from hub.app.secrets import closest, make_settings
from hub.errors import ConfigError

__all__ = ["NAME", "load", "parse"]

TABLES = ("hub", "connectors", "reports", "mail")
NAME = re.compile(r"[A-Za-z0-9_-]+")


def load(path: Path | str) -> Config:
    """The configuration in the file at ``path``; secrets of connectors stay unresolved."""
    path = Path(path).expanduser().absolute()
    return parse(read_text(path), path)


def read_text(path: Path) -> str:
    """The file as text, its line ends kept."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(
            "there is no configuration here", where=str(path), step="run: hub init, or name a file"
        ) from None
    except OSError as error:
        raise ConfigError(
            f"the configuration cannot be read ({error.strerror})",
            where=str(path),
            step="check the path and its permissions",
        ) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
    raise ConfigError(
        "the configuration is not UTF-8 text", where=f"{path.name}:{line}", step="save it as UTF-8"
    )


def parse(text: str, path: Path) -> Config:
    """The configuration ``text`` says; ``path`` is where it stands, for relative paths and messages."""
    tables = _tables(text, path.name)
    for table in tables:
        if table not in TABLES:
            raise ConfigError(
                f"no such table [{table}]{closest(table, TABLES)}",
                where=f"{path.name}{_line(text, table)}",
                step="write [hub], [connectors.NAME] for each connector, [reports.NAME] for each report that is mailed, or [mail]",
            )
    hub = _hub(tables.get("hub", {}), path, text)
    written = tables.get("connectors", {})
    if not isinstance(written, Mapping):
        raise ConfigError("connectors must be tables", where=path.name, step="write [connectors.NAME]")
    connectors = {name: _connector(name, table, hub, path, text) for name, table in written.items()}
    for connector in connectors.values():
        if connector.customers:
            _known(connector.customers, connectors, "customers", connector.where)
        if connector.mirrors:
            _known(connector.mirrors, connectors, "mirrors", connector.where)
            _ends(connector, connectors)
    for source in hub.sources:
        _known(source, connectors, "sources", f"{path.name}{_line(text, 'hub')} [hub]")
    return Config(
        path=path, hub=hub, connectors=connectors, mail=_table(tables, "mail", path),
        reports={name: _report(name, one, hub, path, text) for name, one in _table(tables, "reports", path).items()},
    )  # fmt: skip


def _tables(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        told = str(error)
    what, _, place = told.rpartition(" (at ")
    found = re.fullmatch(r"line (\d+), column (\d+)\)", place)
    line, column = found.groups() if found else (str(text.count("\n") + 1), "")
    raise ConfigError(
        f"this is not TOML: {what or told}",
        where=f"{file}:{line}" + (f":{column}" if column else " (the end)"),
        cause="a quote, a bracket or an equals sign is missing, or a name is given twice",
        step="correct that line, then run: hub connectors list",
    )


def _hub(table: Any, path: Path, text: str) -> HubConfig:
    where = f"{path.name}{_line(text, 'hub')} [hub]"
    if not isinstance(table, Mapping):
        raise ConfigError("hub must be a table", where=path.name, step="write [hub] above its settings")
    database = table.get("database")
    if isinstance(database, str) and re.match(r"[^/]*//[^/@]*:[^/@]*@", database):
        raise ConfigError(
            "database: a password must not be written into the file",
            where=where,
            step='put the whole address elsewhere and refer to it: database = { env = "HUB_DATABASE" }',
        )
    return make_settings(HubConfig, table, where=where, base=path.parent)


def _connector(name: str, table: Any, hub: HubConfig, path: Path, text: str) -> ConnectorConfig:
    where = f"{path.name}{_line(text, f'connectors.{name}')} [connectors.{name}]"
    if not NAME.fullmatch(name):
        raise ConfigError(
            f"{name!r} cannot name a connector", where=where, step="use letters, digits, _ and - only"
        )
    if not isinstance(table, Mapping):
        raise ConfigError(
            f"connectors.{name} must be a table", where=path.name, step=f"write [connectors.{name}]"
        )
    if "type" not in table:
        near = next((key for key in table if "type" in closest(key, KEYS)), "")
        raise ConfigError(
            "type is missing" + (f" (is {near} meant?)" if near else ""),
            where=where,
            step='say which connector this is, such as type = "files"; hub plugins lists them',
        )
    own = {key: table[key] for key in table if key in KEYS}
    settings = {key: table[key] for key in table if key not in KEYS}
    # Handed over beside the walk that resolves references: these stay as written.
    made = make_settings(ConnectorConfig, {"name": name, **own}, where=where, base=path.parent)
    _on_time(made.schedule, hub, where)
    return made.model_copy(update={"settings": settings, "where": where})


def _table(tables: Mapping[str, Any], name: str, path: Path) -> Mapping[str, Any]:
    table = tables.get(name, {})
    if not isinstance(table, Mapping):
        raise ConfigError(
            f"{name} must be a table", where=path.name, step=f"write [{name}] above its settings"
        )
    return table


def _report(name: str, table: Any, hub: HubConfig, path: Path, text: str) -> ReportConfig:
    where = f"{path.name}{_line(text, f'reports.{name}')} [reports.{name}]"
    if not isinstance(table, Mapping):
        raise ConfigError(f"reports.{name} must be a table", where=path.name, step=f"write [reports.{name}]")
    made = make_settings(ReportConfig, table, where=where, base=path.parent)
    _on_time(made.schedule, hub, where)
    return made


def _on_time(schedule: str, hub: HubConfig, where: str) -> None:
    """That cron understands the schedule, if there is one."""
    if not schedule:
        return
    try:
        trigger(schedule, hub.timezone)
    except ValueError as error:
        fault = str(error)
    else:
        return
    raise ConfigError(
        f"schedule: {schedule!r} {fault}",
        where=where,
        step='write five fields, such as "*/5 * * * *" for every five minutes',
    )


def _known(name: str, connectors: Mapping[str, object], key: str, where: str) -> None:
    if name not in connectors:
        raise ConfigError(
            f"{key}: there is no connector named {name!r}{closest(name, connectors)}",
            where=where,
            step=f"name a [connectors.NAME] of this file, or remove it from {key}",
        )


def _ends(connector: ConnectorConfig, connectors: Mapping[str, ConnectorConfig]) -> None:
    """That following what mirrors what comes to an end: of mirrors facing each other neither would count."""
    seen = [connector.name]
    while connector.mirrors in connectors:
        connector = connectors[connector.mirrors]
        if connector.name in seen:
            raise ConfigError(
                f"mirrors: {' mirrors '.join([*seen, connector.name])}",
                where=connectors[seen[0]].where,
                cause="none of them would be the one that counts",
                step="remove mirrors from the one you trust most",
            )
        seen.append(connector.name)


def _line(text: str, table: str) -> str:
    """``:LINE`` of a table's header, for the usual ways to write one; else nothing."""
    dotted = r"\s*\.\s*".join(rf"[\"']?{re.escape(part)}[\"']?" for part in table.split(".", 1))
    found = re.search(rf"^[ \t]*\[+\s*{dotted}\s*[\].]", text, re.MULTILINE)
    return f":{text.count(chr(10), 0, found.start()) + 1}" if found else ""
