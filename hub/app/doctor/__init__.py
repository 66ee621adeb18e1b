"""Examines a workspace from its configuration to its customers; every finding says what to do about it."""

from __future__ import annotations

from hub.app.doctor.examine import examine
from hub.app.doctor.finding import Finding, Guard, Level
from hub.app.doctor.identities import identities

__all__ = ["Finding", "Guard", "Level", "examine", "identities"]
