"""Settings of a connector, made from what ``connectors.toml`` says; secrets enter here and nowhere else."""

from __future__ import annotations

from hub.app.secrets.reference import Unavailable, is_reference, reveal
from hub.app.secrets.settings import closest, make_settings

__all__ = ["Unavailable", "closest", "is_reference", "make_settings", "reveal"]
