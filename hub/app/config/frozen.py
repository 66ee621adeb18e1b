"""A table of ``connectors.toml``: it never changes, refuses what it does not know, and its docstrings are its docs."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

__all__ = ["Frozen"]


class Frozen(BaseModel):
    """What every table of the configuration is."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
