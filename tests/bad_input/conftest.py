"""A workspace on each database, and one on the embedded one where the database plays no part."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workspace import Workspace


@pytest.fixture
def both(tmp_path: Path, database: str) -> Workspace:
    return Workspace(tmp_path, database)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path, f"sqlite:///{tmp_path / 'hub.db'}")
