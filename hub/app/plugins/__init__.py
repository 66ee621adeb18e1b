"""The plugins behind the entry-point group ``hub``, and what they bring."""

from __future__ import annotations

from hub.app.plugins.load import Loaded, Plugins, load

__all__ = ["Loaded", "Plugins", "load"]
