"""Edit ``connectors.toml`` as its admin would: comments, order and spacing stay.

An edit is checked before it is written, and written beside the file and then put in its place, so a
crash or a fault leaves either the old file or the new one.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hub.app.config.read import NAME, parse, read_text
from hub.app.secrets import is_reference
from hub.errors import ConfigError

__all__ = ["add", "set_enabled", "template"]


def template() -> str:
    """What ``hub init`` writes: enough to begin with, explained."""
    return _TEMPLATE


def add(path: Path | str, name: str, type: str, settings: Mapping[str, Any]) -> None:
    """Append ``[connectors.name]`` to the file; a secret among ``settings`` must be a reference."""
    path = Path(path).expanduser().absolute()
    text = read_text(path)
    parse(text, path)
    before = tomllib.loads(text)
    if not NAME.fullmatch(name):
        raise ConfigError(
            f"{name!r} cannot name a connector", where=path.name, step="use letters, digits, _ and - only"
        )
    if name in before.get("connectors", {}):
        raise ConfigError(
            f"there is a connector named {name!r} already", where=path.name, step="choose another name"
        )
    table = {"type": type, **settings}
    after = {**before, "connectors": {**before.get("connectors", {}), name: table}}
    gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
    _write(path, text + gap + _rendered(name, table), after)


def set_enabled(path: Path | str, name: str, enabled: bool) -> None:
    """Turn a connector on or off in the file."""
    import tomlkit

    path = Path(path).expanduser().absolute()
    text = read_text(path)
    parse(text, path).connector(name)
    before = tomllib.loads(text)
    if before["connectors"][name].get("enabled", True) is enabled:
        return
    document: Any = tomlkit.parse(text)
    document["connectors"][name]["enabled"] = enabled
    changed = {**before["connectors"][name], "enabled": enabled}
    after = {**before, "connectors": {**before["connectors"], name: changed}}
    _write(path, tomlkit.dumps(document), after)


def _rendered(name: str, table: Mapping[str, Any]) -> str:
    """The text of ``[connectors.name]``: plain settings first, then its own tables."""
    import tomlkit

    inner = tomlkit.table()
    nested = {key for key, value in table.items() if isinstance(value, Mapping) and not is_reference(value)}
    for key in sorted(table, key=lambda key: key in nested):
        inner.add(key, _inline(table[key]) if is_reference(table[key]) else table[key])
    outer = tomlkit.table(is_super_table=True)
    outer.add(name, inner)
    document = tomlkit.document()
    document.add("connectors", outer)
    return tomlkit.dumps(document)


def _inline(reference: Mapping[str, str]) -> Any:
    import tomlkit

    table = tomlkit.inline_table()
    table.update(reference)
    return table


def _write(path: Path, text: str, meant: Mapping[str, Any]) -> None:
    """Put ``text`` in the place of the file, once it is sure to say what is ``meant``."""
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        said = None
    if said != meant:
        raise ConfigError(
            "this file is written in a way the hub cannot edit safely; it was left as it is",
            where=path.name,
            step="make the change by hand",
        )
    parse(text, path)
    try:
        _replace(path.resolve(), text)  # a link stays a link
    except OSError as error:
        raise ConfigError(
            f"the configuration cannot be written ({error.strerror})",
            where=str(path),
            step="check the folder's permissions and free space",
        ) from None


def _replace(target: Path, text: str) -> None:
    descriptor, beside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(target, beside)
        os.replace(beside, target)
    finally:
        Path(beside).unlink(missing_ok=True)


_TEMPLATE = """\
# CRM Hub: which sources it reads, and how. `hub connectors add` and the web page edit this file too,
# and leave your comments alone. After a change: hub connectors check NAME

[hub]
database = "sqlite:///hub.db"        # or { env = "HUB_DATABASE" } with a postgresql+psycopg:// address in it
timezone = "UTC"                     # IANA name, such as "Asia/Shanghai"
currency = "USD"                     # of amounts that name none
region = "US"                        # how a phone number without a country code is read
# sources = ["erp", "support_mail"]  # the most trusted first

# Which value is shown where records disagree; these are the rules to choose from:
# most-recent, first-seen, most-frequent, most-complete, source-priority, union
# [hub.survivorship]
# job_title = "most-recent"
# full_name = ["source-priority", "most-recent"]

# One table for each source. `hub plugins` lists the types there are.
#
# [connectors.support_mail]
# type = "email.imap"
# schedule = "*/5 * * * *"           # cron; left out = only on demand
# host = "imap.example.com"
# username = "support@example.com"
# password = { env = "SUPPORT_MAIL_PASSWORD" }   # also { file = ... }, { keyring = ... }; never the password itself
#
# [connectors.old_crm]
# type = "files"                     # csv, jsonl, parquet, xlsx
# path = "exports/customers-*.csv"
# record = "customer"                # customer | interaction | order | spend
# key = "id"
# [connectors.old_crm.fields]        # canonical field = the file's column, or a list of columns
# given_name = "first_name"
# emails = ["email", "email_2"]
"""
