"""``hub demo``: a small company's four channels, written in their native formats and taken through the hub."""

from __future__ import annotations

from hub.app.demo.run import run

__all__ = ["run"]
