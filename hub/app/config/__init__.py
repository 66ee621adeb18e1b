"""``connectors.toml``: read once into one frozen object, edited without losing the admin's comments."""

from __future__ import annotations

from hub.app.config.cron import trigger
from hub.app.config.edit import add, set_enabled, template
from hub.app.config.limits import LimitsConfig
from hub.app.config.model import (
    KEYS,
    ChannelRule,
    Config,
    ConnectorConfig,
    HubConfig,
    JourneyConfig,
    MailConfig,
    ReportConfig,
)
from hub.app.config.read import load

__all__ = [
    "KEYS",
    "ChannelRule",
    "Config",
    "ConnectorConfig",
    "HubConfig",
    "JourneyConfig",
    "LimitsConfig",
    "MailConfig",
    "ReportConfig",
    "add",
    "load",
    "set_enabled",
    "template",
    "trigger",
]
